//! An organisation to look around in.
//!
//! Nobody in it is real: the names are made up and the addresses are of
//! example.com, which delivers to nobody. Everything hangs on the injected clock
//! and randomness, so the same two give the same organisation.

use charter_contract::{Internal, Scopes, Timestamp};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, sea_query::Expr,
};
use uuid::Uuid;

use crate::Store;
use crate::address::Address;
use crate::constraint::Stored as _;
use crate::entity::outbox_message::{self, Outcome};
use crate::entity::{Role, api_key, invite, membership, organisation, usage_event, user};
use crate::issue::{KeyOwner, KeyToIssue};
use crate::operator::{IssuedKey, OperatorError};
use crate::search;
use crate::tenant::{Tenant, shared};
use crate::write::Write;

/// What the demonstration can be entered with.
#[derive(Debug)]
pub struct Demo {
    /// The organisation.
    pub organisation: Uuid,
    /// The address of its first admin.
    pub admin: String,
    /// The admin's key, with every scope.
    pub key: IssuedKey,
}

/// The members in the order of their joining; the first three are admins.
const PEOPLE: [&str; 25] = [
    "Ines Laurent",
    "Tomas Berg",
    "Amara Nwosu",
    "Kenji Moriyama",
    "Leila Haddad",
    "Oskar Lindqvist",
    "Priya Raman",
    "Mateo Iglesias",
    "Hanna Virtanen",
    "Jonas Weidner",
    "Sofia Carvalho",
    "Yusuf Demirci",
    "Clara Novotna",
    "Daniel Osei",
    "Mei Fenwick",
    "Ruben Hakobyan",
    "Greta Solheim",
    "Arjun Pillai",
    "Nadia Benali",
    "Pavel Hruska",
    "Ewa Zielonka",
    "Samuel Tetteh",
    "Lucia Ferrante",
    "Noor van Dalen",
    "Finn Gallagher",
];

const ADMINS: usize = 3;
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
const DAYS_OF_USAGE: i64 = 365;

impl Store {
    /// Fills an empty database; `None` when it is not empty.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed_demo(&self) -> Result<Option<Demo>, OperatorError> {
        self.write_as_operator(async |tx: &mut Write| {
            let users = shared::<user::Entity>().count(tx.db()).await.stored()?;
            if users > 0 {
                return Ok(None);
            }
            let founded = tx.now().plus_seconds(-(DAYS_OF_USAGE + 35) * DAY);
            let people = create_people(tx, founded).await?;
            let [founder, ..] = people.as_slice() else {
                return Ok(None);
            };
            let tenant = found_organisation(tx, founder, founded).await?;
            join_people(tx, tenant, &people).await?;
            send_invites(tx, tenant, &people).await?;
            use_it(tx, tenant).await?;
            let key = make_keys(tx, tenant, founder).await?;
            Ok(Some(Demo {
                organisation: tenant.organisation,
                admin: founder.email.clone(),
                key,
            }))
        })
        .await
    }
}

/// A member to be.
struct Person {
    id: Uuid,
    email: String,
    name: &'static str,
    role: Role,
    joined: Timestamp,
}

async fn create_people(tx: &Write, founded: Timestamp) -> Result<Vec<Person>, Internal> {
    let mut people = Vec::with_capacity(PEOPLE.len());
    let mut rows = Vec::with_capacity(PEOPLE.len());
    for (number, name) in (0_i64..).zip(PEOPLE) {
        // Two weeks apart, give or take some hours, so that the last ones joined
        // lately.
        let joined = founded.plus_seconds(number * 2 * WEEK + below(tx, 9 * 3_600));
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let (first_name, last_name) = name.split_once(' ').unzip();
        let row = user::Model {
            id: tx.store().new_id(joined),
            email_normalised: Address::of(&email).into(),
            email: email.clone(),
            name: name.to_owned(),
            first_name: first_name.map(str::to_owned),
            last_name: last_name.map(str::to_owned),
            language: user::LANGUAGE.to_owned(),
            came_as: None,
            created_at: joined.micros(),
            confirmed_at: Some(joined.micros()),
            last_login_at: None,
        };
        people.push(Person {
            id: row.id,
            email,
            name,
            role: if people.len() < ADMINS {
                Role::Admin
            } else {
                Role::Member
            },
            joined,
        });
        rows.push(row.into_active_model());
    }
    user::Entity::insert_many(rows)
        .exec_without_returning(tx.db())
        .await
        .stored()?;
    Ok(people)
}

