//! A key that authenticates a user or an organisation.

use sea_orm::entity::prelude::*;

/// One row of `api_keys`. Exactly one of the two owners is set.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user for whom the key acts.
    pub owner_user_id: Option<Uuid>,
    /// The organisation for which the key acts; such a key has no user and
    /// survives whoever made it.
    pub owner_organisation_id: Option<Uuid>,
    /// The organisation in which the key works: the owner's own, or the one to
    /// which a user's key is bound. Unset, it follows the user's active one.
    pub organisation_id: Option<Uuid>,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The first characters of the key, for display.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// SHA-256 of the key.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// Scopes in the document's order, separated by spaces.
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    /// The user who made the key, as long as the account exists.
    pub created_by: Option<Uuid>,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment from which the key is refused; set by rotation.
    pub expires_at: Option<i64>,
    /// Moment of revocation.
    pub revoked_at: Option<i64>,
    /// The key that rotation replaced it by.
    pub replaced_by: Option<Uuid>,
    /// Last use, to the minute.
    pub last_used_at: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
