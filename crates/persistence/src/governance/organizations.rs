//! Organisations.

use charter_api_governance::models::OrganizationList;
use charter_api_governance::organizations::{
    ListOrganizationsError, ListOrganizationsRequest, OrganizationsApi,
};
use charter_contract::{Caller, Internal, async_trait};

use crate::Store;

#[async_trait]
impl OrganizationsApi for Store {
    async fn list_organizations(
        &self,
        _caller: Caller,
        _request: ListOrganizationsRequest,
    ) -> Result<OrganizationList, ListOrganizationsError> {
        Err(Internal::new("not written yet").into())
    }
}
