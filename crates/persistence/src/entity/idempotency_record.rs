//! The answer that an Idempotency-Key already got.

use sea_orm::entity::prelude::*;

/// One row of `idempotency_records`, written in the transaction whose answer it
/// keeps.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_records")]
pub struct Model {
    /// The user or organisation that the calling key acts for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal_id: Uuid,
    /// SHA-256 of operation and key.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Blob")]
    pub key_hash: Vec<u8>,
    /// SHA-256 of the request; another request under the same key is refused.
    #[sea_orm(column_type = "Blob")]
    pub fingerprint: Vec<u8>,
    /// The answer, sealed under the server key: it may hold a secret that is
    /// shown once.
    #[sea_orm(column_type = "Blob")]
    pub reply: Vec<u8>,
    /// Moment by which the answer is final, while it is not.
    pub provisional_until: Option<i64>,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment from which the key is free again.
    pub expires_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
