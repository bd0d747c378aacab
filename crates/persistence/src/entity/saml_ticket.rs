//! What a browser brings back from single sign-on, to be redeemed for a session.

use sea_orm::entity::prelude::*;

/// One row of `saml_tickets`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saml_tickets")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the ticket.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// The request that was answered; whoever began it can redeem the ticket.
    pub request_id: Uuid,
    /// Who it is.
    pub user_id: Uuid,
    /// Whether the account was there before.
    pub account: Account,
    /// Moment of creation.
    pub created_at: i64,
    /// Until when it can be redeemed.
    pub expires_at: i64,
    /// Moment at which it was.
    pub used_at: Option<i64>,
}

/// Whether somebody had an account before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Account {
    /// It was opened by this sign-in.
    #[sea_orm(string_value = "new")]
    New,
    /// It was there.
    #[sea_orm(string_value = "known")]
    Known,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
