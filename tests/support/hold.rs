//! Another transaction that is in the way.

use charter_api_organisations::models::{OrganisationId, UserId};
use charter_contract::TypeId as _;
use charter_persistence::entity::{Role, membership};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use uuid::Uuid;

use super::World;

/// Holds an organisation: whatever writes to it waits.
pub struct Hold {
    transaction: DatabaseTransaction,
    organisation: Uuid,
}

impl World {
    /// Begins to hold an organisation.
    pub async fn db_hold(&self, organisation: &str) -> Hold {
        let organisation = Uuid::from(OrganisationId::parse(organisation).unwrap());
        let database = self.database.connect().await;
        let transaction = database
            .begin_with_options(TransactionOptions {
                isolation_level: None,
                access_mode: None,
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await
            .unwrap();
        if transaction.get_database_backend() == DbBackend::Postgres {
            transaction
                .execute_unprepared(&format!(
                    "SELECT id FROM organisations WHERE id = '{organisation}' FOR UPDATE"
                ))
                .await
                .unwrap();
        }
        Hold {
            transaction,
            organisation,
        }
    }
}

impl Hold {
    /// Holds a project as well: whatever changes it waits.
    pub async fn project(&self, number: &str) {
        // On SQLite everybody who writes waits already.
        if self.transaction.get_database_backend() == DbBackend::Postgres {
            self.transaction
                .execute_unprepared(&format!(
                    "SELECT id FROM projects WHERE id = {number} FOR UPDATE"
                ))
                .await
                .unwrap();
        }
    }

    /// Makes an admin a member, and lets go.
    pub async fn demote(self, admin: &str) {
        let admin = Uuid::from(UserId::parse(admin).unwrap());
        #[expect(
            clippy::disallowed_methods,
            reason = "it stands in for another request of the organisation's"
        )]
        let changed = membership::Entity::update_many()
            .col_expr(membership::Column::Role, Expr::value(Role::Member))
            .filter(membership::Column::OrganisationId.eq(self.organisation))
            .filter(membership::Column::UserId.eq(admin))
            .exec(&self.transaction)
            .await
            .unwrap();
        assert_eq!(changed.rows_affected, 1);
        self.transaction.commit().await.unwrap();
    }
}
