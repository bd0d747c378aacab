//! Invites.

use charter_api_organisations::invites::{
    AcceptInviteError, AcceptInviteRequest, CreateInviteError, CreateInviteRequest, InvitesApi,
    ListInvitesError, ListInvitesRequest, PreviewInviteError, PreviewInviteRequest,
    ResendInviteError, ResendInviteRequest, RevokeInviteError, RevokeInviteRequest,
};
use charter_api_organisations::models::{
    AcceptInvite, AcceptedInvite, CreateInvite, EmailDelivery, Invite, InviteId, InviteList,
    InvitePreview, InviteStatus,
};
use charter_contract::{
    Call, Caller, Conflict, Forbidden, Gone, Internal, NotFound, Redacted, Timestamp, async_trait,
    kind,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, QueryFilter as _, sea_query::Expr,
};
use uuid::Uuid;

use super::guard;
use super::inviting::{
    Invitation, LIFETIME, Made, addressed, invite_pending, post_mail, refuse_members,
    supersede_expired,
};
use super::organisations::OrganisationRow;
use super::pages::Page;
use crate::Store;
use crate::address::Address;
use crate::constraint::{self, Stored as _};
use crate::database::On;
use crate::entity::outbox_message::Outcome;
use crate::entity::{Role, invite, organisation};
use crate::invite_token::InviteToken;
use crate::outbox::{Delivery, Posted};
use crate::row::row;
use crate::signed_link::Origin;
use crate::tenant::{Tenant, across_tenants};
use crate::write::Write;

row! {
    /// An invite with what became of its latest mail.
    #[derive(Debug)]
    struct InviteRow {
        id: Uuid,
        email: String,
        role: Role,
        generation: i64,
        invited_by: Option<Uuid>,
        created_at: i64,
        expires_at: i64,
        mail_id: Option<Uuid>,
        outcome: Option<Outcome>,
    }
}

/// What an invite has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Pending,
    Accepted,
    Revoked,
    Expired,
}

impl Status {
    fn of(invite: &invite::Model, now: Timestamp) -> Self {
        if invite.accepted_at.is_some() {
            Self::Accepted
        } else if invite.revoked_at.is_some() {
            Self::Revoked
        } else if invite.expires_at <= now.micros() {
            Self::Expired
        } else {
            Self::Pending
        }
    }
}

impl From<Delivery> for EmailDelivery {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Sent => Self::Sent,
            Delivery::Failed => Self::Failed,
            Delivery::Skipped => Self::Skipped,
        }
    }
}

impl Store {
    /// A pending invite as the document has it.
    fn pending_invite(
        &self,
        model: &invite::Model,
        delivery: Delivery,
    ) -> Result<Invite, Internal> {
        let token = self.invite_token(model.id, model.generation, Origin::Answer);
        let invite::Model {
            id,
            organisation_id: _,
            email,
            email_normalised: _,
            role,
            generation: _,
            invited_by,
            created_at,
            expires_at,
            accepted_at: _,
            accepted_by: _,
            revoked_at: _,
            superseded_at: _,
            mail_id: _,
            first_name: _,
            message: _,
        } = model;
        Ok(Invite {
            id: (*id).into(),
            email: email.clone().try_into()?,
            role: (*role).into(),
            status: InviteStatus::Pending,
            invite_url: Redacted(self.invite_url(&token)),
            token: Redacted(token),
            email_delivery: delivery.into(),
            invited_by: invited_by.map(Into::into),
            created_at: Timestamp::from_micros(*created_at),
            expires_at: Timestamp::from_micros(*expires_at),
        })
    }

    /// An invite of a list.
    fn listed_invite(&self, row: InviteRow, status: InviteStatus) -> Result<Invite, Internal> {
        let InviteRow {
            id,
            email,
            role,
            generation,
            invited_by,
            created_at,
            expires_at,
            mail_id,
            outcome,
        } = row;
        let token = self.invite_token(id, generation, Origin::Answer);
        Ok(Invite {
            id: id.into(),
            email: email.try_into()?,
            role: role.into(),
            status,
            invite_url: Redacted(self.invite_url(&token)),
            token: Redacted(token),
            email_delivery: match (mail_id, outcome) {
                (_, Some(Outcome::Delivered)) => EmailDelivery::Sent,
                (None, _) | (_, Some(Outcome::Skipped)) => EmailDelivery::Skipped,
                (_, Some(Outcome::Failed | Outcome::Cancelled) | None) => EmailDelivery::Failed,
            },
            invited_by: invited_by.map(Into::into),
            created_at: Timestamp::from_micros(created_at),
            expires_at: Timestamp::from_micros(expires_at),
        })
    }
}

