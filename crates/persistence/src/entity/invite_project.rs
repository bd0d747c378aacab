//! Which projects an invite gives access to, and as what.

use sea_orm::entity::prelude::*;

/// One row of `invite_projects`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invite_projects")]
pub struct Model {
    /// The invite.
    #[sea_orm(primary_key, auto_increment = false)]
    pub invite_id: Uuid,
    /// The project.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: i64,
    /// The organisation of both.
    pub organisation_id: Uuid,
    /// What accepting makes of the person in the project, as in `project_members`.
    pub level: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
