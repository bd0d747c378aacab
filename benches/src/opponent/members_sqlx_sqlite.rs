//! `GET /v1/organisations/members` by hand: axum, sqlx, SQLite. One connection
//! is taken for both queries, because handing one out and taking it back costs
//! as much as a query.

use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router, extract::State};
use charter_contract::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row as _, SqliteConnection};

use super::key::{Caller, KEY, Key, Presented, Role};
use super::member_list::{MEMBERS, Member, MemberList, PATH, Page, SCOPE};
use super::refusal::Refusal;
use super::type_id::UserId;
use crate::Error;

/// The server on `database`, opened as Charter opens it.
pub(crate) async fn router(database: &str) -> Result<Router, Error> {
    let options = sqlite_options(database)?.pragma("query_only", "ON");
    let pool = SqlitePoolOptions::new()
        .max_connections(2)
        .min_connections(1)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    Ok(Router::new().route(PATH, get(list)).with_state(pool))
}

/// The settings of a connection that Charter has as well.
pub(super) fn sqlite_options(database: &str) -> Result<SqliteConnectOptions, Error> {
    Ok(database
        .parse::<SqliteConnectOptions>()?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("mmap_size", "2147418112")
        .pragma("cache_size", "-8192")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("temp_store", "MEMORY"))
}

async fn list(
    State(pool): State<SqlitePool>,
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
pub(super) async fn caller(
    connection: &mut SqliteConnection,
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