#[async_trait]
impl InvitesApi for Store {
    async fn list_invites(
        &self,
        caller: Caller,
        request: ListInvitesRequest,
    ) -> Result<InviteList, ListInvitesError> {
        let ListInvitesRequest {
            status,
            limit,
            cursor,
        } = request;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        let page = Page::new(cursor, limit);
        let mut invites = tenant
            .rows::<InviteRow>(
                "SELECT i.id, i.email, i.role, i.generation, i.invited_by, i.created_at, \
                        i.expires_at, i.mail_id, o.outcome \
                 FROM invites i LEFT JOIN outbox o ON o.id = i.mail_id \
                 WHERE i.organisation_id = $1 AND i.id > $2 AND $5 = \
                     CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' \
                          WHEN i.revoked_at IS NOT NULL THEN 'revoked' \
                          WHEN i.expires_at <= $4 THEN 'expired' \
                          ELSE 'pending' END \
                 ORDER BY i.id LIMIT $3",
                [
                    page.after().into(),
                    page.rows().into(),
                    self.now().micros().into(),
                    status.as_str().into(),
                ],
            )
            .all(self.reader())
            .await
            .stored()?;
        let next_cursor = page.cut(&mut invites, |invite| invite.id);
        Ok(InviteList {
            invites: invites
                .into_iter()
                .map(|invite| self.listed_invite(invite, status))
                .collect::<Result<_, _>>()?,
            next_cursor,
        })
    }

    async fn create_invite(
        &self,
        caller: Caller,
        request: CreateInviteRequest,
    ) -> Result<Invite, CreateInviteError> {
        let CreateInviteRequest {
            body: CreateInvite { email, role },
        } = request;
        let email = String::from(email);
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        let mut posted = None;
        let mut invite = self
            .write(&caller, async |tx: &mut Write| {
                let held = guard::hold_as_admin::<CreateInviteError>(tx, &caller, tenant).await?;
                let person = Invitation::new(email, role.into());
                let made = tx
                    .invite_one::<CreateInviteError>(&caller, tenant, &held, person)
                    .await?;
                let Made {
                    invite,
                    posted: message,
                } = made;
                tx.target("invite", InviteId::from(invite.id));
                // What the kept answer says should the process end before the
                // delivery: that the mail has not left so far.
                let so_far = message.as_ref().map_or(Delivery::Skipped, Posted::so_far);
                tx.answer_awaits_delivery();
                posted = message;
                Ok::<_, CreateInviteError>(tx.store().pending_invite(&invite, so_far)?)
            })
            .await?;
        if let Some(message) = posted {
            invite.email_delivery = self.deliver_now(message).await.into();
            // The invite is made and the mail is out: a failure here must not
            // say otherwise. The kept answer then says that it had not left.
            if let Err(failure) = self.finish_kept_answer(&caller, &invite).await {
                tracing::warn!(?failure, "the kept answer could not be finished");
            }
        }
        Ok(invite)
    }

    async fn preview_invite(
        &self,
        _call: Call,
        request: PreviewInviteRequest,
    ) -> Result<InvitePreview, PreviewInviteError> {
        let PreviewInviteRequest { token } = request;
        let token = self.invite_behind(&token)?;
        let PendingInvite {
            invite,
            organisation_name,
            inviter_name,
        } = self.pending_invite_of::<PreviewInviteError>(token).await?;
        Ok(InvitePreview {
            organisation_name: organisation_name.try_into().map_err(Internal::from)?,
            inviter_name,
            email: invite.email.try_into().map_err(Internal::from)?,
            role: invite.role.into(),
            expires_at: Timestamp::from_micros(invite.expires_at),
        })
    }

