//! The database, whichever it is: reading, writing, and bringing its schema up to
//! date.

use std::fmt;

use async_trait::async_trait;
use charter_contract::Internal;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement, TransactionTrait as _, Value,
};
use sea_orm_migration::MigratorTrait as _;

use crate::constraint::Stored as _;
use crate::location::Location;
use crate::migration::Migrator;
use crate::postgres;
use crate::row::{FromRow, Row};
use crate::sqlite::{self, InPlace};

/// How many connections to keep.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Connections to PostgreSQL that read outside transactions. SQLite needs no
    /// numbers: it has one writer, and a reader for each thread that reads.
    pub postgres_readers: usize,
    /// Connections to PostgreSQL for transactions.
    pub postgres_writers: u32,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            postgres_readers: 16,
            postgres_writers: 16,
        }
    }
}

/// A connection of its own to the database at `url`, past every rule of the
/// store: for tests and for repairs by hand.
///
/// # Errors
/// When the database cannot be reached.
pub async fn connect_past_the_store(url: &str) -> Result<DatabaseConnection, Internal> {
    let connected = match location(url).stored()? {
        Location::Sqlite(file) => sqlite::connect_directly(&file).await,
        Location::Postgres(url) => postgres::open(url, 1).await,
    };
    connected.stored()
}

fn location(url: &str) -> Result<Location, DbErr> {
    Location::of(url).map_err(|why| DbErr::Conn(RuntimeErr::Internal(why.to_string())))
}

/// One of the two, by the same name.
pub(crate) enum On<S, P> {
    /// In this process.
    Sqlite(S),
    /// On its server.
    Postgres(P),
}

/// Reads, each by itself.
pub(crate) type Reader = On<sqlite::Readers, postgres::Readers>;

/// Single statements that write, each a transaction by itself.
pub(crate) type Writer = On<sqlite::Writer, DatabaseConnection>;

/// A transaction that writes. Dropped before its end, it leaves nothing behind.
pub(crate) type Transaction = On<sqlite::Unit, DatabaseTransaction>;

/// The database of one process.
pub(crate) struct Database {
    reader: Reader,
    writer: Writer,
}

impl Database {
    /// Opens the database at `url`: `sqlite://path` or `postgres://...`.
    pub(crate) async fn open(url: &str, connections: Connections) -> Result<Self, DbErr> {
        Ok(match location(url)? {
            Location::Sqlite(file) => {
                let (readers, writer) = sqlite::open(file)?;
                Self {
                    reader: On::Sqlite(readers),
                    writer: On::Sqlite(writer),
                }
            }
            Location::Postgres(url) => {
                let readers = postgres::Readers::new(&url, connections.postgres_readers)?;
                let pool = postgres::open(url, connections.postgres_writers).await?;
                Self {
                    reader: On::Postgres(readers),
                    writer: On::Postgres(pool),
                }
            }
        })
    }

    /// What to read with.
    pub(crate) const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What to run single statements with that write.
    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&self) -> Result<Transaction, DbErr> {
        Ok(match &self.writer {
            On::Sqlite(writer) => On::Sqlite(writer.begin().await?),
            On::Postgres(pool) => On::Postgres(pool.begin().await?),
        })
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Brings the schema up to date, in one transaction. Servers that start at
    /// the same moment take turns.
    pub(crate) async fn migrate(&self) -> Result<(), DbErr> {
        match &self.writer {
            On::Postgres(pool) => {
                let tx = pool.begin().await?;
                // Any number that nobody else uses.
                tx.execute_unprepared("SELECT pg_advisory_xact_lock(4846232107194)")
                    .await?;
                Migrator::up(&tx, None).await?;
                tx.commit().await
            }
            On::Sqlite(writer) => {
                let own = sqlite::connect_directly(writer.file()).await?;
                own.execute_unprepared("BEGIN IMMEDIATE").await?;
                // Closing the connection takes back what is not committed.
                Migrator::up(&own, None).await?;
                own.execute_unprepared("COMMIT").await?;
                own.close().await
            }
        }
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        match &self.reader {
            On::Sqlite(readers) => readers.close(),
            On::Postgres(readers) => readers.close().await?,
        }
        match &self.writer {
            On::Sqlite(writer) => writer.close().await,
            On::Postgres(pool) => pool.close_by_ref().await?,
        }
        Ok(())
    }
}

impl Transaction {
    /// Ends it; when this returns, it is on the disk.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(unit) => unit.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Takes it back.
    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(unit) => unit.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }
}

impl Transaction {
    /// Runs a statement of our own whose rows nobody wants; how many rows it
    /// changed. `$1`, `$2` ... stand for the values on both databases.
    pub(crate) async fn change(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        match self {
            Self::Sqlite(unit) => unit.with(|connection| sqlite::execute(connection, sql, &values)),
            Self::Postgres(tx) => {
                let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
                Ok(tx.execute_raw(statement).await?.rows_affected())
            }
        }
    }
}

/// What rows can be read from by statements of our own.
pub(crate) trait Reads: Sync {
    /// The first `limit` rows.
    fn read<M: FromRow>(
        &self,
        sql: &str,
        values: Vec<Value>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<M>, DbErr>> + Send;
}

impl<S, P> Reads for On<S, P>
where
    S: InPlace,
    P: ConnectionTrait,
{
    async fn read<M: FromRow>(
        &self,
        sql: &str,
        values: Vec<Value>,
        limit: usize,
    ) -> Result<Vec<M>, DbErr> {
        trace(sql);
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.with(|connection| sqlite::read(connection, sql, &values, limit))
            }
            Self::Postgres(postgres) => {
                let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
                let rows = postgres.query_all_raw(statement).await?;
                rows.iter()
                    .take(limit)
                    .map(|row| {
                        let row = row.try_as_pg_row().ok_or_else(of_another_database)?;
                        M::from_row(Row::Postgres(row))
                    })
                    .collect()
            }
        }
    }
}

fn of_another_database() -> DbErr {
    DbErr::Type("the row is not PostgreSQL's".to_owned())
}

#[async_trait]
impl<S, P> ConnectionTrait for On<S, P>
where
    S: ConnectionTrait + Send,
    P: ConnectionTrait + Send,
{
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        trace(&statement.sql);
        match self {
            Self::Sqlite(sqlite) => sqlite.execute_raw(statement).await,
            Self::Postgres(postgres) => postgres.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        trace(sql);
        match self {
            Self::Sqlite(sqlite) => sqlite.execute_unprepared(sql).await,
            Self::Postgres(postgres) => postgres.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        trace(&statement.sql);
        match self {
            Self::Sqlite(sqlite) => sqlite.query_one_raw(statement).await,
            Self::Postgres(postgres) => postgres.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        trace(&statement.sql);
        match self {
            Self::Sqlite(sqlite) => sqlite.query_all_raw(statement).await,
            Self::Postgres(postgres) => postgres.query_all_raw(statement).await,
        }
    }
}

/// Names a statement in the log, without its values: those are secrets and
/// addresses. Releases have no such events.
fn trace(sql: &str) {
    tracing::trace!(target: "charter::work", sql, "statement");
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Database({:?})", self.backend())
    }
}
