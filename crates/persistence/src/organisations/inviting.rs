//! Making invites: the one place where they are made, and so where the quota is spent.

use std::collections::{BTreeMap, BTreeSet};

use charter_contract::{Caller, Conflict, Internal, NotFound, PaymentRequired, kind};
use sea_orm::Value;
use uuid::Uuid;

use super::guard;
use super::invite_mail::{self, Occasion, Setting};
use super::invites::already_a_member;
use crate::address::Address;
use crate::constraint::Stored as _;
use crate::database::On;
use crate::entity::{Role, invite, invite_project};
use crate::mail::Mail;
use crate::outbox::{First, Posted};
use crate::row::{row, spread};
use crate::tenant::Tenant;
use crate::tongue::Tongue;
use crate::write::{ROWS, Write};

/// How long an invite can be accepted: 7 days.
pub(super) const LIFETIME: i64 = 7 * 86_400;

/// Somebody to invite.
#[derive(Debug)]
pub(crate) struct Invitation {
    /// The address as the inviter wrote it.
    pub(crate) email: String,
    pub(crate) role: Role,
    /// How the mail addresses the person.
    pub(crate) first_name: Option<String>,
    /// What the inviter adds to the mail.
    pub(crate) message: Option<String>,
    /// The projects that accepting gives access to, each with its level.
    pub(crate) projects: Vec<(i64, i64)>,
    pub(crate) occasion: Occasion,
    /// The language of the mail.
    pub(crate) tongue: Tongue,
    /// Whose the first delivery of the mail is; without it nothing is mailed.
    pub(crate) mail: Option<First>,
    pub(crate) pending: Pending,
}

/// What becomes of a pending invite of the same address.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    /// It is in the way.
    Refused,
    /// It is taken up into the one that is made.
    TakenUp,
}

/// An invite that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) invite: invite::Model,
    /// Its mail, unless none was wanted.
    pub(crate) posted: Option<Posted>,
}

impl Invitation {
    /// To nothing but the organisation, with a mail that the request delivers.
    pub(crate) const fn new(email: String, role: Role) -> Self {
        Self {
            email,
            role,
            first_name: None,
            message: None,
            projects: Vec::new(),
            occasion: Occasion::Joining,
            tongue: Tongue::English,
            mail: Some(First::ByRequest),
            pending: Pending::Refused,
        }
    }

    /// What is written down, if `earlier` is the pending invite that it takes up.
    fn row(
        &self,
        tx: &Write,
        caller: &Caller,
        tenant: Tenant,
        earlier: Option<&Open>,
    ) -> invite::Model {
        let id = earlier.map_or_else(|| tx.new_id(), |earlier| earlier.id);
        let now = tx.now();
        let new = invite::Model {
            id,
            organisation_id: tenant.organisation,
            email: self.email.clone(),
            email_normalised: Address::of(&self.email).into(),
            role: self.role,
            generation: 1,
            invited_by: caller.identity.user,
            created_at: now.micros(),
            expires_at: now.plus_seconds(LIFETIME).micros(),
            accepted_at: None,
            accepted_by: None,
            revoked_at: None,
            superseded_at: None,
            mail_id: self.mail.map(|_| tx.new_id()),
            first_name: self.first_name.clone(),
            message: self.message.clone(),
        };
        let Some(earlier) = earlier else { return new };
        invite::Model {
            role: match earlier.role {
                Role::Admin => Role::Admin,
                Role::Member => new.role,
            },
            generation: earlier.generation + 1,
            created_at: earlier.created_at,
            first_name: new.first_name.or_else(|| earlier.first_name.clone()),
            message: new.message.or_else(|| earlier.message.clone()),
            ..new
        }
    }
}

impl Write {
    /// [`Write::invite`] for one person.
    pub(crate) async fn invite_one<E>(
        &self,
        caller: &Caller,
        tenant: Tenant,
        held: &guard::Held,
        person: Invitation,
    ) -> Result<Made, E>
    where
        E: From<Internal> + From<NotFound> + From<Conflict> + From<PaymentRequired>,
    {
        let made = self.invite::<E>(caller, tenant, held, &[person]).await?;
        let made = made.into_iter().next();
        made.ok_or_else(|| Internal::new("nobody was invited").into())
    }

