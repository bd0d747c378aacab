//! Keys, as somebody sees them who holds one.

use charter_api_identity::keys::{KeysApi, ValidateApiKeyError, ValidateApiKeyRequest};
use charter_api_identity::models::{KeyMetadata, KeyMetadataProvider};
use charter_contract::{Caller, Internal, Scopes, Timestamp, async_trait};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::row::{Rows, row};
use crate::scopes;

row! {
    struct KeyRow {
        id: Uuid,
        name: String,
        scopes: String,
        created_at: i64,
        expires_at: Option<i64>,
        last_used_at: Option<i64>,
        company: Option<String>,
        author: Option<String>,
    }
}

#[async_trait]
impl KeysApi for Store {
    async fn validate_api_key(
        &self,
        caller: Caller,
        request: ValidateApiKeyRequest,
    ) -> Result<KeyMetadata, ValidateApiKeyError> {
        let ValidateApiKeyRequest {
            x_workspace_id: _,
            x_subaccount_id: _,
            x_language: _,
        } = request;
        // The key has shown itself; this use of it is not written yet.
        let found = Rows::<KeyRow>::of(
            "SELECT k.id, k.name, k.scopes, k.created_at, k.expires_at, k.last_used_at, \
                    o.name AS company, u.name AS author \
             FROM api_keys k \
             LEFT JOIN organisations o ON o.id = $2 \
             LEFT JOIN users u ON u.id = k.created_by \
             WHERE k.id = $1",
            [
                caller.identity.credential.into(),
                caller.identity.organisation.into(),
            ],
        )
        .one(self.reader())
        .await
        .stored()?;
        let KeyRow {
            id,
            name,
            scopes,
            created_at,
            expires_at,
            last_used_at,
            company,
            author,
        } = found.ok_or_else(|| Internal::new("the key that authenticated is not there"))?;
        Ok(KeyMetadata {
            id: id.into(),
            name,
            last_used: last_used_at.map(Timestamp::from_micros),
            created: Timestamp::from_micros(created_at),
            provider: KeyMetadataProvider::Charter,
            company: company
                .map(TryInto::try_into)
                .transpose()
                .map_err(Internal::from)?,
            author: author
                .map(TryInto::try_into)
                .transpose()
                .map_err(Internal::from)?,
            scopes: match scopes::read(&scopes) {
                Scopes::All => vec!["*".to_owned()],
                Scopes::Only(scopes) => scopes.into_iter().collect(),
            },
            expires: expires_at.map(Timestamp::from_micros),
        })
    }
}
