//! Invites.

use charter_api_governance::invites::{
    CreateDelegatedInviteError, CreateDelegatedInviteRequest, CreateInvitesBulkError,
    CreateInvitesBulkRequest, InvitesApi,
};
use charter_api_governance::models::DelegatedInvite;
use charter_contract::{Caller, Internal, async_trait};

use crate::Store;

#[async_trait]
impl InvitesApi for Store {
    async fn create_invites_bulk(
        &self,
        _caller: Caller,
        _request: CreateInvitesBulkRequest,
    ) -> Result<(), CreateInvitesBulkError> {
        Err(Internal::new("not written yet").into())
    }

    async fn create_delegated_invite(
        &self,
        _caller: Caller,
        _request: CreateDelegatedInviteRequest,
    ) -> Result<DelegatedInvite, CreateDelegatedInviteError> {
        Err(Internal::new("not written yet").into())
    }
}
