//! SQLite, in this process and on the thread of whoever asks.
//!
//! SeaORM's own driver hands every statement to a worker thread and every row
//! back through a channel, which costs more than the statement. SeaORM builds
//! the statements here as everywhere; they run through rusqlite, where they are
//! asked for: reads on a connection of their own each, writes as units of work
//! in a common transaction ([`writer`]). Nothing here waits for a disk on a
//! thread that serves requests, except for pages that are not in memory yet.

mod direct;
mod failure;
mod readers;
mod statement;
mod value;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use sea_orm::DbErr;

pub(crate) use direct::connect as connect_directly;
pub(crate) use readers::Readers;
pub(crate) use statement::{execute, read};
pub(crate) use writer::{Unit, Writer};

/// How long a write waits for another process's write.
const BUSY: Duration = Duration::from_secs(10);

/// Statements that stay prepared on each connection.
const PREPARED: usize = 256;

/// What has a connection at hand.
pub(crate) trait InPlace: Sync {
    /// Does something with it, on the thread of the caller.
    fn with<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr>;
}

/// Opens the database in `file`, and creates it when it is not there.
pub(crate) fn open(file: PathBuf) -> Result<(Readers, Writer), DbErr> {
    // The writer first: it is the one that creates the file.
    let writer = Writer::open(file.clone())?;
    Ok((Readers::new(file), writer))
}

/// A connection as all of ours are.
fn connect(file: &Path, more: OpenFlags) -> Result<Connection, DbErr> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let open = || {
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        // A plan that depends on the values bound to it, such as the one for
        // `LIMIT $3`, is made anew for each execution otherwise.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // NORMAL may lose acknowledged writes when the power fails. What has been
        // written to the file itself is read through the map (as much of it as
        // SQLite can map), so the cache has little more to hold than what still
        // stands in the log. Measured on lists of members: a fifth less CPU with
        // the map, a tenth with a cache above SQLite's 2 MB.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA mmap_size = 2147418112; PRAGMA cache_size = -8192; \
             PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY",
        )?;
        Ok(connection)
    };
    open().map_err(failure::connecting)
}
