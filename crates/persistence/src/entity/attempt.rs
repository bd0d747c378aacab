//! Failed attempts to sign in.

use sea_orm::entity::prelude::*;

/// One row of `attempts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    /// HMAC of the address that they were about, under the server key.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Blob")]
    pub subject: Vec<u8>,
    /// The network that they came from; empty for all together but those where
    /// the account is at home.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub place: String,
    /// How many since the first.
    pub failures: i64,
    /// Moment of the first.
    pub window_start: i64,
    /// Moment until which further ones are not looked at.
    pub blocked_until: Option<i64>,
    /// The `blocked_until` that the audit log has a row about.
    pub told_until: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
