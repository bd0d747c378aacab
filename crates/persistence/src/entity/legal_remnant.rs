//! What a legal document that is gone leaves to be done elsewhere.

use sea_orm::entity::prelude::*;

use super::legal_document::Provider;

/// One row of `legal_remnants`: objects to delete, and perhaps an envelope to void. It
/// goes when that is done.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_remnants")]
pub struct Model {
    /// The document that was; its envelope carries the id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: Uuid,
    /// The organisation that it was of; its objects lie there.
    pub organisation_id: Uuid,
    /// Its last generation.
    pub generation: i64,
    /// Who may still collect the signature; unset when nobody can.
    pub provider: Option<Provider>,
    /// What the envelope is called there, if that was known.
    #[sea_orm(column_type = "Text", nullable)]
    pub envelope_id: Option<String>,
    /// How often it was begun.
    pub attempts: i64,
    /// Moment from which it may be begun; while somebody is at it, it lies ahead.
    pub next_attempt_at: i64,
    /// Moment of creation.
    pub created_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
