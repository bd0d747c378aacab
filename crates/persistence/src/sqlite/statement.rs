//! SeaORM's statements on a connection.

use std::collections::BTreeMap;

use async_trait::async_trait;
use rusqlite::{CachedStatement, Connection, Row};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, ProxyExecResult, ProxyRow, QueryResult,
    Statement, Value,
};

use super::failure::{executing, querying};
use super::value::{Declared, bound};
use super::{InPlace as _, Readers, Unit, Writer};
use crate::row::{self, FromRow};

/// What has a connection at hand runs statements where it stands.
macro_rules! in_place {
    ($($holder:ty),*) => {$(
        #[async_trait]
        impl ConnectionTrait for $holder {
            fn get_database_backend(&self) -> DbBackend {
                DbBackend::Sqlite
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.with(|connection| execute_statement(connection, &statement))
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.with(|connection| execute_unprepared(connection, sql))
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                self.with(|connection| query_one(connection, &statement))
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.with(|connection| query_all(connection, &statement))
            }
        }
    )*};
}

in_place!(Readers, Unit);

/// Each statement is a unit of work.
#[async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let unit = self.begin().await?;
        let result = unit.execute_raw(statement).await;
        unit.end(result).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let unit = self.begin().await?;
        let result = unit.execute_unprepared(sql).await;
        unit.end(result).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let unit = self.begin().await?;
        let result = unit.query_one_raw(statement).await;
        unit.end(result).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let unit = self.begin().await?;
        let result = unit.query_all_raw(statement).await;
        unit.end(result).await
    }
}

/// Runs a statement whose rows nobody wants; how many it changed.
pub(crate) fn execute(connection: &Connection, sql: &str, values: &[Value]) -> Result<u64, DbErr> {
    let mut prepared = connection.prepare_cached(sql).map_err(executing)?;
    bind(&mut prepared, values)?;
    Ok(count(prepared.raw_execute().map_err(executing)?))
}

/// The same for a statement of SeaORM's.
pub(super) fn execute_statement(
    connection: &Connection,
    statement: &Statement,
) -> Result<ExecResult, DbErr> {
    let changed = execute(connection, &statement.sql, values(statement))?;
    Ok(ProxyExecResult::new(0, changed).into())
}

/// Runs statements that are used once.
pub(super) fn execute_unprepared(connection: &Connection, sql: &str) -> Result<ExecResult, DbErr> {
    connection.execute_batch(sql).map_err(executing)?;
    Ok(ProxyExecResult::new(0, connection.changes()).into())
}

/// The first row.
fn query_one(connection: &Connection, statement: &Statement) -> Result<Option<QueryResult>, DbErr> {
    Ok(rows(connection, statement, 1)?.pop().map(Into::into))
}

/// All rows.
fn query_all(connection: &Connection, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
    let rows = rows(connection, statement, usize::MAX)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The first `limit` rows.
pub(super) fn rows(
    connection: &Connection,
    statement: &Statement,
    limit: usize,
) -> Result<Vec<ProxyRow>, DbErr> {
    let mut prepared = connection
        .prepare_cached(&statement.sql)
        .map_err(querying)?;
    bind(&mut prepared, values(statement))?;
    let columns: Vec<_> = prepared
        .columns()
        .iter()
        .map(|column| (column.name().to_owned(), Declared::of(column.decl_type())))
        .collect();
    let mut stored = prepared.raw_query();
    let mut rows = Vec::new();
    while rows.len() < limit
        && let Some(row) = stored.next().map_err(querying)?
    {
        rows.push(proxy_row(&columns, row)?);
    }
    Ok(rows)
}

fn proxy_row(columns: &[(String, Declared)], row: &Row<'_>) -> Result<ProxyRow, DbErr> {
    let mut values = BTreeMap::new();
    for (index, (name, declared)) in columns.iter().enumerate() {
        let stored = row.get_ref(index).map_err(querying)?;
        values.insert(name.clone(), declared.value(stored)?);
    }
    Ok(ProxyRow::new(values))
}

/// So many rows have room without moving.
const USUAL: usize = 32;

/// The first `limit` rows of a statement of our own.
pub(crate) fn read<M: FromRow>(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    limit: usize,
) -> Result<Vec<M>, DbErr> {
    let mut prepared = connection.prepare_cached(sql).map_err(querying)?;
    bind(&mut prepared, values)?;
    let mut stored = prepared.raw_query();
    let mut rows = Vec::with_capacity(limit.min(USUAL));
    while rows.len() < limit
        && let Some(row) = stored.next().map_err(querying)?
    {
        rows.push(M::from_row(row::Row::Sqlite(row))?);
    }
    Ok(rows)
}

fn values(statement: &Statement) -> &[Value] {
    statement.values.as_ref().map_or(&[], |values| &values.0)
}

/// Gives the parameters their values: `?` stands for the next one, `$2` for the
/// second wherever it stands.
fn bind(prepared: &mut CachedStatement<'_>, values: &[Value]) -> Result<(), DbErr> {
    for parameter in 1..=prepared.parameter_count() {
        let number = prepared
            .parameter_name(parameter)
            .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok())
            .unwrap_or(parameter);
        let value = number
            .checked_sub(1)
            .and_then(|index| values.get(index))
            .ok_or_else(|| DbErr::Type(format!("parameter {number} has no value")))?;
        prepared
            .raw_bind_parameter(parameter, bound(value)?)
            .map_err(querying)?;
    }
    Ok(())
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
