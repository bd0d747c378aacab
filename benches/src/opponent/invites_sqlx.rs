//! `POST /v1/organisations/invites` by hand: axum, sqlx, SQLite. The same
//! statements as Charter's, in a transaction of its own for each invite.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use charter_contract::Timestamp;
use charter_persistence::{Address, InviteToken, Origin, ServerKeys};
use chrono::Datelike as _;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::key::{Caller, Presented, Role};
use super::members_sqlx_sqlite::{caller, sqlite_options};
use super::refusal::Refusal;
use super::type_id::{InviteId, UserId};
use crate::Error;
use crate::fixture;

const SCOPE: &str = "invites:write";

/// How long an invite can be accepted: 7 days.
const LIFETIME: i64 = 7 * 86_400;

/// What the rest of Charter takes a mail's lease for, in seconds.
const LEASE: i64 = 60;

/// The server on `database`, opened as Charter opens it.
pub(crate) async fn router(database: &str) -> Result<Router, Error> {
    let inviter = Inviter::open(database).await?;
    Ok(Router::new()
        .route("/v1/organisations/invites", post(invite))
        .with_state(inviter))
}

async fn invite(
    State(inviter): State<Inviter>,
    key: Presented,
    body: Result<Json<CreateInvite>, JsonRejection>,
) -> Result<(StatusCode, Json<Invite>), Refusal> {
    let caller = inviter.caller(&key).await?;
    let Json(CreateInvite { email, role }) = body?;
    // Enough of a check for addresses that are made up here.
    if !(3..=254).contains(&email.len()) || !email.contains('@') {
        return Err(Refusal::Malformed("that is no address".to_owned()));
    }
    let invite = inviter.invite(&caller, email, role).await?;
    Ok((StatusCode::CREATED, Json(invite)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateInvite {
    email: String,
    #[serde(default = "member")]
    role: Role,
}

fn member() -> Role {
    Role::Member
}

/// The invite as it is answered.
#[derive(Serialize)]
pub(crate) struct Invite {
    id: InviteId,
    email: String,
    role: Role,
    status: &'static str,
    token: String,
    invite_url: String,
    email_delivery: &'static str,
    invited_by: Option<UserId>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// Makes invites.
#[derive(Clone)]
pub(crate) struct Inviter {
    reader: SqlitePool,
    writer: SqlitePool,
    keys: ServerKeys,
}

impl Inviter {
    pub(crate) async fn open(database: &str) -> Result<Self, Error> {
        let options = sqlite_options(database)?;
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .min_connections(1)
                .test_before_acquire(false)
        };
        Ok(Self {
            // More would poll for the lock that only one of them can have.
            writer: pool(1).connect_with(options.clone()).await?,
            reader: pool(2)
                .connect_with(options.pragma("query_only", "ON"))
                .await?,
            keys: fixture::server_keys(),
        })
    }

    /// The caller with this key.
    pub(super) async fn caller(&self, key: &Presented) -> Result<Caller, Refusal> {
        caller(&mut *self.reader.acquire().await?, key, SCOPE).await
    }

    /// The caller with this key, as its text.
    pub(crate) async fn caller_with(&self, key: &str) -> Result<InviteCaller, Refusal> {
        self.caller(&Presented::of(key)).await.map(InviteCaller)
    }

    /// Invites `email` as a member, one durable commit.
    pub(crate) async fn invite_member(
        &self,
        caller: &InviteCaller,
        email: String,
    ) -> Result<Invite, Refusal> {
        self.invite(&caller.0, email, Role::Member).await
    }

    async fn invite(&self, caller: &Caller, email: String, role: Role) -> Result<Invite, Refusal> {
        let address = Address::of(&email);
        let address = address.as_str();
        if caller.user.is_some() && caller.role != Some(Role::Admin) {
            return Err(Refusal::Forbidden);
        }
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let now = Timestamp::from(chrono::Utc::now());
        hold_as_admin(&mut tx, caller).await?;
        refuse_member(&mut tx, caller, address).await?;
        refuse_pending(&mut tx, caller, address, now).await?;
        let id = Uuid::now_v7();
        let mail = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO outbox (id, kind, organisation_id, payload, attempts, next_attempt_at, \
                                 outcome, settled_at, last_failure, created_at) \
             VALUES ($1, 'mail', $2, x'', 0, $3, 'skipped', $4, NULL, $4)",
        )
        .bind(mail)
        .bind(caller.organisation)
        .bind(now.plus_seconds(LEASE).micros())
        .bind(now.micros())
        .execute(&mut *tx)
        .await?;
        let expires_at = now.plus_seconds(LIFETIME);
        let inserted = sqlx::query(
            "INSERT INTO invites (id, organisation_id, email, email_normalised, role, generation, \
                                  invited_by, created_at, expires_at, mail_id) \
             VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(caller.organisation)
        .bind(&email)
        .bind(address)
        .bind(role.as_str())
        .bind(caller.user)
        .bind(now.micros())
        .bind(expires_at.micros())
        .bind(mail)
        .execute(&mut *tx)
        .await;
        if let Err(sqlx::Error::Database(failure)) = &inserted
            && failure.is_unique_violation()
        {
            return Err(Refusal::Conflict);
        }
        inserted?;
        spend_invite(&mut tx, caller, now).await?;
        sqlx::query(
            "INSERT INTO audit_log (id, organisation_id, actor_user_id, actor_key_id, event, \
                                    outcome, target_kind, target_id, request_id, created_at) \
             VALUES ($1, $2, $3, $4, 'invite.created', 'success', 'invite', $5, $6, $7)",
        )
        .bind(Uuid::now_v7())
        .bind(caller.organisation)
        .bind(caller.user)
        .bind(caller.key)
        .bind(InviteId(id).text().as_str())
        .bind(Uuid::now_v7().to_string())
        .bind(now.micros())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        let token = InviteToken {
            invite: id,
            generation: 1,
            origin: Origin::Answer,
        }
        .sign(&self.keys);
        Ok(Invite {
            id: InviteId(id),
            email,
            role,
            status: "pending",
            invite_url: format!("{}/invite?token={token}", fixture::PUBLIC_URL),
            token,
            email_delivery: "skipped",
            invited_by: caller.user.map(UserId),
            created_at: now,
            expires_at,
        })
    }
}

/// Who invites.
pub(crate) struct InviteCaller(Caller);

/// Makes sure that the organisation is there and the caller is still its admin.
async fn hold_as_admin(tx: &mut SqliteConnection, caller: &Caller) -> Result<(), Refusal> {
    let organisation = sqlx::query(
        "SELECT id, name, plan_id, billing_email, version, created_at, updated_at, members \
         FROM organisations WHERE id = $1",
    )
    .bind(caller.organisation)
    .fetch_optional(&mut *tx)
    .await?;
    // Its name would stand in the mail.
    let _name: String = organisation.ok_or(Refusal::NotFound)?.try_get(1)?;
    let Some(user) = caller.user else {
        return Ok(());
    };
    let actor = sqlx::query(
        "SELECT role, name FROM memberships WHERE organisation_id = $1 AND user_id = $2",
    )
    .bind(caller.organisation)
    .bind(user)
    .fetch_optional(tx)
    .await?
    .ok_or(Refusal::Forbidden)?;
    match Role::of(actor.try_get(0)?) {
        Role::Admin => Ok(()),
        Role::Member => Err(Refusal::Forbidden),
    }
}

async fn refuse_member(
    tx: &mut SqliteConnection,
    caller: &Caller,
    address: &str,
) -> Result<(), Refusal> {
    let members: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM memberships WHERE organisation_id = $1 \
             AND user_id IN (SELECT id FROM users \
                             WHERE email_normalised = $2 AND confirmed_at IS NOT NULL)",
    )
    .bind(caller.organisation)
    .bind(address)
    .fetch_one(tx)
    .await?;
    if members > 0 {
        return Err(Refusal::Conflict);
    }
    Ok(())
}

/// Refuses an address with a pending invite, and closes one that has expired, which makes
/// room for another.
async fn refuse_pending(
    tx: &mut SqliteConnection,
    caller: &Caller,
    address: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    let open: Option<i64> = sqlx::query_scalar(
        "SELECT expires_at FROM invites \
         WHERE organisation_id = $1 AND email_normalised = $2 \
             AND accepted_at IS NULL AND revoked_at IS NULL AND superseded_at IS NULL",
    )
    .bind(caller.organisation)
    .bind(address)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(expires_at) = open else {
        return Ok(());
    };
    if expires_at > now.micros() {
        return Err(Refusal::Conflict);
    }
    sqlx::query(
        "UPDATE invites SET superseded_at = $1 \
         WHERE organisation_id = $2 AND email_normalised = $3 \
             AND accepted_at IS NULL AND revoked_at IS NULL AND superseded_at IS NULL",
    )
    .bind(now.micros())
    .bind(caller.organisation)
    .bind(address)
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts the invite of this month, unless the plan does not allow it.
async fn spend_invite(
    tx: &mut SqliteConnection,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), Refusal> {
    let date = now.date();
    let first = date.with_day(1).unwrap_or(date);
    let counted = sqlx::query(
        "INSERT INTO invite_cycles (organisation_id, starts_on, used) \
         SELECT o.id, $2, $3 FROM organisations o JOIN plans p ON p.id = o.plan_id \
         WHERE o.id = $1 AND (p.invite_limit IS NULL OR p.invite_limit >= $3) \
         ON CONFLICT (organisation_id, starts_on) \
         DO UPDATE SET used = invite_cycles.used + excluded.used \
         WHERE (SELECT p.invite_limit IS NULL \
                    OR p.invite_limit >= invite_cycles.used + excluded.used \
                FROM organisations o JOIN plans p ON p.id = o.plan_id \
                WHERE o.id = excluded.organisation_id)",
    )
    .bind(caller.organisation)
    .bind(i64::from(first.num_days_from_ce()) - 719_163)
    .bind(1_i64)
    .execute(tx)
    .await?;
    match counted.rows_affected() {
        0 => Err(Refusal::QuotaSpent),
        _ => Ok(()),
    }
}
