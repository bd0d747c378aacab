//! What was done, by whom, to what.

use sea_orm::entity::prelude::*;

/// One row of `audit_log`. It names things without referring to them: the
/// history outlives what it tells about.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation in which it happened.
    pub organisation_id: Option<Uuid>,
    /// The acting user.
    pub actor_user_id: Option<Uuid>,
    /// The key with which the actor came.
    pub actor_key_id: Option<Uuid>,
    /// The session with which the actor came.
    pub actor_session_id: Option<Uuid>,
    /// The event that the document declares, such as `invite.created`.
    #[sea_orm(column_type = "Text")]
    pub event: String,
    /// Whether it was done.
    pub outcome: Outcome,
    /// The kind of problem that a refused caller was told.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// What a refused caller was not told; how many things something was done to.
    #[sea_orm(column_type = "Text", nullable)]
    pub detail: Option<String>,
    /// HMAC of the address that it was about, under the server key.
    #[sea_orm(column_type = "Blob", nullable)]
    pub subject: Option<Vec<u8>>,
    /// The network that the request came from.
    #[sea_orm(column_type = "Text", nullable)]
    pub remote: Option<String>,
    /// What kind of thing it was done to.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_kind: Option<String>,
    /// The thing it was done to; of several, all ids with spaces between them.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_id: Option<String>,
    /// The request that did it; the same id stands in answer and log.
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// The moment.
    pub created_at: i64,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Outcome {
    /// It was done.
    #[sea_orm(string_value = "success")]
    Success,
    /// It was refused, and nothing was done.
    #[sea_orm(string_value = "refused")]
    Refused,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