    /// Invites people, each address once, into an organisation that is held, with their
    /// mails in the outbox.
    ///
    /// Judged in this order: whether the organisation has the projects, whether an
    /// address belongs to a member, whether one has a pending invite, and whether the
    /// quota has as many left. Who is refused spends nothing, and nobody is invited,
    /// because whatever is refused is taken back as a whole.
    pub(crate) async fn invite<E>(
        &self,
        caller: &Caller,
        tenant: Tenant,
        held: &guard::Held,
        people: &[Invitation],
    ) -> Result<Vec<Made>, E>
    where
        E: From<Internal> + From<NotFound> + From<Conflict> + From<PaymentRequired>,
    {
        let addressed: Vec<_> = people.iter().map(|one| addressed(&one.email)).collect();
        require_projects::<E>(self, tenant, people).await?;
        refuse_members::<E>(self, tenant, &addressed).await?;
        let mut open = open_invites(self, tenant, &addressed).await?;
        let all = open.len();
        open.retain(|_, invite| invite.expires_at > self.now().micros());
        for (person, (address, email)) in people.iter().zip(&addressed) {
            if matches!(person.pending, Pending::Refused) && open.contains_key(address.as_str()) {
                return Err(invite_pending(email).into());
            }
        }
        if open.len() < all {
            supersede_expired(self, tenant, &addressed, Uuid::nil()).await?;
        }

        let (mut invites, mut mails, mut posted) = (Vec::new(), Vec::new(), Vec::new());
        for (person, (address, _)) in people.iter().zip(&addressed) {
            let invite = person.row(self, caller, tenant, open.get(address.as_str()));
            let mail = invite.mail_id.zip(person.mail).map(|(id, first)| {
                let mail = || compose(self, held, id, &invite, &person.occasion, person.tongue);
                self.message(id, Some(tenant.organisation), first, mail)
            });
            let (message, mail) = mail.transpose()?.unzip();
            mails.extend(message);
            posted.push(mail);
            invites.push(invite);
        }
        self.insert_all(&mails, "").await.stored()?;
        if open.is_empty() {
            self.insert_all(&invites, "").await.stored()?;
        } else {
            let earlier = open.values().filter_map(|invite| invite.mail_id);
            self.cancel_all(earlier).await?;
            self.insert_all(&invites, TAKE_UP).await.stored()?;
        }
        self.give_access(people, &invites).await?;
        if invites.len() > open.len() {
            let new = i64::try_from(invites.len() - open.len()).map_err(Internal::from)?;
            self.spend_invites::<E>(tenant, new).await?;
        }
        let made = invites.into_iter().zip(posted);
        Ok(made
            .map(|(invite, posted)| Made { invite, posted })
            .collect())
    }

    /// Writes down which projects invites give access to.
    async fn give_access(
        &self,
        people: &[Invitation],
        invites: &[invite::Model],
    ) -> Result<(), Internal> {
        let access: Vec<_> = people
            .iter()
            .zip(invites)
            .flat_map(|(person, invite)| {
                let projects = person.projects.iter();
                projects.map(|(project, level)| invite_project::Model {
                    invite_id: invite.id,
                    project_id: *project,
                    organisation_id: invite.organisation_id,
                    level: *level,
                })
            })
            .collect();
        self.insert_all(&access, HIGHER_LEVEL).await.stored()
    }
}

/// The pending invite becomes the one that takes it up.
const TAKE_UP: &str = "\
    ON CONFLICT (id) DO UPDATE SET \
        email = excluded.email, role = excluded.role, generation = excluded.generation, \
        invited_by = excluded.invited_by, expires_at = excluded.expires_at, \
        mail_id = excluded.mail_id, first_name = excluded.first_name, \
        message = excluded.message";

/// Of two levels in one project the higher one counts.
const HIGHER_LEVEL: &str = "\
    ON CONFLICT (invite_id, project_id) DO UPDATE SET level = excluded.level \
    WHERE excluded.level > invite_projects.level";

/// An address as it is compared, and as it was written.
pub(super) type Addressed<'a> = (Address, &'a str);

pub(super) fn addressed(email: &str) -> Addressed<'_> {
    (Address::of(email), email)
}

fn values<'a>(addressed: &'a [Addressed<'a>]) -> impl Iterator<Item = Value> {
    addressed.iter().map(|(address, _)| address.as_str().into())
}

/// The address has an invite that can still be accepted.
pub(super) fn invite_pending(email: &str) -> Conflict {
    Conflict::of(
        &kind::INVITE_PENDING,
        format!("{email} has a pending invite. Resend that one."),
    )
}

row! {
    struct Project {
        id: i64,
    }
}

/// Refuses projects that the organisation does not have. Those that it has are not
/// deleted before the transaction ends.
async fn require_projects<E>(tx: &Write, tenant: Tenant, people: &[Invitation]) -> Result<(), E>
where
    E: From<Internal> + From<NotFound>,
{
    let named = people.iter().flat_map(|person| &person.projects);
    let mut missing: BTreeSet<i64> = named.map(|(project, _)| *project).collect();
    let named: Vec<i64> = missing.iter().copied().collect();
    let sql = match tx.db() {
        On::Sqlite(_) => "SELECT id FROM projects WHERE organisation_id = $1 AND id IN ($*)",
        On::Postgres(_) => {
            "SELECT id FROM projects WHERE organisation_id = $1 AND id IN ($*) FOR KEY SHARE"
        }
    };
    for some in named.chunks(ROWS) {
        let found = tenant
            .rows::<Project>(sql, [])
            .among(some.iter().map(|id| (*id).into()))
            .all(tx.db())
            .await
            .stored()?;
        for Project { id } in found {
            missing.remove(&id);
        }
    }
    match missing.first() {
        None => Ok(()),
        Some(id) => Err(NotFound::new(format!("The organisation has no project {id}.")).into()),
    }
}