    async fn accept_invite(
        &self,
        caller: Caller,
        request: AcceptInviteRequest,
    ) -> Result<AcceptedInvite, AcceptInviteError> {
        let AcceptInviteRequest {
            body: AcceptInvite { token, set_active },
        } = request;
        let user = guard::user(&caller)?;
        let token = self.invite_behind(&token)?;
        self.write(&caller, async |tx: &mut Write| {
            let accepted = tx.accept_invite::<AcceptInviteError>(token, user).await?;
            let Acceptance::Joined { organisation, role } = accepted else {
                return Err(
                    already_a_member("You are a member of this organisation already.").into(),
                );
            };
            if set_active {
                let tenant = Tenant {
                    organisation: organisation.id,
                };
                tx.activate(user, tenant).await.stored()?;
            }
            Ok::<_, AcceptInviteError>(AcceptedInvite {
                organisation: OrganisationRow::seen_as(organisation, Some(role)).try_into()?,
                active_organisation_set: set_active,
            })
        })
        .await
    }

    async fn revoke_invite(
        &self,
        caller: Caller,
        request: RevokeInviteRequest,
    ) -> Result<(), RevokeInviteError> {
        let RevokeInviteRequest { invite_id } = request;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("invite", invite_id);
            guard::hold_as_admin::<RevokeInviteError>(tx, &caller, tenant).await?;
            let invite = find_unsettled::<RevokeInviteError>(tx, tenant, invite_id).await?;
            tenant
                .update::<invite::Entity>()
                .col_expr(invite::Column::RevokedAt, Expr::value(tx.now().micros()))
                .filter(invite::Column::Id.eq(invite.id))
                .exec(tx.db())
                .await
                .stored()?;
            if let Some(mail) = invite.mail_id {
                tx.cancel(mail).await?;
            }
            Ok(())
        })
        .await
    }

    async fn resend_invite(
        &self,
        caller: Caller,
        request: ResendInviteRequest,
    ) -> Result<Invite, ResendInviteError> {
        let ResendInviteRequest { invite_id } = request;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        let mut posted = None;
        let mut invite = self
            .write(&caller, async |tx: &mut Write| {
                tx.target("invite", invite_id);
                let held = guard::hold_as_admin::<ResendInviteError>(tx, &caller, tenant).await?;
                let earlier = find_unsettled::<ResendInviteError>(tx, tenant, invite_id).await?;
                let email = earlier.email.clone();
                let address = [addressed(&email)];
                refuse_members::<ResendInviteError>(tx, tenant, &address).await?;
                // The address may have been invited anew meanwhile, and that
                // invite may have expired as well.
                supersede_expired(tx, tenant, &address, earlier.id).await?;
                if let Some(mail) = earlier.mail_id {
                    tx.cancel(mail).await?;
                }
                let mail_id = tx.new_id();
                let model = invite::Model {
                    generation: earlier.generation + 1,
                    expires_at: tx.now().plus_seconds(LIFETIME).micros(),
                    superseded_at: None,
                    mail_id: Some(mail_id),
                    ..earlier
                };
                let message = post_mail(tx, &held, tenant, mail_id, &model).await?;
                invite::Entity::update(model.clone().into_active_model().reset_all())
                    .exec(tx.db())
                    .await
                    .on_constraint(&constraint::OPEN_INVITE, || {
                        ResendInviteError::from(invite_pending(&email))
                    })?;
                let so_far = message.so_far();
                posted = Some(message);
                Ok::<_, ResendInviteError>(tx.store().pending_invite(&model, so_far)?)
            })
            .await?;
        if let Some(message) = posted {
            invite.email_delivery = self.deliver_now(message).await.into();
        }
        Ok(invite)
    }
}

/// A pending invite as its holder sees it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct PendingInvite {
    /// The invite.
    #[sea_orm(nested)]
    pub(crate) invite: invite::Model,
    /// The inviting organisation's name.
    pub(crate) organisation_name: String,
    /// The inviter's, as long as the account exists.
    pub(crate) inviter_name: Option<String>,
}

/// What became of accepting an invite.
#[derive(Debug)]
pub(crate) enum Acceptance {
    /// The user is a member now.
    Joined {
        /// The organisation.
        organisation: organisation::Model,
        /// What the user is there.
        role: Role,
    },
    /// The user has been a member before. Nothing has changed.
    Member,
}

