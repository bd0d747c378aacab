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
    pub(crate) struct MemberRow {
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
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        refuse_own_role(&caller, member_id.into())?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("user", member_id);
            guard::hold_as_admin::<UpdateMemberRoleError>(tx, &caller, tenant).await?;
            let acting = caller.identity.user;
            let member = tx
                .change_role::<UpdateMemberRoleError>(tenant, member_id.into(), role.into(), acting)
                .await?;
            Ok::<Member, UpdateMemberRoleError>(member.try_into()?)
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
            let acting = caller.identity.user;
            tx.part_with(tenant, member_id.into(), acting, no_member)
                .await
        })
        .await
    }
}

impl Write {
    /// Makes a member an admin or an ordinary one. True only while the organisation is
    /// held.
    ///
    /// The owner who is no admin any more is no owner either: `acting` may take the title
    /// over.
    pub(crate) async fn change_role<E>(
        &self,
        tenant: Tenant,
        user: Uuid,
        role: Role,
        acting: Option<Uuid>,
    ) -> Result<MemberRow, E>
    where
        E: From<Internal> + From<NotFound> + From<Conflict>,
    {
        let member = self
            .find_member(tenant, user)
            .await?
            .ok_or_else(no_member)?;
        if member.role == role {
            return Ok(member);
        }
        self.release_admin::<E>(tenant, &member, acting).await?;
        tenant
            .update::<membership::Entity>()
            .col_expr(membership::Column::Role, Expr::value(role))
            .col_expr(
                membership::Column::UpdatedAt,
                Expr::value(self.now().micros()),
            )
            .filter(membership::Column::UserId.eq(user))
            .exec(self.db())
            .await
            .stored()?;
        Ok(MemberRow { role, ..member })
    }

    /// Ends a membership, whoever wants it; `missing` is said where there is none. True
    /// only while the organisation is held.
    pub(crate) async fn part_with<E>(
        &self,
        tenant: Tenant,
        user: Uuid,
        acting: Option<Uuid>,
        missing: fn() -> NotFound,
    ) -> Result<(), E>
    where
        E: From<Internal> + From<NotFound> + From<Conflict>,
    {
        let member = self.find_member(tenant, user).await?.ok_or_else(missing)?;
        self.release_admin::<E>(tenant, &member, acting).await?;
        Ok(self.end_membership(tenant, user).await?)
    }

    async fn find_member(&self, tenant: Tenant, user: Uuid) -> Result<Option<MemberRow>, Internal> {
        tenant
            .rows::<MemberRow>(
                "SELECT user_id, email, name, role, joined_at FROM memberships \
                 WHERE organisation_id = $1 AND user_id = $2",
                [user.into()],
            )
            .one(self.db())
            .await
            .stored()
    }

    /// Sees to it that there is an admin, and an owner, without this member: the last
    /// admin stays one.
    async fn release_admin<E>(
        &self,
        tenant: Tenant,
        member: &MemberRow,
        acting: Option<Uuid>,
    ) -> Result<(), E>
    where
        E: From<Internal> + From<Conflict>,
    {
        if member.role != Role::Admin {
            return Ok(());
        }
        let others = tenant
            .find::<membership::Entity>()
            .filter(membership::Column::Role.eq(Role::Admin))
            .filter(membership::Column::UserId.ne(member.user_id))
            .count(self.db())
            .await
            .stored()?;
        if others == 0 {
            return Err(Conflict::of(
                &kind::LAST_ADMIN,
                "An organisation must have at least one admin.",
            )
            .into());
        }
        Ok(self.pass_on(tenant, member.user_id, acting).await?)
    }
}

pub(crate) fn no_member() -> NotFound {
    NotFound::new("The organisation has no member with this id.")
}

/// Nobody raises or lowers themselves.
pub(crate) fn refuse_own_role(caller: &Caller, member: Uuid) -> Result<(), Forbidden> {
    if caller.identity.user == Some(member) {
        return Err(Forbidden::of(
            &kind::OWN_ROLE,
            "Nobody can change their own role.",
        ));
    }
    Ok(())
}
