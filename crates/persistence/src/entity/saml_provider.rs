//! An organisation's identity provider.

use sea_orm::entity::prelude::*;

/// One row of `saml_providers`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saml_providers")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose people it knows.
    pub organisation_id: Uuid,
    /// Who it is to SAML.
    #[sea_orm(column_type = "Text")]
    pub entity_id: String,
    /// Where people go to sign in.
    #[sea_orm(column_type = "Text")]
    pub sso_url: String,
    /// The certificates of its keys, each in base64 on a line of its own.
    #[sea_orm(column_type = "Text")]
    pub certificates: String,
    /// The format of the names that it is asked for.
    #[sea_orm(column_type = "Text", nullable)]
    pub name_id_format: Option<String>,
    /// Whether it takes signed requests alone.
    pub wants_signed_requests: bool,
    /// Whether its people may come another way.
    pub enforcement: Enforcement,
    /// Moment of creation.
    pub created_at: i64,
}

/// Whether the people of an identity provider may come another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Enforcement {
    /// They may, with a password for example.
    #[sea_orm(string_value = "optional")]
    Optional,
    /// They may not.
    #[sea_orm(string_value = "enforced")]
    Enforced,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
