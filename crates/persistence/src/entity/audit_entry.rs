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
    /// The event that the document declares, such as `invite.created`.
    #[sea_orm(column_type = "Text")]
    pub event: String,
    /// What kind of thing it was done to.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_kind: Option<String>,
    /// The thing it was done to.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_id: Option<String>,
    /// The request that did it; the same id stands in answer and log.
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// The moment.
    pub created_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
