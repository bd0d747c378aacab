//! A fresh database for each case.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tempfile::TempDir;

/// A database that is gone when the case ends.
pub struct Database {
    /// Where it is.
    pub url: String,
    _folder: Option<TempDir>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A file in a folder of its own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/charter.db", folder.path().display());
        Self {
            url,
            _folder: Some(folder),
        }
    }

    /// A database in the server that `CHARTER_TEST_POSTGRES` names. It is left to
    /// the server, which `cargo xtask test` throws away as a whole.
    pub async fn postgres() -> Self {
        let server = std::env::var("CHARTER_TEST_POSTGRES").expect(
            "CHARTER_TEST_POSTGRES must name a PostgreSQL server, as `cargo xtask test` does",
        );
        let name = format!(
            "charter_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::SeqCst)
        );
        let maintenance = maintenance(&server).await;
        maintenance
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        maintenance.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{base}/{name}"),
            _folder: None,
        }
    }

    /// A connection of its own, past the service.
    pub async fn connect(&self) -> DatabaseConnection {
        charter_persistence::connect_past_the_store(&self.url)
            .await
            .unwrap()
    }
}

async fn maintenance(server: &str) -> DatabaseConnection {
    sea_orm::Database::connect(server).await.unwrap()
}
