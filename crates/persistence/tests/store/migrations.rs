//! Migrations: forth and back on data, and in agreement with the entities.

use std::collections::BTreeSet;

use crate::rules::found;
use crate::support::{self, World, on_both};
use charter_persistence::migration::Migrator;
use charter_persistence::{connect_past_the_store, entity};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait, Schema, Statement,
};
use sea_orm_migration::MigratorTrait as _;

on_both! {
    every_migration_can_be_taken_back_on_data;
    schema_and_entities_agree;
    migrating_twice_at_once_is_migrating_once;
    the_directory_is_made_of_what_is_there;
    what_members_are_searched_by_is_made_of_what_is_there;
}

async fn every_migration_can_be_taken_back_on_data(world: World) {
    assert!(world.store.seed_demo().await.unwrap().is_some());
    let before = columns(&world.db).await;
    let all = u32::try_from(Migrator::migrations().len()).unwrap();
    for _ in 0..all {
        Migrator::down(&world.db, Some(1)).await.unwrap();
    }
    assert_eq!(tables(&world.db).await, BTreeSet::new());
    assert!(!world.store.ready().await.unwrap());
    world.store.migrate().await.unwrap();
    assert!(world.store.ready().await.unwrap());
    assert_eq!(columns(&world.db).await, before);
    assert!(world.store.seed_demo().await.unwrap().is_some());
}

async fn migrating_twice_at_once_is_migrating_once(world: World) {
    Migrator::down(&world.db, None).await.unwrap();
    let (one, other) = (world.store.clone(), world.store.clone());
    let (one, other) = tokio::join!(
        tokio::spawn(async move { one.migrate().await }),
        tokio::spawn(async move { other.migrate().await })
    );
    one.unwrap().unwrap();
    other.unwrap().unwrap();
    assert!(world.store.ready().await.unwrap());
}

/// What the directory shows is the same whether it was kept all along or made by the
/// migration from organisations that were there.
async fn the_directory_is_made_of_what_is_there(world: World) {
    assert!(world.store.seed_demo().await.unwrap().is_some());
    let ada = world.person("Ada").await;
    // One more of the demonstration's name, and two of which no letter is left.
    for name in ["Northwind Research", "株式会社", "…"] {
        found(&world, &ada, name).await;
    }
    let kept = directory(&world.db).await;
    assert!(kept.len() > 15, "{kept:#?}");
    again_from(&world, "m0016_directory").await;
    assert_eq!(directory(&world.db).await, kept);
}

/// So is what governance shows of members.
async fn what_members_are_searched_by_is_made_of_what_is_there(world: World) {
    assert!(world.store.seed_demo().await.unwrap().is_some());
    let ada = world.person("ADA").await;
    // Of two organisations.
    for name in ["Acme", "Second"] {
        found(&world, &ada, name).await;
    }
    let kept = searched(&world.db).await;
    assert_eq!(kept.len(), 27, "{kept:#?}");
    assert!(
        kept.iter()
            .any(|row| row.contains("tomas berg\ntomas.berg@")),
        "{kept:#?}"
    );
    again_from(&world, "m0017_governance_members").await;
    assert_eq!(searched(&world.db).await, kept);
}

/// Search text and moments of each membership, one row for each.
async fn searched(db: &DatabaseConnection) -> Vec<String> {
    let sql = "SELECT search || ' ' || joined_at || ' ' || updated_at FROM memberships \
               ORDER BY organisation_id, user_id";
    texts(db, sql).await
}

/// Takes back this migration and all behind it, and does them again.
async fn again_from(world: &World, migration: &str) {
    let migrations = Migrator::migrations();
    let place = migrations
        .iter()
        .position(|known| known.name() == migration);
    let back = u32::try_from(migrations.len() - place.unwrap()).unwrap();
    Migrator::down(&world.db, Some(back)).await.unwrap();
    world.store.migrate().await.unwrap();
}

/// Slugs, owners, counters, cycles and tiers.
async fn directory(db: &DatabaseConnection) -> BTreeSet<String> {
    let id = |column: &str| match db.get_database_backend() {
        DbBackend::Postgres => format!("CAST({column} AS text)"),
        _ => format!("hex({column})"),
    };
    let [id, organisation, user] = ["id", "organisation_id", "user_id"].map(id);
    let mut rows = BTreeSet::new();
    for sql in [
        format!("SELECT 'slug ' || slug || ' ' || {organisation} FROM organisation_slugs"),
        format!("SELECT 'owner ' || {user} || ' ' || {organisation} FROM owners"),
        format!("SELECT 'members ' || members || ' ' || {id} FROM organisations"),
        format!(
            "SELECT 'cycle ' || starts_on || ' ' || used || ' ' || {organisation} FROM invite_cycles"
        ),
        "SELECT 'plan ' || id || ' ' || tier || ' ' || COALESCE(invite_limit, -1) FROM plans"
            .to_owned(),
    ] {
        rows.extend(texts(db, &sql).await);
    }
    rows
}