async fn found_organisation(
    tx: &Write,
    founder: &Person,
    founded: Timestamp,
) -> Result<Tenant, Internal> {
    let row = organisation::Model {
        id: tx.store().new_id(founded),
        name: "Northwind Research".to_owned(),
        plan_id: "professional".to_owned(),
        billing_email: Some("billing@example.com".to_owned()),
        version: 3,
        created_at: founded.micros(),
        updated_at: founder.joined.plus_seconds(20 * WEEK).micros(),
        members: i64::try_from(PEOPLE.len()).unwrap_or(i64::MAX),
    };
    let tenant = Tenant {
        organisation: row.id,
    };
    tx.insert(row.clone()).await.stored()?;
    tx.name_in_addresses(tenant, &row.name).await?;
    Ok(tenant)
}

async fn join_people(tx: &Write, tenant: Tenant, people: &[Person]) -> Result<(), Internal> {
    let memberships = people.iter().map(|person| {
        membership::Model {
            organisation_id: tenant.organisation,
            user_id: person.id,
            email: person.email.clone(),
            name: person.name.to_owned(),
            role: person.role,
            joined_at: person.joined.micros(),
            updated_at: person.joined.micros(),
            search: search::text(person.name, &person.email),
        }
        .into_active_model()
    });
    membership::Entity::insert_many(memberships)
        .exec_without_returning(tx.db())
        .await
        .stored()?;
    for person in people {
        tx.activate(person.id, tenant).await.stored()?;
    }
    if let [founder, ..] = people {
        tx.own(tenant, founder.id).await?;
    }
    Ok(())
}

/// Where an invite of the demonstration stands.
enum Fate<'a> {
    Pending,
    Expired,
    Superseded,
    Revoked,
    Accepted(&'a Person),
}

async fn send_invites(tx: &Write, tenant: Tenant, people: &[Person]) -> Result<(), Internal> {
    let ago = |days: i64| tx.now().plus_seconds(-days * DAY);
    let inviter = people.first().map(|person| person.id);
    let mut invites = vec![
        (
            "mara.okafor@example.com",
            Role::Member,
            ago(1),
            Fate::Pending,
            Outcome::Delivered,
        ),
        (
            "noel.castellan@example.com",
            Role::Admin,
            ago(3),
            Fate::Pending,
            Outcome::Delivered,
        ),
        (
            "ida.rosenlund@example.com",
            Role::Member,
            ago(2),
            Fate::Pending,
            Outcome::Failed,
        ),
        (
            "bruno.matic@example.com",
            Role::Member,
            ago(30),
            Fate::Expired,
            Outcome::Delivered,
        ),
        (
            "vera.lindholm@example.com",
            Role::Member,
            ago(21),
            Fate::Superseded,
            Outcome::Delivered,
        ),
        (
            "vera.lindholm@example.com",
            Role::Member,
            ago(4),
            Fate::Pending,
            Outcome::Delivered,
        ),
        (
            "otto.brandvold@example.com",
            Role::Admin,
            ago(12),
            Fate::Revoked,
            Outcome::Delivered,
        ),
    ];
    for person in people.iter().rev().take(3) {
        let sent = person.joined.plus_seconds(-2 * DAY);
        invites.push((
            person.email.as_str(),
            person.role,
            sent,
            Fate::Accepted(person),
            Outcome::Delivered,
        ));
    }
    for (email, role, sent, fate, outcome) in invites {
        let mail_id = tx.store().new_id(sent);
        let mail = outbox_message::Model {
            id: mail_id,
            kind: outbox_message::Kind::Mail,
            organisation_id: Some(tenant.organisation),
            payload: Vec::new(),
            attempts: 1,
            next_attempt_at: sent.plus_seconds(60).micros(),
            outcome: Some(outcome),
            settled_at: Some(sent.plus_seconds(1).micros()),
            last_failure: (outcome == Outcome::Failed)
                .then(|| "550 5.1.1 mailbox unavailable".to_owned()),
            created_at: sent.micros(),
        };
        tx.insert(mail).await.stored()?;
        let row = invite::Model {
            id: tx.store().new_id(sent),
            organisation_id: tenant.organisation,
            email: email.to_owned(),
            email_normalised: Address::of(email).into(),
            role,
            generation: 1,
            invited_by: inviter,
            created_at: sent.micros(),
            expires_at: sent.plus_seconds(WEEK).micros(),
            accepted_at: match fate {
                Fate::Accepted(person) => Some(person.joined.micros()),
                _ => None,
            },
            accepted_by: match fate {
                Fate::Accepted(person) => Some(person.id),
                _ => None,
            },
            revoked_at: matches!(fate, Fate::Revoked).then(|| sent.plus_seconds(DAY).micros()),
            superseded_at: matches!(fate, Fate::Superseded)
                .then(|| sent.plus_seconds(17 * DAY).micros()),
            mail_id: Some(mail_id),
            first_name: None,
            message: None,
        };
        tx.insert(row).await.stored()?;
        tx.count_invites(tenant, 1, sent).await?;
    }
    Ok(())
}

