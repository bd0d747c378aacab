//! Opening the database, and beginning transactions on it.

use std::fmt;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database as SeaOrm, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};

/// The connections of one process.
#[derive(Clone)]
pub(crate) struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

/// How many connections to keep.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Readers of a SQLite database; it has one writer besides. More than there
    /// are cores gain nothing.
    pub sqlite_readers: u32,
    /// Connections to PostgreSQL, for reading and writing.
    pub postgres: u32,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            sqlite_readers: 2,
            postgres: 16,
        }
    }
}

/// How long a request waits for a free connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// After how long without use a connection to PostgreSQL is pinged first: the
/// server, or something between, may have closed it.
const IDLE: Duration = Duration::from_secs(30);

/// How long a statement waits for another process's write on SQLite.
const BUSY: Duration = Duration::from_secs(10);

impl Database {
    /// Opens the database at `url`: `sqlite://path` or `postgres://...`.
    pub(crate) async fn open(url: &str, connections: Connections) -> Result<Self, DbErr> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // SeaORM knows the scheme by its short name only.
            let url = url.replacen("postgresql:", "postgres:", 1);
            let mut options = ConnectOptions::new(url);
            pool(&mut options, connections.postgres);
            options.test_before_acquire_if_idle_for(IDLE);
            let pool = SeaOrm::connect(options).await?;
            return Ok(Self {
                reader: pool.clone(),
                writer: pool,
            });
        }
        // SQLite has one writer at a time whatever we do. One connection for
        // writing makes them queue in this process, in order and without
        // polling; readers are not held up by it.
        let mut options = ConnectOptions::new(url.to_owned());
        pool(&mut options, 1);
        options.map_sqlx_sqlite_opts(|options| sqlite(options).create_if_missing(true));
        let writer = SeaOrm::connect(options).await?;
        if url.contains(":memory:") || url.contains("mode=memory") {
            // A database in memory belongs to its connection.
            return Ok(Self {
                reader: writer.clone(),
                writer,
            });
        }
        let mut options = ConnectOptions::new(url.to_owned());
        pool(&mut options, connections.sqlite_readers.max(1));
        options.map_sqlx_sqlite_opts(|options| sqlite(options).pragma("query_only", "ON"));
        let reader = SeaOrm::connect(options).await?;
        Ok(Self { reader, writer })
    }

    /// The connections to read with.
    pub(crate) const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connections for single statements that write.
    pub(crate) const fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.writer
            .begin_with_options(TransactionOptions {
                isolation_level: None,
                access_mode: None,
                // A deferred transaction that reads and then writes fails with
                // SQLITE_BUSY when another process wrote in between, however
                // long the time-out. PostgreSQL passes over this.
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Database({:?})", self.backend())
    }
}

/// A pool that does not ping before it hands a connection out: that would be a
/// round trip for every query.
fn pool(options: &mut ConnectOptions, connections: u32) {
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        // Statements may carry addresses and names.
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
}

fn sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL may lose acknowledged writes when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // Measured on lists of members: a fifth less CPU with the map, a tenth
        // with the larger cache.
        .pragma("mmap_size", "268435456")
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY")
}

/// Holds up other servers that want to migrate until the transaction ends. On
/// SQLite the transaction itself does.
pub(crate) async fn exclude_other_migrators(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Any number that nobody else uses.
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(4846232107194)")
            .await?;
    }
    Ok(())
}
