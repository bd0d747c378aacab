//! A request to an identity provider, which can be answered once.

use sea_orm::entity::prelude::*;

/// One row of `saml_requests`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saml_requests")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who is asked.
    pub provider_id: Uuid,
    /// By which id the response names the request.
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// SHA-256 of what comes back beside the response.
    #[sea_orm(column_type = "Blob")]
    pub relay_state: Vec<u8>,
    /// SHA-256 of the secret of whoever began.
    #[sea_orm(column_type = "Blob")]
    pub state: Vec<u8>,
    /// The language that whoever began has asked for.
    #[sea_orm(column_type = "Text", nullable)]
    pub language: Option<String>,
    /// Moment of creation.
    pub created_at: i64,
    /// Until when it can be answered.
    pub expires_at: i64,
    /// Moment at which it was.
    pub answered_at: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
