//! The finders. A query on a table that belongs to tenants begins at a
//! [`Tenant`]; the bare finders of SeaORM are forbidden elsewhere by a lint.

use sea_orm::{
    ColumnTrait, DeleteMany, EntityTrait, FromQueryResult, QueryFilter as _, Select, SelectModel,
    SelectorRaw, UpdateMany, Value,
};
use uuid::Uuid;

use crate::Store;
use crate::entity;
use crate::row::{FromRow, Rows};

/// A table whose rows belong to an organisation.
pub(crate) trait TenantOwned: EntityTrait {
    /// The column that says to which.
    const ORGANISATION: Self::Column;
}

/// A table whose rows belong to nobody in particular, or to a user.
pub(crate) trait Shared: EntityTrait {}

macro_rules! tenant_owned {
    ($($table:ident),* $(,)?) => {$(
        impl TenantOwned for entity::$table::Entity {
            const ORGANISATION: Self::Column = entity::$table::Column::OrganisationId;
        }
    )*};
}

tenant_owned!(
    api_key,
    invite,
    legal_document,
    membership,
    oauth_application,
    project,
    project_member,
    usage_day,
    usage_event
);

impl TenantOwned for entity::organisation::Entity {
    const ORGANISATION: Self::Column = entity::organisation::Column::Id;
}

impl Shared for entity::active_organisation::Entity {}
impl Shared for entity::mail_link::Entity {}
impl Shared for entity::plan::Entity {}
impl Shared for entity::sign_up::Entity {}
impl Shared for entity::signature::Entity {}
impl Shared for entity::user::Entity {}

/// An organisation in whose name rows are found, changed and deleted. Rows of
/// others do not exist for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    /// The organisation.
    pub(crate) organisation: Uuid,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the handle that adds the organisation to every query"
)]
impl Tenant {
    /// Finds rows of the organisation.
    pub(crate) fn find<E: TenantOwned>(self) -> Select<E> {
        E::find().filter(E::ORGANISATION.eq(self.organisation))
    }

    /// Changes rows of the organisation.
    pub(crate) fn update<E: TenantOwned>(self) -> UpdateMany<E> {
        E::update_many().filter(E::ORGANISATION.eq(self.organisation))
    }

    /// Deletes rows of the organisation.
    pub(crate) fn delete<E: TenantOwned>(self) -> DeleteMany<E> {
        E::delete_many().filter(E::ORGANISATION.eq(self.organisation))
    }

    /// Reads rows by a statement of our own, where a join or the way of a list
    /// that is read often is clearer in SQL. `$1` is the organisation and the
    /// statement has to use it; `values` begin at `$2`.
    pub(crate) fn rows<M: FromRow>(
        self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Rows<M> {
        debug_assert!(sql.contains("= $1"), "{sql}");
        let tenant = Value::from(self.organisation);
        Rows::of(sql, std::iter::once(tenant).chain(values))
    }

    /// The same for rows that have entities in them.
    pub(crate) fn read<M: FromQueryResult>(
        self,
        store: &Store,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> SelectorRaw<SelectModel<M>> {
        debug_assert!(sql.contains("= $1"), "{sql}");
        let tenant = Value::from(self.organisation);
        M::find_by_statement(store.statement(sql, std::iter::once(tenant).chain(values)))
    }
}

/// Finds rows of a table without tenants.
#[expect(
    clippy::disallowed_methods,
    reason = "the bound admits tables without tenants only"
)]
pub(crate) fn shared<E: Shared>() -> Select<E> {
    E::find()
}

/// Finds rows of any organisation, for the few who show another right to them:
/// the holder of an invite link, a user looking for the own memberships and
/// keys. The filter that stands for that right follows at once.
#[expect(
    clippy::disallowed_methods,
    reason = "named so that a reader sees it, and every use says what stands in for the tenant"
)]
pub(crate) fn across_tenants<E: TenantOwned>() -> Select<E> {
    E::find()
}

/// Changes rows of any organisation, on the same condition as
/// [`across_tenants`].
#[expect(
    clippy::disallowed_methods,
    reason = "named so that a reader sees it, and every use says what stands in for the tenant"
)]
pub(crate) fn update_across_tenants<E: TenantOwned>() -> UpdateMany<E> {
    E::update_many()
}