/// A year of work that grows, rests at weekends and has some days without any.
async fn use_it(tx: &Write, tenant: Tenant) -> Result<(), Internal> {
    let mut events = Vec::new();
    for back in (0..DAYS_OF_USAGE).rev() {
        let moment = tx.now().plus_seconds(-back * DAY);
        let date = moment.date();
        let weekend = chrono::Datelike::weekday(&date).num_days_from_monday() >= 5;
        let grown = DAYS_OF_USAGE - back;
        let jobs = if weekend {
            below(tx, 3)
        } else {
            4 + grown / 30 + below(tx, 8)
        };
        for (kind, name, quantity) in [
            (usage_event::Kind::Job, "jobs", jobs),
            (
                usage_event::Kind::Page,
                "pages",
                jobs * (180 + below(tx, 240)),
            ),
        ] {
            if quantity > 0 {
                events.push(usage_event::Model {
                    organisation_id: tenant.organisation,
                    source: "crawler-1".to_owned(),
                    event_id: format!("{name}-{date}"),
                    kind,
                    quantity,
                    occurred_at: moment.micros(),
                    recorded_at: moment.micros(),
                });
            }
        }
    }
    tx.record(tenant, events).await.stored()?;
    Ok(())
}

async fn make_keys(tx: &Write, tenant: Tenant, founder: &Person) -> Result<IssuedKey, Internal> {
    let (metering, _) = tx
        .issue(KeyToIssue {
            owner: KeyOwner::Organisation(tenant.organisation),
            name: "Metering".to_owned(),
            scopes: Scopes::Only(["usage:write".to_owned()].into()),
            created_by: Some(founder.id),
            expires_at: None,
        })
        .await?;
    tenant
        .update::<api_key::Entity>()
        .col_expr(
            api_key::Column::LastUsedAt,
            Expr::value(tx.now().plus_seconds(-3_600).micros()),
        )
        .filter(api_key::Column::Id.eq(metering.id))
        .exec(tx.db())
        .await
        .stored()?;
    let (key, secret) = tx
        .issue(KeyToIssue {
            owner: KeyOwner::User {
                user: founder.id,
                bound_to: None,
            },
            name: "Demonstration".to_owned(),
            scopes: Scopes::All,
            created_by: Some(founder.id),
            expires_at: None,
        })
        .await?;
    Ok(IssuedKey { id: key.id, secret })
}

/// A number from 0 to `limit`, without it. That some come up a little more often
/// does not matter here.
fn below(tx: &Write, limit: i64) -> i64 {
    let mut bytes = [0; 8];
    tx.store().random().fill(&mut bytes);
    (i64::from_be_bytes(bytes) & i64::MAX) % limit
}
