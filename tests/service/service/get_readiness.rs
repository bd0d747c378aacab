//! `getReadiness`

use charter_server::configuration::Configuration;
use sea_orm::ConnectionTrait as _;

use crate::cases;

cases! {
    async fn ready(world: World) {
        world.anonymous.call("getReadiness").send().await.snapshot(200, "ready");
    }

    /// A database that another version has left behind cannot be served from.
    async fn before_its_migration(world: World) {
        let database = world.db().await;
        database
            .execute_unprepared("DELETE FROM seaql_migrations WHERE version LIKE '%idempotency%'")
            .await
            .unwrap();
        database.close().await.unwrap();
        let store = world.open(world.db_url(), None).await;
        let service = world.serve(&store, &Configuration::default());
        service.call("getReadiness").send().await.snapshot(503, "not_migrated");
    }
}
