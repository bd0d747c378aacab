//! PostgreSQL: a pool for transactions, and connections that read.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    DbErr, ExecResult, QueryResult, RuntimeErr, SqlxError, Statement,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::constraint::is_lost;

/// How long a request waits for a free connection, or for a new one.
const PATIENCE: Duration = Duration::from_secs(10);

/// After how long without use a connection is not trusted any more: the server,
/// or something between, may have closed it.
const IDLE: Duration = Duration::from_secs(30);

/// Opens a pool that does not ping before it hands a connection out, which would
/// be a round trip for every transaction.
pub(crate) async fn open(url: String, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(IDLE)
        // Statements may carry addresses and names.
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    Database::connect(options).await
}

/// Connections that read.
///
/// sqlx's pool pings each connection when it comes back, which for a read is as
/// much as the read itself. Here a connection that was lost is found out by its
/// next read, which is then done once more on a new one; and a read that was
/// given up halfway takes its connection along.
pub(crate) struct Readers {
    options: PgConnectOptions,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

/// A connection that nobody reads with at this moment.
struct Idle {
    connection: PgConnection,
    since: Instant,
}

impl Readers {
    /// At most so many connections to `url`, opened when they are needed.
    pub(crate) fn new(url: &str, connections: usize) -> Result<Self, DbErr> {
        let options: PgConnectOptions = url.parse().map_err(connecting)?;
        Ok(Self {
            options: options.disable_statement_logging(),
            permits: Semaphore::new(connections),
            idle: Mutex::default(),
        })
    }

    /// Closes the connections; later reads fail.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for Idle { connection, .. } in idle {
            connection.close().await.map_err(connecting)?;
        }
        Ok(())
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let _permit = timeout(PATIENCE, self.permits.acquire())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        if let Some(connection) = self.trusted() {
            match self.rows_of(connection, &statement).await {
                Err(failure) if is_lost(&failure) => {}
                result => return result.map_err(querying),
            }
        }
        let connection = timeout(PATIENCE, PgConnection::connect_with(&self.options))
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(connecting)?;
        self.rows_of(connection, &statement).await.map_err(querying)
    }

    /// Reads and, unless the connection is lost, keeps it.
    async fn rows_of(
        &self,
        mut connection: PgConnection,
        statement: &Statement,
    ) -> Result<Vec<PgRow>, SqlxError> {
        let values = statement.values.clone().unwrap_or(Values(Vec::new()));
        let sql = sqlx::AssertSqlSafe(statement.sql.as_str());
        let rows = sqlx::query_with(sql, SqlxValues(values))
            .fetch_all(&mut connection)
            .await;
        if !rows.as_ref().is_err_and(is_lost) {
            self.idle().push(Idle {
                connection,
                since: now(),
            });
        }
        rows
    }

    /// The connection used last, unless it has been idle for too long; then all
    /// of them have.
    fn trusted(&self) -> Option<PgConnection> {
        let mut idle = self.idle();
        let Idle { connection, since } = idle.pop()?;
        if now().duration_since(since) < IDLE {
            return Some(connection);
        }
        idle.clear();
        None
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ConnectionTrait for Readers {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(only_reads())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(only_reads())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let rows = self.rows(statement).await?;
        Ok(rows.into_iter().next().map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = self.rows(statement).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

fn only_reads() -> DbErr {
    DbErr::Exec(RuntimeErr::Internal("readers do not write".to_owned()))
}

fn connecting(error: SqlxError) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn querying(error: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "tells how long a connection was idle and decides nothing that can be seen"
)]
fn now() -> Instant {
    Instant::now()
}
