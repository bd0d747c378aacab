//! `listMembers` from memory, on the generated route.

use std::sync::Arc;

use charter_api_organisations::members::{
    LIST_MEMBERS, ListMembersError, ListMembersRequest, MembersApi, RemoveMemberError,
    RemoveMemberRequest, UpdateMemberRoleError, UpdateMemberRoleRequest,
};
use charter_api_organisations::models::{Member, MemberList, MemberRole, UserId};
use charter_contract::{
    Authenticator, Caller, Credential, CredentialKind, Cursor, Forbidden, Identity, Internal, Json,
    RouteTable, Runtime, Scopes, Timestamp, async_trait, mount,
};
use charter_server::system::SystemTimer;
use poem::Route;
use uuid::Uuid;

use super::memory::{self, Memory};
use super::unlimited::Unlimited;
use crate::Error;

pub(crate) async fn router(_database: &str) -> Result<Route, Error> {
    let memory = Arc::new(Memory::new());
    let unlimited = Arc::new(Unlimited);
    let runtime = Runtime::new(
        memory.clone(),
        unlimited.clone(),
        unlimited,
        Arc::new(SystemTimer::default()),
        1024 * 1024,
    );
    let api: Arc<dyn MembersApi> = memory;
    let mut table = RouteTable::new();
    // As the generated crate mounts it, without the operations that nobody calls here.
    runtime.route(&mut table, &LIST_MEMBERS, move |caller, request| {
        let api = api.clone();
        async move { api.list_members(caller, request).await.map(Json) }
    });
    Ok(mount(table))
}

#[async_trait]
impl Authenticator for Memory {
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Identity>, Internal> {
        Ok(self.key(credential.0).cloned().map(|key| Identity {
            credential: key.id,
            kind: CredentialKind::Key,
            user: Some(key.user),
            organisation: Some(key.organisation),
            role: Some(match key.role {
                memory::Role::Admin => charter_contract::Role::Admin,
                memory::Role::Member => charter_contract::Role::Member,
            }),
            scopes: Scopes::Only(key.scopes),
        }))
    }
}

#[async_trait]
impl MembersApi for Memory {
    async fn list_members(
        &self,
        caller: Caller,
        request: ListMembersRequest,
    ) -> Result<MemberList, ListMembersError> {
        let ListMembersRequest { limit, cursor } = request;
        let limit = usize::try_from(limit).map_err(Internal::from)?;
        let after = cursor.map_or(Uuid::nil(), Uuid::from);
        let mut rows = self.members(after, limit + 1);
        let next_cursor = if rows.len() > limit {
            rows.truncate(limit);
            rows.last().map(|last| Cursor::from(last.id))
        } else {
            None
        };
        Ok(MemberList {
            members: rows
                .into_iter()
                .map(member)
                .collect::<Result<_, Internal>>()?,
            current_user_id: caller.identity.user.map(UserId::from),
            current_user_role: caller.identity.role.map(|role| match role {
                charter_contract::Role::Admin => MemberRole::Admin,
                charter_contract::Role::Member => MemberRole::Member,
            }),
            next_cursor,
        })
    }

    async fn update_member_role(
        &self,
        _: Caller,
        _: UpdateMemberRoleRequest,
    ) -> Result<Member, UpdateMemberRoleError> {
        Err(read_only().into())
    }

    async fn remove_member(
        &self,
        _: Caller,
        _: RemoveMemberRequest,
    ) -> Result<(), RemoveMemberError> {
        Err(read_only().into())
    }
}

fn member(row: memory::Row) -> Result<Member, Internal> {
    Ok(Member {
        id: row.id.into(),
        email: row.email.try_into()?,
        name: row.name,
        role: match row.role {
            memory::Role::Admin => MemberRole::Admin,
            memory::Role::Member => MemberRole::Member,
        },
        joined_at: Timestamp::from_micros(row.joined_at),
    })
}

fn read_only() -> Forbidden {
    Forbidden::new("The members in memory do not change.")
}
