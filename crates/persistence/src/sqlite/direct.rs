//! A connection as SeaORM has them, for what wants one: migrations, and whoever
//! looks at the tables past the store.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags};
use sea_orm::{
    Database, DatabaseConnection, DbBackend, DbErr, ProxyDatabaseTrait, ProxyExecResult, ProxyRow,
    Statement,
};

use super::statement;

/// Opens a connection to the database in `file` and creates it when it is not
/// there. Its statements wait for other writers, and so does its thread.
pub(crate) async fn connect(file: &Path) -> Result<DatabaseConnection, DbErr> {
    let connection = super::connect(file, OpenFlags::SQLITE_OPEN_CREATE)?;
    let direct: Box<dyn ProxyDatabaseTrait> = Box::new(Direct(Mutex::new(Depth {
        connection,
        savepoints: 0,
    })));
    Database::connect_proxy(DbBackend::Sqlite, Arc::new(direct)).await
}

struct Direct(Mutex<Depth>);

/// The connection, and how many transactions are open within its transaction.
struct Depth {
    connection: Connection,
    savepoints: usize,
}

impl Direct {
    fn with<T>(&self, run: impl FnOnce(&mut Depth) -> T) -> T {
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_back(&self) {
        self.with(|depth| depth.end("ROLLBACK", "ROLLBACK TO nested; RELEASE nested"));
    }
}

impl Depth {
    fn begin(&mut self) {
        if self.connection.is_autocommit() {
            self.savepoints = 0;
            self.run("BEGIN IMMEDIATE");
        } else {
            self.savepoints += 1;
            self.run("SAVEPOINT nested");
        }
    }

    fn end(&mut self, outermost: &str, nested: &str) {
        match self.savepoints.checked_sub(1) {
            None => self.run(outermost),
            Some(left) => {
                self.savepoints = left;
                self.run(nested);
            }
        }
    }

    /// The interface has no way to say that this failed; the log has it, and the
    /// statements that follow fail as well.
    fn run(&self, sql: &str) {
        if let Err(failure) = self.connection.execute_batch(sql) {
            tracing::error!(?failure, sql, "a transaction failed");
        }
    }
}

#[async_trait]
impl ProxyDatabaseTrait for Direct {
    async fn query(&self, statement: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        self.with(|depth| statement::rows(&depth.connection, &statement, usize::MAX))
    }

    async fn execute(&self, statement: Statement) -> Result<ProxyExecResult, DbErr> {
        let executed = self.with(|depth| match statement.values {
            Some(_) => statement::execute_statement(&depth.connection, &statement),
            None => statement::execute_unprepared(&depth.connection, &statement.sql),
        });
        executed.map(ProxyExecResult::from)
    }

    async fn begin(&self) {
        self.with(Depth::begin);
    }

    async fn commit(&self) {
        self.with(|depth| depth.end("COMMIT", "RELEASE nested"));
    }

    async fn rollback(&self) {
        self.take_back();
    }

    fn start_rollback(&self) {
        self.take_back();
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Direct")
    }
}
