//! `GET /v1/organisations/members` by hand: axum, sqlx, PostgreSQL. One connection
//! is taken for both queries, because taking it back makes sqlx
//! ask it whether it still lives.

use axum::routing::get;
use axum::{Json, Router, extract::State};
use charter_contract::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{PgConnection, Row as _};

use super::key::{Caller, KEY, Key, Presented, Role};
use super::member_list::{MEMBERS, Member, MemberList, PATH, Page, SCOPE};
use super::refusal::Refusal;
use super::type_id::UserId;
use crate::Error;

/// The server on `database`, with as many connections as Charter has.
pub(crate) async fn router(database: &str) -> Result<Router, Error> {
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .min_connections(1)
        .test_before_acquire(false)
        .connect_with(database.parse::<PgConnectOptions>()?)
        .await?;
    Ok(Router::new().route(PATH, get(list)).with_state(pool))
}

async fn list(
    State(pool): State<PgPool>,
    key: Presented,
    page: Page,
) -> Result<Json<MemberList>, Refusal> {
    let mut connection = pool.acquire().await?;
    let caller = caller(&mut connection, &key, SCOPE).await?;
    let rows = sqlx::query(MEMBERS)
        .bind(caller.organisation)
        .bind(page.after)
        .bind(page.rows())
        .fetch_all(&mut *connection)
        .await?;
    let members = rows
        .iter()
        .map(|row| {
            Ok(Member {
                id: UserId(row.try_get(0)?),
                email: row.try_get(1)?,
                name: row.try_get(2)?,
                role: Role::of(row.try_get(3)?),
                joined_at: Timestamp::from_micros(row.try_get(4)?),
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(MemberList::of(members, &page, &caller))
}

/// Whose key it is.
async fn caller(
    connection: &mut PgConnection,
    presented: &Presented,
    scope: &str,
) -> Result<Caller, Refusal> {
    let row = sqlx::query(KEY)
        .bind(presented.0.as_slice())
        .fetch_optional(connection)
        .await?
        .ok_or(Refusal::Unauthorised)?;
    Key {
        id: row.try_get(0)?,
        hash: row.try_get(1)?,
        owner_user: row.try_get(2)?,
        owner_organisation: row.try_get(3)?,
        scopes: row.try_get(4)?,
        expires_at: row.try_get(5)?,
        revoked_at: row.try_get(6)?,
        organisation: row.try_get(7)?,
        role: row.try_get(8)?,
    }
    .admit(presented, scope)
}
