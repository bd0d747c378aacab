//! Somebody's wish for a mail to an address that may have no account.

use sea_orm::entity::prelude::*;

/// One row of `mail_wishes`. At most one of an address and kind is not done.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_wishes")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is wished for.
    pub kind: Kind,
    /// HMAC of the address under the server key.
    #[sea_orm(column_type = "Blob")]
    pub subject: Vec<u8>,
    /// The address, sealed under the server key. Empty once the wish is done.
    #[sea_orm(column_type = "Blob")]
    pub address: Vec<u8>,
    /// The account that a sign-up has opened.
    pub user_id: Option<Uuid>,
    /// The language of the mail; unset, it is the account's own.
    #[sea_orm(column_type = "Text", nullable)]
    pub language: Option<String>,
    /// The network address that the wish came from.
    #[sea_orm(column_type = "Text", nullable)]
    pub remote: Option<String>,
    /// Moment from which it may be granted; while that goes on it lies ahead.
    pub not_before: i64,
    /// Moment at which it was granted, or found to lead nowhere.
    pub done_at: Option<i64>,
    /// Moment of creation.
    pub created_at: i64,
}

/// What is wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// What follows a sign-up: the link that confirms the address, or, to one
    /// that has an account already, the word that it has.
    #[sea_orm(string_value = "sign_up")]
    SignUp,
    /// The link that confirms the address, once more.
    #[sea_orm(string_value = "confirm")]
    Confirm,
    /// The link that resets the password.
    #[sea_orm(string_value = "reset")]
    Reset,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