row! {
    struct Member {
        email_normalised: String,
    }
}

/// Refuses addresses that belong to members. True only while the organisation is held:
/// accepting holds it as well.
pub(super) async fn refuse_members<E>(
    tx: &Write,
    tenant: Tenant,
    addressed: &[Addressed<'_>],
) -> Result<(), E>
where
    E: From<Internal> + From<Conflict>,
{
    let members = tenant
        .rows::<Member>(
            "SELECT u.email_normalised FROM memberships m JOIN users u ON u.id = m.user_id \
             WHERE m.organisation_id = $1 AND u.email_normalised IN ($*) \
               AND u.confirmed_at IS NOT NULL",
            [],
        )
        .among(values(addressed))
        .all(tx.db())
        .await
        .stored()?;
    let is_member = |address: &Address| {
        let mut members = members.iter();
        members.any(|member| member.email_normalised == address.as_str())
    };
    match addressed.iter().find(|(address, _)| is_member(address)) {
        None => Ok(()),
        Some((_, email)) => {
            let detail = format!("{email} belongs to a member of the organisation.");
            Err(already_a_member(detail).into())
        }
    }
}

row! {
    /// An invite that is neither accepted nor revoked nor superseded.
    struct Open {
        id: Uuid,
        email_normalised: String,
        role: Role,
        generation: i64,
        created_at: i64,
        expires_at: i64,
        mail_id: Option<Uuid>,
        first_name: Option<String>,
        message: Option<String>,
    }
}

/// The open invites of addresses, of which each has one at most. Nothing becomes of them
/// while the organisation is held.
async fn open_invites(
    tx: &Write,
    tenant: Tenant,
    addressed: &[Addressed<'_>],
) -> Result<BTreeMap<String, Open>, Internal> {
    let open = tenant
        .rows::<Open>(
            "SELECT id, email_normalised, role, generation, created_at, expires_at, mail_id, \
                    first_name, message \
             FROM invites \
             WHERE organisation_id = $1 AND email_normalised IN ($*) \
               AND accepted_at IS NULL AND revoked_at IS NULL AND superseded_at IS NULL",
            [],
        )
        .among(values(addressed))
        .all(tx.db())
        .await
        .stored()?;
    let by_address = open.into_iter();
    Ok(by_address
        .map(|invite| (invite.email_normalised.clone(), invite))
        .collect())
}

/// Closes the expired invites of addresses other than `except`, which makes room for
/// pending ones.
pub(super) async fn supersede_expired(
    tx: &Write,
    tenant: Tenant,
    addressed: &[Addressed<'_>],
    except: Uuid,
) -> Result<(), Internal> {
    let mut given = vec![
        tenant.organisation.into(),
        except.into(),
        tx.now().micros().into(),
    ];
    let sql = spread(
        "UPDATE invites SET superseded_at = $3 \
         WHERE organisation_id = $1 AND email_normalised IN ($*) AND id <> $2 \
           AND accepted_at IS NULL AND revoked_at IS NULL AND superseded_at IS NULL \
           AND expires_at <= $3",
        &mut given,
        values(addressed),
    );
    tx.db().change(&sql, given).await.stored()?;
    Ok(())
}

row! {
    struct Delegated {
        step: Option<String>,
    }
}

/// What an invite is for.
async fn occasion_of(
    tx: &Write,
    tenant: Tenant,
    invite: &invite::Model,
) -> Result<Occasion, Internal> {
    let delegated = tenant
        .rows::<Delegated>(
            "SELECT step FROM setup_delegations WHERE organisation_id = $1 AND invite_id = $2",
            [invite.id.into()],
        )
        .one(tx.db())
        .await
        .stored()?;
    Ok(match delegated {
        Some(Delegated { step }) => Occasion::SettingUp { step },
        None => Occasion::Joining,
    })
}

/// Writes the mail with the present link of an invite into the outbox.
pub(super) async fn post_mail(
    tx: &Write,
    held: &guard::Held,
    tenant: Tenant,
    mail_id: Uuid,
    invite: &invite::Model,
) -> Result<Posted, Internal> {
    let occasion = occasion_of(tx, tenant, invite).await?;
    let mail = || compose(tx, held, mail_id, invite, &occasion, Tongue::English);
    tx.post(mail_id, invite.organisation_id, mail).await
}

/// The mail of an invite.
fn compose(
    tx: &Write,
    held: &guard::Held,
    mail_id: Uuid,
    invite: &invite::Model,
    occasion: &Occasion,
    tongue: Tongue,
) -> Mail {
    let setting = Setting {
        organisation: &held.organisation.name,
        inviter: held.actor.as_deref(),
        occasion,
        tongue,
    };
    invite_mail::write(tx.store(), tx.message_id(mail_id), invite, setting)
}