impl Store {
    /// What a link says, if it is genuine.
    pub(crate) fn invite_behind(&self, token: &str) -> Result<InviteToken, NotFound> {
        InviteToken::verify(token, self.server_keys()).ok_or_else(no_token)
    }

    /// The invite that a genuine link leads to, if it can still be accepted.
    pub(crate) async fn pending_invite_of<E>(&self, token: InviteToken) -> Result<PendingInvite, E>
    where
        E: From<Internal> + From<NotFound> + From<Gone>,
    {
        let found = self.invite_of(token).await?.ok_or_else(no_token)?;
        refuse_unless_pending(&found.invite, self.now())?;
        Ok(found)
    }

    /// The same for whoever wants to accept it with `address`.
    pub(crate) async fn pending_invite_for<E>(
        &self,
        token: InviteToken,
        address: &Address,
    ) -> Result<PendingInvite, E>
    where
        E: From<Internal> + From<NotFound> + From<Forbidden> + From<Gone>,
    {
        let found = self.invite_of(token).await?.ok_or_else(no_token)?;
        refuse_other_address(&found.invite, address.as_str())?;
        refuse_unless_pending(&found.invite, self.now())?;
        Ok(found)
    }

    /// The invite that a genuine link leads to, whatever it has come to. The link
    /// stands in for the tenant.
    async fn invite_of(&self, token: InviteToken) -> Result<Option<PendingInvite>, Internal> {
        PendingInvite::find_by_statement(self.statement(
            "SELECT i.*, o.name AS organisation_name, u.name AS inviter_name \
             FROM invites i JOIN organisations o ON o.id = i.organisation_id \
             LEFT JOIN users u ON u.id = i.invited_by \
             WHERE i.id = $1 AND i.generation = $2",
            [token.invite.into(), token.generation.into()],
        ))
        .one(self.reader())
        .await
        .stored()
    }
}

impl Write {
    /// Lets `user`, whose address is confirmed, accept the invite that a genuine
    /// link leads to. Judged in this order: the link, the address, whether the user
    /// is a member already, and whether the invite is still pending.
    pub(crate) async fn accept_invite<E>(
        &mut self,
        token: InviteToken,
        user: Uuid,
    ) -> Result<Acceptance, E>
    where
        E: From<Internal> + From<NotFound> + From<Forbidden> + From<Gone>,
    {
        self.target("invite", InviteId::from(token.invite));
        let tenant = tenant_of(self, token).await?.ok_or_else(no_token)?;
        self.within(tenant.organisation);
        let organisation = self.lock(tenant).await?.ok_or_else(no_token)?;
        // Read again now that nobody else decides about it.
        let invitation = tenant
            .read::<InvitationRow>(
                self.store(),
                "SELECT i.*, u.email_normalised AS address, m.role AS present_role \
                 FROM invites i JOIN users u ON u.id = $4 AND u.confirmed_at IS NOT NULL \
                 LEFT JOIN memberships m \
                     ON m.organisation_id = i.organisation_id AND m.user_id = u.id \
                 WHERE i.organisation_id = $1 AND i.id = $2 AND i.generation = $3",
                [token.invite.into(), token.generation.into(), user.into()],
            )
            .one(self.db())
            .await
            .stored()?;
        let InvitationRow {
            invite,
            address,
            present_role,
        } = invitation.ok_or_else(no_token)?;
        refuse_other_address(&invite, &address)?;
        if present_role.is_some() {
            return Ok(Acceptance::Member);
        }
        refuse_unless_pending(&invite, self.now())?;
        let (id, role, mail) = (invite.id, invite.role, invite.mail_id);
        self.join_by_invite(tenant, user, id, role, mail).await?;
        Ok(Acceptance::Joined { organisation, role })
    }

