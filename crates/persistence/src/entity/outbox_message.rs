//! A side effect that a committed change owes the world.

use sea_orm::entity::prelude::*;

/// One row of `outbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// UUIDv7; the mail's Message-ID is made of it, so a repeated delivery is
    /// recognisable as the same message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What has to be done with the payload.
    pub kind: Kind,
    /// The organisation on whose behalf; with it goes what it owes.
    pub organisation_id: Option<Uuid>,
    /// The message, sealed under the server key: it carries live links. Empty
    /// once nothing is left to do.
    #[sea_orm(column_type = "Blob")]
    pub payload: Vec<u8>,
    /// How many deliveries were begun.
    pub attempts: i64,
    /// Moment from which the next delivery may begin. While one runs it lies
    /// ahead (the lease), so a crash postpones and never loses.
    pub next_attempt_at: i64,
    /// How it ended; unset while something is left to do.
    pub outcome: Option<Outcome>,
    /// Moment of the end.
    pub settled_at: Option<i64>,
    /// Why the last delivery failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_failure: Option<String>,
    /// Moment of creation.
    pub created_at: i64,
}

/// What has to be done with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// Send it as mail.
    #[sea_orm(string_value = "mail")]
    Mail,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Outcome {
    /// The receiving side took it.
    #[sea_orm(string_value = "delivered")]
    Delivered,
    /// The attempts are used up, or the receiving side refused for good.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Nothing is configured that could deliver it.
    #[sea_orm(string_value = "skipped")]
    Skipped,
    /// What it was about is gone.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
