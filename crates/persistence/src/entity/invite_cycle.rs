//! How many invites an organisation made in one month.

use sea_orm::entity::prelude::*;

/// One row of `invite_cycles`, counted up in the transaction that makes an invite.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invite_cycles")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: Uuid,
    /// The first day of the month, in days since 1970-01-01.
    #[sea_orm(primary_key, auto_increment = false)]
    pub starts_on: i64,
    /// Invites made.
    pub used: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
