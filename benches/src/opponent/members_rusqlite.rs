//! `GET /v1/organisations/members` by hand: axum, rusqlite, SQLite. The queries
//! run where the request runs, on a connection of the worker thread: nothing is
//! handed over. It is the floor.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router, extract::State};
use charter_contract::Timestamp;
use rusqlite::Connection;
use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use uuid::Uuid;

use super::key::{Caller, KEY, Key, Presented, Role};
use super::member_list::{MEMBERS, Member, MemberList, PATH, Page, SCOPE};
use super::refusal::Refusal;
use super::type_id::UserId;
use crate::Error;

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// The server on `database`, opened as Charter opens it.
pub(crate) async fn router(database: &str) -> Result<Router, Error> {
    let file = database.strip_prefix("sqlite://").unwrap_or(database);
    let file: Arc<Path> = Path::new(file).into();
    // So that a wrong path fails now.
    open(&file)?;
    Ok(Router::new().route(PATH, get(list)).with_state(file))
}

fn open(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA busy_timeout = 10000; PRAGMA mmap_size = 2147418112; PRAGMA cache_size = -8192; \
         PRAGMA temp_store = MEMORY; PRAGMA query_only = ON",
    )?;
    Ok(connection)
}

async fn list(
    State(file): State<Arc<Path>>,
    key: Presented,
    page: Page,
) -> Result<Json<MemberList>, Refusal> {
    CONNECTION.with_borrow_mut(|connection| {
        let connection = match connection {
            Some(connection) => connection,
            none => none.insert(open(&file)?),
        };
        let caller = caller(connection, &key)?;
        let members = members(connection, &page, &caller)?;
        Ok(MemberList::of(members, &page, &caller))
    })
}

fn caller(connection: &Connection, presented: &Presented) -> Result<Caller, Refusal> {
    let mut statement = connection.prepare_cached(KEY)?;
    let mut rows = statement.query([presented.0.as_slice()])?;
    let row = rows.next()?.ok_or(Refusal::Unauthorised)?;
    Key {
        id: id(row.get_ref(0)?)?,
        hash: row.get_ref(1)?.as_blob()?,
        owner_user: optional_id(row.get_ref(2)?)?,
        owner_organisation: optional_id(row.get_ref(3)?)?,
        scopes: row.get_ref(4)?.as_str()?,
        expires_at: row.get(5)?,
        revoked_at: row.get(6)?,
        organisation: optional_id(row.get_ref(7)?)?,
        role: row.get_ref(8)?.as_str_or_null()?,
    }
    .admit(presented, SCOPE)
}

fn members(connection: &Connection, page: &Page, caller: &Caller) -> Result<Vec<Member>, Refusal> {
    let mut statement = connection.prepare_cached(MEMBERS)?;
    let mut rows = statement.query((
        caller.organisation.as_bytes().as_slice(),
        page.after.as_bytes().as_slice(),
        page.rows(),
    ))?;
    let mut members = Vec::new();
    while let Some(row) = rows.next()? {
        members.push(Member {
            id: UserId(id(row.get_ref(0)?)?),
            email: row.get(1)?,
            name: row.get(2)?,
            role: Role::of(row.get_ref(3)?.as_str()?),
            joined_at: Timestamp::from_micros(row.get(4)?),
        });
    }
    Ok(members)
}

fn id(value: ValueRef<'_>) -> FromSqlResult<Uuid> {
    Uuid::from_slice(value.as_blob()?).map_err(FromSqlError::other)
}

fn optional_id(value: ValueRef<'_>) -> FromSqlResult<Option<Uuid>> {
    match value {
        ValueRef::Null => Ok(None),
        value => id(value).map(Some),
    }
}
