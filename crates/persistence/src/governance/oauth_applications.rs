//! OAuth applications.

use charter_api_governance::models::OauthApplicationList;
use charter_api_governance::oauth_applications::{
    ListOauthApplicationsError, ListOauthApplicationsRequest, OauthApplicationsApi,
};
use charter_contract::{Caller, Internal, async_trait};

use crate::Store;

#[async_trait]
impl OauthApplicationsApi for Store {
    async fn list_oauth_applications(
        &self,
        _caller: Caller,
        _request: ListOauthApplicationsRequest,
    ) -> Result<OauthApplicationList, ListOauthApplicationsError> {
        Err(Internal::new("not written yet").into())
    }
}