/// The entities' own idea of their tables, created beside the migrated ones, has
/// the same columns.
async fn schema_and_entities_agree(world: World) {
    let folder = tempfile::tempdir().unwrap();
    let url = match world.db.get_database_backend() {
        DbBackend::Postgres => support::postgres_database().await.unwrap(),
        _ => format!("sqlite://{}/entities.db?mode=rwc", folder.path().display()),
    };
    let entities = connect_past_the_store(&url).await.unwrap();
    create::<entity::active_organisation::Entity>(&entities).await;
    create::<entity::api_key::Entity>(&entities).await;
    create::<entity::attempt::Entity>(&entities).await;
    create::<entity::audit_entry::Entity>(&entities).await;
    create::<entity::home::Entity>(&entities).await;
    create::<entity::idempotency_record::Entity>(&entities).await;
    create::<entity::identity::Entity>(&entities).await;
    create::<entity::invite::Entity>(&entities).await;
    create::<entity::invite_cycle::Entity>(&entities).await;
    create::<entity::invite_project::Entity>(&entities).await;
    create::<entity::mail_link::Entity>(&entities).await;
    create::<entity::mail_wish::Entity>(&entities).await;
    create::<entity::membership::Entity>(&entities).await;
    create::<entity::oauth_application::Entity>(&entities).await;
    create::<entity::organisation::Entity>(&entities).await;
    create::<entity::organisation_slug::Entity>(&entities).await;
    create::<entity::outbox_message::Entity>(&entities).await;
    create::<entity::owner::Entity>(&entities).await;
    create::<entity::password::Entity>(&entities).await;
    create::<entity::plan::Entity>(&entities).await;
    create::<entity::project::Entity>(&entities).await;
    create::<entity::project_member::Entity>(&entities).await;
    create::<entity::saml_assertion::Entity>(&entities).await;
    create::<entity::saml_domain::Entity>(&entities).await;
    create::<entity::saml_provider::Entity>(&entities).await;
    create::<entity::saml_request::Entity>(&entities).await;
    create::<entity::saml_ticket::Entity>(&entities).await;
    create::<entity::session::Entity>(&entities).await;
    create::<entity::setup_delegation::Entity>(&entities).await;
    create::<entity::sign_up::Entity>(&entities).await;
    create::<entity::usage_day::Entity>(&entities).await;
    create::<entity::usage_event::Entity>(&entities).await;
    create::<entity::user::Entity>(&entities).await;
    let entities = columns(&entities).await;
    assert!(entities.len() > 140, "{}", entities.len());
    assert_eq!(columns(&world.db).await, entities);
}

async fn create<E: EntityTrait>(db: &DatabaseConnection) {
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(E::default());
    db.execute(&table).await.unwrap();
}

async fn tables(db: &DatabaseConnection) -> BTreeSet<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
        }
        _ => "SELECT name FROM sqlite_schema WHERE type = 'table'",
    };
    texts(db, sql)
        .await
        .into_iter()
        .filter(|table| table != "seaql_migrations" && !table.starts_with("sqlite_"))
        .collect()
}

/// Each column as `table.column type nullable primary-key-position`.
async fn columns(db: &DatabaseConnection) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for table in tables(db).await {
        let sql = match db.get_database_backend() {
            DbBackend::Postgres => format!(
                "SELECT concat_ws(' ', c.column_name, c.data_type, c.is_nullable, \
                     k.ordinal_position) \
                 FROM information_schema.columns c \
                 LEFT JOIN (information_schema.key_column_usage k \
                     JOIN information_schema.table_constraints t \
                       ON t.constraint_name = k.constraint_name AND t.table_name = k.table_name \
                      AND t.constraint_type = 'PRIMARY KEY') \
                   ON k.table_name = c.table_name AND k.column_name = c.column_name \
                 WHERE c.table_schema = 'public' AND c.table_name = '{table}'"
            ),
            _ => format!(
                "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || pk \
                 FROM pragma_table_info('{table}')"
            ),
        };
        for column in texts(db, &sql).await {
            columns.insert(format!("{table}.{column}"));
        }
    }
    columns
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap()
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}
