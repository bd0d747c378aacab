//! Connections that read.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use sea_orm::{ConnAcquireErr, DbErr};

use super::{InPlace, failure};

/// The connections that nobody reads with at this moment.
///
/// A read takes one, runs to its end on its thread and puts it back, so there
/// are never more than threads that serve requests. Whoever finds none opens
/// one.
pub(crate) struct Readers {
    file: PathBuf,
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    pub(super) const fn new(file: PathBuf) -> Self {
        Self {
            file,
            idle: Mutex::new(Some(Vec::new())),
        }
    }

    /// Closes them; later reads fail.
    pub(crate) fn close(&self) {
        self.idle().take();
    }

    fn open(&self) -> Result<Connection, DbErr> {
        let connection = super::connect(&self.file, OpenFlags::empty())?;
        connection
            .pragma_update(None, "query_only", true)
            .map_err(failure::connecting)?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InPlace for Readers {
    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let idle = self.idle().as_mut().map(Vec::pop);
        let connection = match idle {
            None => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Some(Some(connection)) => connection,
            Some(None) => self.open()?,
        };
        let found = read(&connection);
        if let Some(idle) = self.idle().as_mut() {
            idle.push(connection);
        }
        found
    }
}
