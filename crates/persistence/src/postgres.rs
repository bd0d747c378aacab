//! Opening PostgreSQL.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

/// How long a request waits for a free connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// After how long without use a connection is pinged first: the server, or
/// something between, may have closed it.
const IDLE: Duration = Duration::from_secs(30);

/// Opens a pool that does not ping before it hands a connection out, which would
/// be a round trip for every query.
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
