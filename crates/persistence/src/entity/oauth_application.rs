//! A program of others that people may let in.

use sea_orm::entity::prelude::*;

/// One row of `oauth_applications`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_applications")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub organisation_id: Uuid,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What it calls itself to the server; no secret.
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    /// Where people may be sent back to, a JSON list of texts.
    #[sea_orm(column_type = "Text")]
    pub redirect_uris: String,
    /// Whether the operator vouches for it.
    pub is_verified: bool,
    /// SHA-256 of the secret.
    #[sea_orm(column_type = "Blob")]
    pub secret_hash: Vec<u8>,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment of the latest change.
    pub updated_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
