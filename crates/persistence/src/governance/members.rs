//! Members.

use charter_api_governance::members::{
    GetMemberGithubLoginError, GetMemberGithubLoginRequest, ListMemberApiKeysError,
    ListMemberApiKeysRequest, ListOrganizationMembersError, ListOrganizationMembersRequest,
    MembersApi, RemoveOrganizationMemberError, RemoveOrganizationMemberRequest,
    UpdateOrganizationMemberError, UpdateOrganizationMemberRequest,
};
use charter_api_governance::models::{
    GithubLogin, MemberApiKeys, OrganizationMember, OrganizationMemberList,
};
use charter_contract::{Caller, Internal, async_trait};

use crate::Store;

#[async_trait]
impl MembersApi for Store {
    async fn list_organization_members(
        &self,
        _caller: Caller,
        _request: ListOrganizationMembersRequest,
    ) -> Result<OrganizationMemberList, ListOrganizationMembersError> {
        Err(Internal::new("not written yet").into())
    }

    async fn update_organization_member(
        &self,
        _caller: Caller,
        _request: UpdateOrganizationMemberRequest,
    ) -> Result<OrganizationMember, UpdateOrganizationMemberError> {
        Err(Internal::new("not written yet").into())
    }

    async fn remove_organization_member(
        &self,
        _caller: Caller,
        _request: RemoveOrganizationMemberRequest,
    ) -> Result<(), RemoveOrganizationMemberError> {
        Err(Internal::new("not written yet").into())
    }

    async fn get_member_github_login(
        &self,
        _caller: Caller,
        _request: GetMemberGithubLoginRequest,
    ) -> Result<GithubLogin, GetMemberGithubLoginError> {
        Err(Internal::new("not written yet").into())
    }

    async fn list_member_api_keys(
        &self,
        _caller: Caller,
        _request: ListMemberApiKeysRequest,
    ) -> Result<MemberApiKeys, ListMemberApiKeysError> {
        Err(Internal::new("not written yet").into())
    }
}
