//! Members.

use charter_api_governance::members::{
    GetMemberGithubLoginError, GetMemberGithubLoginRequest, ListMemberApiKeysError,
    ListMemberApiKeysRequest, ListOrganizationMembersError, ListOrganizationMembersRequest,
    MembersApi, RemoveOrganizationMemberError, RemoveOrganizationMemberRequest,
    UpdateOrganizationMemberError, UpdateOrganizationMemberRequest,
};
use charter_api_governance::models::{
    GithubLogin, MemberApiKey, MemberApiKeys, MemberOrder, MemberUser, OrganizationMember,
    OrganizationMemberList, UpdateOrganizationMember,
};
use charter_api_organisations::models::UserId;
use charter_contract::{Caller, Internal, Scopes, Timestamp, async_trait};
use sea_orm::Value;
use uuid::Uuid;

use super::level::Level;
use super::pages::{Page, Place};
use super::seat::no_organisation;
use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::Role;
use crate::organisations::keys::listed;
use crate::organisations::members::{no_member, refuse_own_role};
use crate::row::row;
use crate::scopes;
use crate::search;
use crate::tenant::Tenant;
use crate::write::Write;

/// A page of the members for whom `$filter` holds. An index alone decides who is on it and
/// has what a membership says; what users say is read for those alone: SQLite takes the
/// sides of a cross join in their order, and could else walk all users.
macro_rules! page_of_members {
    ($count:literal, $filter:literal, $direction:literal) => {
        concat!(
            "SELECT m.user_id, m.email, m.name, u.first_name, u.last_name, u.confirmed_at, m.role, \
                    COALESCE(m.user_id = (SELECT user_id FROM owners WHERE organisation_id = $1), \
                             FALSE) AS owns, \
                    m.joined_at, m.updated_at, u.last_login_at, m.count \
             FROM (SELECT user_id, email, name, role, joined_at, updated_at, ",
            $count,
            " AS count FROM memberships WHERE organisation_id = $1 ",
            $filter,
            " ORDER BY joined_at ",
            $direction,
            ", user_id ",
            $direction,
            " LIMIT $2 OFFSET $3) m \
             CROSS JOIN users u \
             WHERE u.id = m.user_id \
             ORDER BY m.joined_at ",
            $direction,
            ", m.user_id ",
            $direction
        )
    };
}

/// All members, who are counted where they join and go.
macro_rules! everybody {
    ($direction:literal) => {
        page_of_members!(
            "(SELECT members FROM organisations WHERE id = $1)",
            "",
            $direction
        )
    };
}

/// Those who have something in the name or in the address: each has to be looked at.
macro_rules! found {
    ($direction:literal) => {
        page_of_members!(
            "COUNT(*) OVER ()",
            "AND search LIKE $4 ESCAPE '\\'",
            $direction
        )
    };
}

/// One of them.
const ONE: &str = page_of_members!("COUNT(*) OVER ()", "AND user_id = $4", "ASC");

/// How many there are on all pages, where none shows it.
const EVERYBODY: &str = "SELECT members AS count FROM organisations WHERE id = $1";
const FOUND: &str = "\
    SELECT COUNT(*) AS count FROM memberships \
    WHERE organisation_id = $1 AND search LIKE $2 ESCAPE '\\'";

/// For how long a key that was used is active: a week.
const ACTIVE: i64 = 7 * 86_400;

row! {
    struct MemberRow {
        user_id: Uuid,
        email: String,
        name: String,
        first_name: Option<String>,
        last_name: Option<String>,
        confirmed_at: Option<i64>,
        role: Role,
        owns: bool,
        joined_at: i64,
        updated_at: i64,
        last_login_at: Option<i64>,
        count: i64,
    }
}

row! {
    struct Login {
        login: Option<String>,
    }
}

row! {
    /// A key of a member, unless there is none.
    struct KeyRow {
        name: Option<String>,
        scopes: Option<String>,
        last_used_at: Option<i64>,
        /// When any of the keys was last used.
        latest_use: Option<i64>,
    }
}

impl TryFrom<MemberRow> for OrganizationMember {
    type Error = Internal;

