//! Making API keys.

use charter_contract::{Internal, Scopes, Timestamp};
use uuid::Uuid;

use crate::api_secret::ApiSecret;
use crate::constraint::Stored as _;
use crate::entity::api_key;
use crate::scopes;
use crate::write::Write;

/// A key to make.
#[derive(Clone, Debug)]
pub(crate) struct KeyToIssue {
    pub(crate) owner: KeyOwner,
    pub(crate) name: String,
    pub(crate) scopes: Scopes,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// For whom a key acts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyOwner {
    /// A user, in the organisation that the key is bound to, else in the active
    /// one.
    User { user: Uuid, bound_to: Option<Uuid> },
    /// An organisation.
    Organisation(Uuid),
}

impl Write {
    /// Makes a key. Its secret is in the answer and nowhere else.
    pub(crate) async fn issue(
        &self,
        key: KeyToIssue,
    ) -> Result<(api_key::Model, ApiSecret), Internal> {
        let KeyToIssue {
            owner,
            name,
            scopes,
            created_by,
            expires_at,
        } = key;
        let (owner_user_id, owner_organisation_id, organisation_id) = match owner {
            KeyOwner::User { user, bound_to } => (Some(user), None, bound_to),
            KeyOwner::Organisation(organisation) => (None, Some(organisation), Some(organisation)),
        };
        let secret = ApiSecret::generate(self.store().random());
        let model = api_key::Model {
            id: self.new_id(),
            owner_user_id,
            owner_organisation_id,
            organisation_id,
            name,
            prefix: secret.prefix(),
            hash: secret.hash().to_vec(),
            scopes: scopes::write(&scopes),
            created_by,
            created_at: self.now().micros(),
            expires_at: expires_at.map(Timestamp::micros),
            revoked_at: None,
            replaced_by: None,
            last_used_at: None,
        };
        self.insert(model.clone()).await.stored()?;
        Ok((model, secret))
    }
}
