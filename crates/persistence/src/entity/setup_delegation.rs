//! Who lets somebody else set the organisation up.

use sea_orm::entity::prelude::*;

/// One row of `setup_delegations`. Of several delegations of one user the latest counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "setup_delegations")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: Uuid,
    /// The user who delegates; a member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The invite of whoever is to do it.
    pub invite_id: Uuid,
    /// The step at which the user stopped, if it was told.
    #[sea_orm(column_type = "Text", nullable)]
    pub step: Option<String>,
    /// Moment of the delegation.
    pub delegated_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
