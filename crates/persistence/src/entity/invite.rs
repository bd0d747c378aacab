//! An invitation of an address into an organisation.

use sea_orm::entity::prelude::*;

use super::Role;

/// One row of `invites`. It is open until one of `accepted_at`, `revoked_at` and
/// `superseded_at` is set, and pending while it is open and `expires_at` lies
/// ahead.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invites")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The inviting organisation.
    pub organisation_id: Uuid,
    /// The invited address as the inviter wrote it; mail goes here.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// The invited address as it is compared, see [`Address`](crate::Address).
    #[sea_orm(column_type = "Text")]
    pub email_normalised: String,
    /// The role that accepting gives.
    pub role: Role,
    /// The link carries it; counting it up kills every earlier link.
    pub generation: i64,
    /// The inviter, as long as the account exists.
    pub invited_by: Option<Uuid>,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment from which the link is dead.
    pub expires_at: i64,
    /// Moment of acceptance.
    pub accepted_at: Option<i64>,
    /// The user who accepted, as long as the account exists.
    pub accepted_by: Option<Uuid>,
    /// Moment of revocation.
    pub revoked_at: Option<i64>,
    /// Moment at which the address was invited anew after this invite expired.
    pub superseded_at: Option<i64>,
    /// The latest mail with the link, in the outbox.
    pub mail_id: Option<Uuid>,
    /// How the mail addresses the person.
    #[sea_orm(column_type = "Text", nullable)]
    pub first_name: Option<String>,
    /// What the inviter adds to the mail.
    #[sea_orm(column_type = "Text", nullable)]
    pub message: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