    /// Makes a user a member by an invite that is pending, while the organisation is
    /// held: so nobody has joined, and nothing has become of the invite, meanwhile.
    pub(super) async fn join_by_invite(
        &self,
        tenant: Tenant,
        user: Uuid,
        id: Uuid,
        role: Role,
        mail: Option<Uuid>,
    ) -> Result<(), Internal> {
        self.join(tenant, user, role).await.stored()?;
        tenant
            .update::<invite::Entity>()
            .col_expr(invite::Column::AcceptedAt, Expr::value(self.now().micros()))
            .col_expr(invite::Column::AcceptedBy, Expr::value(user))
            .filter(invite::Column::Id.eq(id))
            .exec(self.db())
            .await
            .stored()?;
        if let Some(mail) = mail {
            self.cancel(mail).await?;
        }
        self.enter_projects(tenant, user, id).await
    }

    /// Gives a new member access to the projects that the invite names and that are not
    /// being deleted.
    async fn enter_projects(
        &self,
        tenant: Tenant,
        user: Uuid,
        invite: Uuid,
    ) -> Result<(), Internal> {
        let sql = match self.db() {
            On::Sqlite(_) => {
                "INSERT INTO project_members (project_id, organisation_id, user_id, level) \
                 SELECT project_id, organisation_id, $2, level FROM invite_projects \
                 WHERE organisation_id = $1 AND invite_id = $3"
            }
            On::Postgres(_) => {
                "INSERT INTO project_members (project_id, organisation_id, user_id, level) \
                 SELECT p.id, p.organisation_id, $2, i.level \
                 FROM invite_projects i JOIN projects p ON p.id = i.project_id \
                 WHERE p.organisation_id = $1 AND i.invite_id = $3 FOR KEY SHARE OF p"
            }
        };
        let values = vec![tenant.organisation.into(), user.into(), invite.into()];
        self.db().change(sql, values).await.stored()?;
        Ok(())
    }
}

fn refuse_other_address(invite: &invite::Model, address: &str) -> Result<(), Forbidden> {
    if invite.email_normalised == address {
        return Ok(());
    }
    Err(Forbidden::of(
        &kind::OTHER_ADDRESS,
        "This invite is for another e-mail address than yours.",
    ))
}

#[derive(Debug, FromQueryResult)]
struct InvitationRow {
    #[sea_orm(nested)]
    invite: invite::Model,
    address: String,
    present_role: Option<Role>,
}

fn no_token() -> NotFound {
    NotFound::new("There is no invite with this token.")
}

pub(super) fn already_a_member(detail: impl Into<String>) -> Conflict {
    Conflict::of(&kind::ALREADY_MEMBER, detail)
}

/// Refuses an invite that cannot be accepted any more.
fn refuse_unless_pending(invite: &invite::Model, now: Timestamp) -> Result<(), Gone> {
    match Status::of(invite, now) {
        Status::Pending => Ok(()),
        Status::Accepted => Err(Gone::of(
            &kind::INVITE_ACCEPTED,
            "This invite has been accepted.",
        )),
        Status::Revoked => Err(Gone::of(
            &kind::INVITE_REVOKED,
            "This invite has been revoked.",
        )),
        Status::Expired => Err(Gone::of(
            &kind::INVITE_EXPIRED,
            "This invite has expired. Ask for a new one.",
        )),
    }
}

/// The organisation that a link leads into. The link stands in for the tenant.
async fn tenant_of(tx: &Write, token: InviteToken) -> Result<Option<Tenant>, Internal> {
    let invite = across_tenants::<invite::Entity>()
        .filter(invite::Column::Id.eq(token.invite))
        .one(tx.db())
        .await
        .stored()?;
    Ok(invite.map(|invite| Tenant {
        organisation: invite.organisation_id,
    }))
}

/// An invite of the organisation that nobody has accepted or revoked.
async fn find_unsettled<E>(tx: &Write, tenant: Tenant, id: InviteId) -> Result<invite::Model, E>
where
    E: From<Internal> + From<NotFound> + From<Conflict>,
{
    let invite = tenant
        .find::<invite::Entity>()
        .filter(invite::Column::Id.eq(Uuid::from(id)))
        .filter(invite::Column::RevokedAt.is_null())
        .one(tx.db())
        .await
        .stored()?
        .ok_or_else(|| NotFound::new("The organisation has no invite with this id."))?;
    if invite.accepted_at.is_some() {
        return Err(Conflict::of(
            &kind::INVITE_ALREADY_ACCEPTED,
            "This invite has been accepted.",
        )
        .into());
    }
    Ok(invite)
}
