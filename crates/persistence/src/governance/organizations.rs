//! Organisations.

use charter_api_governance::models::{Organization, OrganizationList};
use charter_api_governance::organizations::{
    ListOrganizationsError, ListOrganizationsRequest, OrganizationsApi,
};
use charter_contract::{Caller, Internal, Reach, Timestamp, async_trait};
use sea_orm::Value;
use uuid::Uuid;

use super::level::Level;
use super::pages::{Page, Place};
use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::Role;
use crate::row::{Rows, row};

/// The organisations of a user, whose own memberships stand in for the tenant; only `$2`,
/// if it is one.
const OF_USER: &str = "\
    SELECT o.id, o.name, s.slug, m.role, w.user_id IS NOT NULL AS owns, o.created_at, \
           COUNT(*) OVER () AS count \
    FROM memberships m \
    JOIN organisations o ON o.id = m.organisation_id \
    JOIN organisation_slugs s ON s.organisation_id = o.id \
    LEFT JOIN owners w ON w.organisation_id = m.organisation_id AND w.user_id = m.user_id \
    WHERE m.user_id = $1 AND m.organisation_id = COALESCE($2, m.organisation_id) \
    ORDER BY m.organisation_id LIMIT $3 OFFSET $4";

const COUNT_OF_USER: &str = "\
    SELECT COUNT(*) AS count FROM memberships \
    WHERE user_id = $1 AND organisation_id = COALESCE($2, organisation_id)";

/// The organisation of its own key.
const OF_KEY: &str = "\
    SELECT o.id, o.name, s.slug, NULL AS role, FALSE AS owns, o.created_at, \
           COUNT(*) OVER () AS count \
    FROM organisations o JOIN organisation_slugs s ON s.organisation_id = o.id \
    WHERE o.id = $1 LIMIT $2 OFFSET $3";

const COUNT_OF_KEY: &str = "SELECT COUNT(*) AS count FROM organisations WHERE id = $1";

row! {
    struct OrganizationRow {
        id: Uuid,
        name: String,
        slug: String,
        role: Option<Role>,
        owns: bool,
        created_at: i64,
        count: i64,
    }
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = Internal;

    fn try_from(row: OrganizationRow) -> Result<Self, Internal> {
        let OrganizationRow {
            id,
            name,
            slug,
            role,
            owns,
            created_at,
            count: _,
        } = row;
        Ok(Self {
            id,
            name: name.try_into()?,
            slug,
            membership_level: role
                .map(|role| Level::of(role, owns).try_into())
                .transpose()?,
            created_at: Timestamp::from_micros(created_at),
        })
    }
}

#[async_trait]
impl OrganizationsApi for Store {
    async fn list_organizations(
        &self,
        caller: Caller,
        request: ListOrganizationsRequest,
    ) -> Result<OrganizationList, ListOrganizationsError> {
        let ListOrganizationsRequest { limit, offset } = request;
        let page = Page::new(limit, offset);
        let bound = match caller.identity.reach {
            Reach::Any => None,
            Reach::Bound(organisation) => Some(organisation),
        };
        let (sql, count, whose): (_, _, Vec<Value>) = match caller.identity.user {
            Some(user) => (OF_USER, COUNT_OF_USER, vec![user.into(), bound.into()]),
            None => (OF_KEY, COUNT_OF_KEY, vec![bound.into()]),
        };
        let rows = Rows::<OrganizationRow>::of(sql, whose.iter().cloned().chain(page.values()))
            .all(self.reader())
            .await
            .stored()?;
        let count = match rows.first() {
            Some(row) => row.count,
            None => page.count(self, Rows::of(count, whose)).await?,
        };
        let Place {
            count,
            next,
            previous,
        } = page.place(self, &caller, None, count, &[])?;
        Ok(OrganizationList {
            count,
            next,
            previous,
            results: rows
                .into_iter()
                .map(Organization::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}