    fn try_from(row: MemberRow) -> Result<Self, Internal> {
        let MemberRow {
            user_id,
            email,
            name,
            first_name,
            last_name,
            confirmed_at,
            role,
            owns,
            joined_at,
            updated_at,
            last_login_at,
            count: _,
        } = row;
        // Who has told no first name has told a whole one.
        let (first_name, last_name) = match first_name {
            Some(first_name) => (first_name, last_name.unwrap_or_default()),
            None => (name, String::new()),
        };
        Ok(Self {
            user: MemberUser {
                uuid: user_id,
                first_name: first_name.try_into()?,
                last_name: last_name.try_into()?,
                email: email.try_into()?,
                is_email_verified: confirmed_at.is_some(),
            },
            level: Level::of(role, owns).try_into()?,
            joined_at: Timestamp::from_micros(joined_at),
            updated_at: Timestamp::from_micros(updated_at),
            last_login: last_login_at.map(Timestamp::from_micros),
        })
    }
}

#[async_trait]
impl MembersApi for Store {
    async fn list_organization_members(
        &self,
        caller: Caller,
        request: ListOrganizationMembersRequest,
    ) -> Result<OrganizationMemberList, ListOrganizationMembersError> {
        let ListOrganizationMembersRequest {
            organization_id,
            limit,
            offset,
            order,
            search: part,
        } = request;
        let tenant = self
            .seat::<ListOrganizationMembersError>(&caller, organization_id)
            .await?
            .tenant;
        let page = Page::new(limit, offset);
        let pattern = part.as_deref().map(search::pattern);
        let (sql, count) = match (order, &pattern) {
            (MemberOrder::JoinedAt, None) => (everybody!("DESC"), EVERYBODY),
            (MemberOrder::JoinedAt2, None) => (everybody!("ASC"), EVERYBODY),
            (MemberOrder::JoinedAt, Some(_)) => (found!("DESC"), FOUND),
            (MemberOrder::JoinedAt2, Some(_)) => (found!("ASC"), FOUND),
        };
        let filter = pattern.map(Value::from);
        let rows = tenant
            .rows::<MemberRow>(sql, page.values().into_iter().chain(filter.clone()))
            .all(self.reader())
            .await
            .stored()?;
        let count = match rows.first() {
            Some(row) => row.count,
            None => page.count(self, tenant.rows(count, filter)).await?,
        };
        let mut filters = vec![("order", order.as_str())];
        filters.extend(part.as_deref().map(|part| ("search", part)));
        let Place {
            count,
            next,
            previous,
        } = page.place(self, &caller, Some(organization_id), count, &filters)?;
        Ok(OrganizationMemberList {
            count,
            next,
            previous,
            results: rows
                .into_iter()
                .map(OrganizationMember::try_from)
                .collect::<Result<_, _>>()?,
        })
    }

    async fn update_organization_member(
        &self,
        caller: Caller,
        request: UpdateOrganizationMemberRequest,
    ) -> Result<OrganizationMember, UpdateOrganizationMemberError> {
        let UpdateOrganizationMemberRequest {
            organization_id,
            user_uuid: member,
            body: UpdateOrganizationMember { level },
        } = request;
        let seat = self
            .seat::<UpdateOrganizationMemberError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        let tenant = seat.tenant;
        let level = level.map(Level::from);
        if level.is_some() {
            refuse_own_role(&caller, member)?;
        }
        self.write_at(&caller, seat, async |tx: &mut Write| {
            tx.target("user", UserId::from(member));
            seat.hold_as_admin::<UpdateOrganizationMemberError>(tx, &caller)
                .await?;
            let acting = caller.identity.user;
            if let Some(level) = level {
                tx.change_role::<UpdateOrganizationMemberError>(
                    tenant,
                    member,
                    level.role(),
                    acting,
                )
                .await?;
                match level {
                    Level::Member => {}
                    Level::Admin => tx.pass_on(tenant, member, acting).await?,
                    Level::Owner => tx.hand_over(tenant, member).await?,
                }
            }
            let found = one(tx, tenant, member).await?.ok_or_else(no_member)?;
            Ok::<OrganizationMember, UpdateOrganizationMemberError>(found.try_into()?)
        })
        .await
    }

