//! The organisation, its team and its figures.

use charter_api_directory::directory::{
    DirectoryApi, GetDirectoryOrganisationError, GetDirectoryOrganisationRequest,
    GetOrganisationStatsError, GetOrganisationStatsRequest, ListTeamError, ListTeamRequest,
};
use charter_api_directory::models::{
    DirectoryOrganisation, OrganisationStats, Percentage, PlanTier, Tally, TeamMember, TeamPage,
    TeamRole,
};
use charter_contract::{Caller, Internal, Timestamp, async_trait};
use uuid::Uuid;

use super::place::{Place, Side};
use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::Role;
use crate::entity::plan::Tier;
use crate::organisations::quota;
use crate::row::row;
use crate::store::no_active_organisation;
use crate::tenant::Tenant;

/// Members behind a place. Whether anybody stands on the other side of it is asked once,
/// not for each row.
const BEHIND: &str = "\
    SELECT m.user_id, m.email, m.name, m.role, m.joined_at, \
           COALESCE(m.user_id = (SELECT user_id FROM owners WHERE organisation_id = $1), \
                    FALSE) AS owns, \
           EXISTS (SELECT 1 FROM memberships b WHERE b.organisation_id = $1 \
                     AND (b.joined_at, b.user_id) <= ($2, $3)) AS others \
    FROM memberships m \
    WHERE m.organisation_id = $1 AND (m.joined_at, m.user_id) > ($2, $3) \
    ORDER BY m.joined_at, m.user_id LIMIT $4";

/// Members before a place, the nearest first.
const BEFORE: &str = "\
    SELECT m.user_id, m.email, m.name, m.role, m.joined_at, \
           COALESCE(m.user_id = (SELECT user_id FROM owners WHERE organisation_id = $1), \
                    FALSE) AS owns, \
           EXISTS (SELECT 1 FROM memberships b WHERE b.organisation_id = $1 \
                     AND (b.joined_at, b.user_id) >= ($2, $3)) AS others \
    FROM memberships m \
    WHERE m.organisation_id = $1 AND (m.joined_at, m.user_id) < ($2, $3) \
    ORDER BY m.joined_at DESC, m.user_id DESC LIMIT $4";

row! {
    struct OrganisationRow {
        name: String,
        slug: String,
        tier: Tier,
        invite_limit: Option<i64>,
        used: i64,
    }
}

row! {
    struct TeamRow {
        user_id: Uuid,
        email: String,
        name: String,
        role: Role,
        joined_at: i64,
        owns: bool,
        /// Whether anybody stands on the other side of where the page begins.
        others: bool,
    }
}

impl TeamRow {
    const fn place(&self) -> Place {
        Place {
            joined_at: self.joined_at,
            user: self.user_id,
        }
    }
}

impl From<Tier> for PlanTier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Free => Self::Free,
            Tier::Starter => Self::Starter,
            Tier::Growth => Self::Growth,
            Tier::Enterprise => Self::Enterprise,
        }
    }
}

impl TryFrom<TeamRow> for TeamMember {
    type Error = Internal;

    fn try_from(row: TeamRow) -> Result<Self, Internal> {
        let TeamRow {
            user_id: _,
            email,
            name,
            role,
            joined_at,
            owns,
            others: _,
        } = row;
        Ok(Self {
            name,
            email: email.try_into()?,
            role: match role {
                Role::Admin if owns => TeamRole::Owner,
                Role::Admin => TeamRole::Admin,
                Role::Member => TeamRole::Recruiter,
            },
            joined_at: Timestamp::from_micros(joined_at),
        })
    }
}

#[async_trait]
impl DirectoryApi for Store {
    async fn get_directory_organisation(
        &self,
        caller: Caller,
        _request: GetDirectoryOrganisationRequest,
    ) -> Result<DirectoryOrganisation, GetDirectoryOrganisationError> {
        let tenant = self.tenant(&caller)?;
        let OrganisationRow {
            name,
            slug,
            tier,
            invite_limit,
            used,
        } = tenant
            .rows::<OrganisationRow>(
                "SELECT o.name, s.slug, p.tier, p.invite_limit, COALESCE(c.used, 0) AS used \
                 FROM organisations o \
                 JOIN organisation_slugs s ON s.organisation_id = o.id \
                 JOIN plans p ON p.id = o.plan_id \
                 LEFT JOIN invite_cycles c ON c.organisation_id = o.id AND c.starts_on = $2 \
                 WHERE o.id = $1",
                [quota::cycle_of(self.now()).into()],
            )
            .one(self.reader())
            .await
            .stored()?
            .ok_or_else(no_active_organisation)?;
        Ok(DirectoryOrganisation {
            name: name.try_into().map_err(Internal::from)?,
            slug,
            plan: tier.into(),
            invite_limit,
            invites_used: used,
            // The plan may have become smaller since they were used.
            invites_remaining: invite_limit.map(|limit| (limit - used).max(0)),
        })
    }

    async fn list_team(
        &self,
        caller: Caller,
        request: ListTeamRequest,
    ) -> Result<TeamPage, ListTeamError> {
        let ListTeamRequest { cursor, page_size } = request;
        let tenant = self.tenant(&caller)?;
        let side = match cursor {
            Some(cursor) => Side::read(&cursor)?,
            None => Side::Behind(Place::START),
        };
        let mut rows = self.team(tenant, side, page_size.saturating_add(1)).await?;
        let size = usize::try_from(page_size).unwrap_or(usize::MAX);
        let further = rows.len() > size;
        rows.truncate(size);
        let others = match rows.first() {
            Some(first) => first.others,
            // Who stood on this side is gone; the way back leads over the place itself.
            None => !self.team(tenant, side.back(), 1).await?.is_empty(),
        };
        let (before, behind) = match side {
            Side::Behind(_) => (others, further),
            Side::Before(_) => {
                rows.reverse();
                (further, others)
            }
        };
        let next = match rows.last() {
            Some(last) => Side::Behind(last.place()),
            None => side.back(),
        };
        let previous = match rows.first() {
            Some(first) => Side::Before(first.place()),
            None => side.back(),
        };
        Ok(TeamPage {
            next: behind.then(|| next.cursor()).transpose()?,
            previous: before.then(|| previous.cursor()).transpose()?,
            results: rows
                .into_iter()
                .map(TeamMember::try_from)
                .collect::<Result<_, _>>()?,
        })
    }

    async fn get_organisation_stats(
        &self,
        caller: Caller,
        _request: GetOrganisationStatsRequest,
    ) -> Result<OrganisationStats, GetOrganisationStatsError> {
        self.tenant(&caller)?;
        // There are no assessments yet, so nobody was invited to one. Assessments, their
        // invitations and their sessions will be counted here.
        let none = || Tally::try_from(0).map_err(Internal::from);
        let nothing = || Percentage::try_from(0.0).map_err(Internal::from);
        Ok(OrganisationStats {
            total_invites: none()?,
            total_candidates: none()?,
            completed_assessments: none()?,
            passed_candidates: none()?,
            pass_rate: nothing()?,
            average_score_percentage: nothing()?,
            active_assessments: none()?,
        })
    }
}

impl Store {
    /// The members on one side of a place, the nearest first.
    async fn team(&self, tenant: Tenant, side: Side, rows: i64) -> Result<Vec<TeamRow>, Internal> {
        let (sql, place) = match side {
            Side::Behind(place) => (BEHIND, place),
            Side::Before(place) => (BEFORE, place),
        };
        let values = [place.joined_at.into(), place.user.into(), rows.into()];
        tenant.rows(sql, values).all(self.reader()).await.stored()
    }
}
