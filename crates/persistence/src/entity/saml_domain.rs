//! A domain that an identity provider vouches for.

use sea_orm::entity::prelude::*;

/// One row of `saml_domains`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saml_domains")]
pub struct Model {
    /// The domain, in lower case.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub domain: String,
    /// Who vouches for its addresses.
    pub provider_id: Uuid,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
