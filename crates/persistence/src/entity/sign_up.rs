//! What a person told at sign-up.

use sea_orm::entity::prelude::*;

/// One row of `sign_ups`. Invite and company wait for the moment in which the
/// person confirms the address.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_ups")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The invite to accept.
    pub invite_id: Option<Uuid>,
    /// The organisation to create.
    #[sea_orm(column_type = "Text", nullable)]
    pub company_name: Option<String>,
    /// The plan to begin on, if it is on offer.
    #[sea_orm(column_type = "Text", nullable)]
    pub plan_id: Option<String>,
    /// The parts of the product that were asked for.
    #[sea_orm(column_type = "Text", nullable)]
    pub modules: Option<String>,
    /// How many people work on technology there.
    #[sea_orm(column_type = "Text", nullable)]
    pub tech_size: Option<String>,
    /// Where the visit came from, JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub campaign: Option<String>,
    /// Where the person can be reached, JSON as in the document.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// What the person consented to, JSON as in the document.
    #[sea_orm(column_type = "Text", nullable)]
    pub privacy: Option<String>,
    /// Moment of the sign-up and of the consents.
    pub created_at: i64,
    /// Moment at which invite and company were seen to.
    pub consumed_at: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
