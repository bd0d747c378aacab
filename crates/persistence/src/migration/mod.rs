//! The schema, step by step.
//!
//! A migration is never edited once it has been released, which is why it
//! spells out tables and columns itself and does not borrow the entities' names.
//! The same statements build both databases. Each migration can be taken back
//! on data.
//!
//! Every constraint that can meet a caller has a name here and is mapped to its
//! documented failure in [`constraint`](crate::constraint), under the same name.

mod m0001_plans;
mod m0002_organisations;
mod m0003_outbox;
mod m0004_invites;
mod m0005_api_keys;
mod m0006_usage;
mod m0007_audit_log;
mod m0008_idempotency_records;
mod m0009_passwords;
mod m0010_sessions;
mod m0011_mail_links;
mod m0012_sign_ups;
mod m0013_attempts;
mod m0014_identities;
mod m0015_single_sign_on;
mod m0016_directory;
mod m0017_governance_members;
mod m0018_projects;
mod m0019_project_invites;
mod m0020_legal_documents;
mod m0021_indexes;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::sea_orm::sea_query::Check;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_plans::Migration),
            Box::new(m0002_organisations::Migration),
            Box::new(m0003_outbox::Migration),
            Box::new(m0004_invites::Migration),
            Box::new(m0005_api_keys::Migration),
            Box::new(m0006_usage::Migration),
            Box::new(m0007_audit_log::Migration),
            Box::new(m0008_idempotency_records::Migration),
            Box::new(m0009_passwords::Migration),
            Box::new(m0010_sessions::Migration),
            Box::new(m0011_mail_links::Migration),
            Box::new(m0012_sign_ups::Migration),
            Box::new(m0013_attempts::Migration),
            Box::new(m0014_identities::Migration),
            Box::new(m0015_single_sign_on::Migration),
            Box::new(m0016_directory::Migration),
            Box::new(m0017_governance_members::Migration),
            Box::new(m0018_projects::Migration),
            Box::new(m0019_project_invites::Migration),
            Box::new(m0020_legal_documents::Migration),
            Box::new(m0021_indexes::Migration),
        ]
    }
}

/// `CONSTRAINT name CHECK (column IN (...))`: an enumeration that the database
/// holds itself to, without a type that only one of the databases has.
fn one_of<const N: usize>(
    name: &'static str,
    column: &'static str,
    values: [&'static str; N],
) -> Check {
    Check::named(name, Expr::col(column).is_in(values))
}

/// A table whose rows lie in the order of its primary key, on SQLite: there, rows
/// lie in the order of their insertion otherwise, each lookup by key searches a
/// second tree, and each insertion fills one. For rows that are small.
fn clustered(manager: &SchemaManager<'_>) -> TableCreateStatement {
    let mut table = Table::create();
    if manager.get_database_backend() == DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table
}
