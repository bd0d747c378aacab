//! A person who can sign in, or who waits for the address to be confirmed.

use sea_orm::entity::prelude::*;

/// The language of who has told none.
pub const LANGUAGE: &str = "en";

/// One row of `users`. Of those whose address is confirmed, one has an address;
/// of the others, which are *pending*, any number.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address as the user wrote it; mail goes here.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// The address as it is compared, see [`Address`](crate::Address).
    #[sea_orm(column_type = "Text")]
    pub email_normalised: String,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// First name, if it was told.
    #[sea_orm(column_type = "Text", nullable)]
    pub first_name: Option<String>,
    /// Last name, if it was told.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_name: Option<String>,
    /// The language of mails to this user.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// What the user said to be at sign-up. It grants nothing.
    #[sea_orm(column_type = "Text", nullable)]
    pub came_as: Option<String>,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment at which the user has shown that the address is theirs.
    pub confirmed_at: Option<i64>,
    /// Moment at which the latest session began.
    pub last_login_at: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
