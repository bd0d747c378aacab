//! A session that a user has begun by signing in.

use sea_orm::entity::prelude::*;

/// One row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// SHA-256 of the token.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// By which way the user came in.
    pub method: Method,
    /// The network address that it began from.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// The program that it began with, as that calls itself.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    /// Moment of its beginning.
    pub created_at: i64,
    /// Last use, to the minute.
    pub last_used_at: i64,
    /// Moment of its end, unless it is used before.
    pub idle_expires_at: i64,
    /// Moment of its end in any case.
    pub expires_at: i64,
    /// Moment at which somebody ended it.
    pub revoked_at: Option<i64>,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Method {
    /// With a password.
    #[sea_orm(string_value = "local")]
    Local,
    /// With Google.
    #[sea_orm(string_value = "google")]
    Google,
    /// With LinkedIn.
    #[sea_orm(string_value = "linkedin")]
    Linkedin,
    /// With GitHub.
    #[sea_orm(string_value = "github")]
    Github,
    /// With Facebook.
    #[sea_orm(string_value = "facebook")]
    Facebook,
    /// With the identity provider of an organisation.
    #[sea_orm(string_value = "saml")]
    Saml,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