    async fn remove_organization_member(
        &self,
        caller: Caller,
        request: RemoveOrganizationMemberRequest,
    ) -> Result<(), RemoveOrganizationMemberError> {
        let RemoveOrganizationMemberRequest {
            organization_id,
            user_uuid: member,
        } = request;
        let seat = self
            .seat::<RemoveOrganizationMemberError>(&caller, organization_id)
            .await?;
        let acting = caller.identity.user;
        let leaves = acting == Some(member);
        if !leaves {
            seat.admin()?;
        }
        self.write_at(&caller, seat, async |tx: &mut Write| {
            tx.target("user", UserId::from(member));
            if leaves {
                tx.lock(seat.tenant).await?.ok_or_else(no_organisation)?;
            } else {
                seat.hold_as_admin::<RemoveOrganizationMemberError>(tx, &caller)
                    .await?;
            }
            tx.part_with(seat.tenant, member, acting, no_member).await
        })
        .await
    }

    async fn get_member_github_login(
        &self,
        caller: Caller,
        request: GetMemberGithubLoginRequest,
    ) -> Result<GithubLogin, GetMemberGithubLoginError> {
        let GetMemberGithubLoginRequest {
            organization_id,
            user_uuid: member,
        } = request;
        let tenant = self
            .seat::<GetMemberGithubLoginError>(&caller, organization_id)
            .await?
            .tenant;
        let Login { login } = tenant
            .rows::<Login>(
                "SELECT (SELECT i.login FROM identities i \
                         WHERE i.user_id = m.user_id AND i.provider = 'github' \
                           AND i.login IS NOT NULL \
                         ORDER BY i.linked_at DESC, i.id DESC LIMIT 1) AS login \
                 FROM memberships m WHERE m.organisation_id = $1 AND m.user_id = $2",
                [member.into()],
            )
            .one(self.reader())
            .await
            .stored()?
            .ok_or_else(no_member)?;
        Ok(GithubLogin {
            github_login: login,
        })
    }

    async fn list_member_api_keys(
        &self,
        caller: Caller,
        request: ListMemberApiKeysRequest,
    ) -> Result<MemberApiKeys, ListMemberApiKeysError> {
        let ListMemberApiKeysRequest {
            organization_id,
            user_uuid: member,
        } = request;
        let seat = self
            .seat::<ListMemberApiKeysError>(&caller, organization_id)
            .await?;
        if caller.identity.user != Some(member) {
            seat.admin()?;
        }
        let now = self.now();
        let rows = seat
            .tenant
            .rows::<KeyRow>(
                "SELECT k.name, k.scopes, k.last_used_at, \
                        MAX(k.last_used_at) OVER () AS latest_use \
                 FROM memberships m \
                 LEFT JOIN api_keys k ON k.owner_user_id = m.user_id \
                     AND (k.organisation_id = m.organisation_id OR k.organisation_id IS NULL) \
                     AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $3) \
                 WHERE m.organisation_id = $1 AND m.user_id = $2 \
                 ORDER BY k.id DESC LIMIT 1000",
                [member.into(), now.micros().into()],
            )
            .all(self.reader())
            .await
            .stored()?;
        let latest_use = rows.first().ok_or_else(no_member)?.latest_use;
        let active_from = now.plus_seconds(-ACTIVE).micros();
        let keys: Vec<MemberApiKey> = rows.into_iter().filter_map(KeyRow::key).collect();
        Ok(MemberApiKeys {
            has_keys: !keys.is_empty(),
            has_keys_active_last_week: latest_use.is_some_and(|used| used >= active_from),
            keys,
        })
    }
}

/// A member, whom this transaction may have changed.
async fn one(tx: &Write, tenant: Tenant, member: Uuid) -> Result<Option<MemberRow>, Internal> {
    let values = Page::new(1, 0).values().into_iter().chain([member.into()]);
    tenant
        .rows::<MemberRow>(ONE, values)
        .one(tx.db())
        .await
        .stored()
}

impl KeyRow {
    fn key(self) -> Option<MemberApiKey> {
        let Self {
            name,
            scopes,
            last_used_at,
            latest_use: _,
        } = self;
        Some(MemberApiKey {
            name: name?,
            scopes: match scopes::read(&scopes?) {
                Scopes::All => vec!["*".to_owned()],
                some @ Scopes::Only(_) => listed(&some)
                    .into_iter()
                    .map(|scope| scope.as_str().to_owned())
                    .collect(),
            },
            last_used_at: last_used_at.map(Timestamp::from_micros),
        })
    }
}
