//! Projects.

use sea_orm::entity::prelude::*;

/// One row of `projects`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    /// A number of the whole installation, never given again.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose it is.
    pub organisation_id: Uuid,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The display name as it is searched in: NFKC, in lower case.
    #[sea_orm(column_type = "Text")]
    pub name_search: String,
    /// Whether it holds demonstration data.
    pub is_demo: bool,
    /// The time zone that days begin and end in, by its name.
    #[sea_orm(column_type = "Text")]
    pub timezone: String,
    /// Whether members need a row in `project_members` to see it.
    pub access_control: bool,
    /// Whether its first event has arrived.
    pub completed_snippet_onboarding: bool,
    /// All other settings, as one JSON object.
    #[sea_orm(column_type = "Text")]
    pub settings: String,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment of the latest change.
    pub updated_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
