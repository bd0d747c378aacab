//! How a legal document was signed here.

use sea_orm::entity::prelude::*;

/// One row of `signatures`: what the last page of the signed PDF tells.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signatures")]
pub struct Model {
    /// The document; it is signed once.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: Uuid,
    /// The name that the person gave.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The network that they came from.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// The `User-Agent` of their browser.
    #[sea_orm(column_type = "Text", nullable)]
    pub agent: Option<String>,
    /// Whether they came by the link that was mailed, and not by the one that admins see.
    pub by_mailed_link: bool,
    /// Moment of the signature.
    pub signed_at: i64,
    /// SHA-256 of the draft that they were shown.
    #[sea_orm(column_type = "Blob")]
    pub draft_sha256: Vec<u8>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
