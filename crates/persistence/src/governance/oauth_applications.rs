//! OAuth applications.

use charter_api_governance::models::{OauthApplication, OauthApplicationList};
use charter_api_governance::oauth_applications::{
    ListOauthApplicationsError, ListOauthApplicationsRequest, OauthApplicationsApi,
};
use charter_contract::{Caller, Internal, Timestamp, async_trait};
use uuid::Uuid;

use super::pages::{Page, Place};
use crate::Store;
use crate::constraint::Stored as _;
use crate::row::row;

row! {
    struct ApplicationRow {
        id: Uuid,
        name: String,
        client_id: String,
        redirect_uris: String,
        is_verified: bool,
        created_at: i64,
        updated_at: i64,
        count: i64,
    }
}

impl TryFrom<ApplicationRow> for OauthApplication {
    type Error = Internal;

    fn try_from(row: ApplicationRow) -> Result<Self, Internal> {
        let ApplicationRow {
            id,
            name,
            client_id,
            redirect_uris,
            is_verified,
            created_at,
            updated_at,
            count: _,
        } = row;
        Ok(Self {
            id,
            name,
            client_id,
            redirect_uris_list: serde_json::from_str(&redirect_uris)?,
            is_verified,
            created: Timestamp::from_micros(created_at),
            updated: Timestamp::from_micros(updated_at),
        })
    }
}

#[async_trait]
impl OauthApplicationsApi for Store {
    async fn list_oauth_applications(
        &self,
        caller: Caller,
        request: ListOauthApplicationsRequest,
    ) -> Result<OauthApplicationList, ListOauthApplicationsError> {
        let ListOauthApplicationsRequest {
            organization_id,
            limit,
            offset,
        } = request;
        let tenant = self
            .seat::<ListOauthApplicationsError>(&caller, organization_id)
            .await?
            .tenant;
        let page = Page::new(limit, offset);
        let rows = tenant
            .rows::<ApplicationRow>(
                "SELECT id, name, client_id, redirect_uris, is_verified, created_at, updated_at, \
                        COUNT(*) OVER () AS count \
                 FROM oauth_applications WHERE organisation_id = $1 \
                 ORDER BY id LIMIT $2 OFFSET $3",
                page.values(),
            )
            .all(self.reader())
            .await
            .stored()?;
        let count = match rows.first() {
            Some(row) => row.count,
            None => {
                let all = "SELECT COUNT(*) AS count FROM oauth_applications \
                           WHERE organisation_id = $1";
                page.count(self, tenant.rows(all, [])).await?
            }
        };
        let Place {
            count,
            next,
            previous,
        } = page.place(self, &caller, Some(organization_id), count, &[])?;
        Ok(OauthApplicationList {
            count,
            next,
            previous,
            results: rows
                .into_iter()
                .map(OauthApplication::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}
