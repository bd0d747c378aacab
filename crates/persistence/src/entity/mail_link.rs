//! A link in a mail, which works once.

use sea_orm::entity::prelude::*;

/// One row of `mail_links`. At most one of a user and kind is neither used nor
/// replaced.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_links")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is good for.
    pub kind: Kind,
    /// Whose it is.
    pub user_id: Uuid,
    /// SHA-256 of the token.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment from which it does nothing any more.
    pub expires_at: i64,
    /// Moment of its use.
    pub used_at: Option<i64>,
    /// Moment at which a newer link took its place, or it lost its sense.
    pub replaced_at: Option<i64>,
}

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// Setting a new password, which also confirms the address.
    #[sea_orm(string_value = "reset")]
    Reset,
    /// Confirming the address.
    #[sea_orm(string_value = "confirm")]
    Confirm,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
