//! Members.

use charter_api_organisations::members::{
    ListMembersError, ListMembersRequest, MembersApi, RemoveMemberError, RemoveMemberRequest,
    UpdateMemberRoleError, UpdateMemberRoleRequest,
};
use charter_api_organisations::models::{Member, MemberList, UpdateMemberRole, UserId};
use charter_contract::{
    Caller, Conflict, Forbidden, Internal, NotFound, Timestamp, async_trait, kind,
};
use sea_orm::{ColumnTrait as _, PaginatorTrait as _, QueryFilter as _, sea_query::Expr};
use uuid::Uuid;

use super::pages::Page;
use super::{guard, role};
use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::{Role, membership};
use crate::row::row;
use crate::tenant::Tenant;
use crate::write::Write;

row! {
    /// A membership, as members see it.
    #[derive(Debug)]
    pub(super) struct MemberRow {
        pub(super) user_id: Uuid,
        email: String,
        name: String,
        role: Role,
        joined_at: i64,
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = Internal;

    fn try_from(row: MemberRow) -> Result<Self, Internal> {
        let MemberRow {
            user_id,
            email,
            name,
            role,
            joined_at,
        } = row;
        Ok(Self {
            id: user_id.into(),
            email: email.try_into()?,
            name,
            role: role.into(),
            joined_at: Timestamp::from_micros(joined_at),
        })
    }
}

/// The members behind an id, in the order of their ids.
pub(super) async fn page_of_members(
    store: &Store,
    tenant: Tenant,
    page: Page,
) -> Result<Vec<MemberRow>, Internal> {
    tenant
        .rows::<MemberRow>(
            "SELECT user_id, email, name, role, joined_at FROM memberships \
             WHERE organisation_id = $1 AND user_id > $2 \
             ORDER BY user_id LIMIT $3",
            [page.after().into(), page.rows().into()],
        )
        .all(store.reader())
        .await
        .stored()
}

#[async_trait]
impl MembersApi for Store {
    async fn list_members(
        &self,
        caller: Caller,
        request: ListMembersRequest,
    ) -> Result<MemberList, ListMembersError> {
        let ListMembersRequest { limit, cursor } = request;
        let tenant = self.tenant(&caller)?;
        let page = Page::new(cursor, limit);
        let mut members = page_of_members(self, tenant, page).await?;
        let next_cursor = page.cut(&mut members, |member| member.user_id);
        Ok(MemberList {
            members: members
                .into_iter()
                .map(Member::try_from)
                .collect::<Result<_, _>>()?,
            current_user_id: caller.identity.user.map(UserId::from),
            current_user_role: role(&caller),
            next_cursor,
        })
    }

    async fn update_member_role(
        &self,
        caller: Caller,
        request: UpdateMemberRoleRequest,
    ) -> Result<Member, UpdateMemberRoleError> {
        let UpdateMemberRoleRequest {
            member_id,
            body: UpdateMemberRole { role },
        } = request;
        let role = Role::from(role);
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        if caller.identity.user == Some(member_id.into()) {
            return Err(Forbidden::of(&kind::OWN_ROLE, "Nobody can change their own role.").into());
        }
        self.write(&caller, async |tx: &mut Write| {
            tx.target("user", member_id);
            guard::hold_as_admin::<UpdateMemberRoleError>(tx, &caller, tenant).await?;
            let member = find_member(tx, tenant, member_id)
                .await?
                .ok_or_else(no_member)?;
            if role != Role::Admin {
                keep_an_admin::<UpdateMemberRoleError>(tx, tenant, &member).await?;
            }
            tenant
                .update::<membership::Entity>()
                .col_expr(membership::Column::Role, Expr::value(role))
                .filter(membership::Column::UserId.eq(member.user_id))
                .exec(tx.db())
                .await
                .stored()?;
            if role != Role::Admin {
                tx.disown(tenant, member.user_id).await?;
                tx.keep_an_owner(tenant, caller.identity.user).await?;
            }
            Ok::<Member, UpdateMemberRoleError>(MemberRow { role, ..member }.try_into()?)
        })
        .await
    }

    async fn remove_member(
        &self,
        caller: Caller,
        request: RemoveMemberRequest,
    ) -> Result<(), RemoveMemberError> {
        let RemoveMemberRequest { member_id } = request;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("user", member_id);
            guard::hold_as_admin::<RemoveMemberError>(tx, &caller, tenant).await?;
            let member = find_member(tx, tenant, member_id)
                .await?
                .ok_or_else(no_member)?;
            keep_an_admin::<RemoveMemberError>(tx, tenant, &member).await?;
            tx.end_membership(tenant, member.user_id).await?;
            tx.keep_an_owner(tenant, caller.identity.user).await?;
            Ok(())
        })
        .await
    }
}

fn no_member() -> NotFound {
    NotFound::new("The organisation has no member with this id.")
}

async fn find_member(
    tx: &Write,
    tenant: Tenant,
    id: UserId,
) -> Result<Option<MemberRow>, Internal> {
    tenant
        .rows::<MemberRow>(
            "SELECT user_id, email, name, role, joined_at FROM memberships \
             WHERE organisation_id = $1 AND user_id = $2",
            [Uuid::from(id).into()],
        )
        .one(tx.db())
        .await
        .stored()
}

/// Refuses what would leave the organisation without an admin. True only while
/// the organisation is held.
async fn keep_an_admin<E>(tx: &Write, tenant: Tenant, leaving: &MemberRow) -> Result<(), E>
where
    E: From<Internal> + From<Conflict>,
{
    if leaving.role != Role::Admin {
        return Ok(());
    }
    refuse_last_admin(tx, tenant, leaving.user_id).await
}

/// Refuses when nobody but this admin is one. True only while the organisation
/// is held.
pub(super) async fn refuse_last_admin<E>(tx: &Write, tenant: Tenant, admin: Uuid) -> Result<(), E>
where
    E: From<Internal> + From<Conflict>,
{
    let others = tenant
        .find::<membership::Entity>()
        .filter(membership::Column::Role.eq(Role::Admin))
        .filter(membership::Column::UserId.ne(admin))
        .count(tx.db())
        .await
        .stored()?;
    if others == 0 {
        return Err(Conflict::of(
            &kind::LAST_ADMIN,
            "An organisation must have at least one admin.",
        )
        .into());
    }
    Ok(())
}
