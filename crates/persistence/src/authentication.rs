//! Whose key it is, in one query at most.

use async_trait::async_trait;
use charter_contract::{Authenticator, Credential, Identity, Internal, Role};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::Store;
use crate::api_secret;
use crate::constraint::Stored as _;
use crate::recognised::Recognised;
use crate::row::{Rows, row};
use crate::scopes;

/// The key with its owner, its organisation and the owner's role there.
///
/// A user's key works in the organisation it is bound to, else in the user's
/// active one, and in neither once the user is no member of it: the join on
/// memberships decides.
const KEY: &str = "\
    SELECT k.id, k.hash, k.owner_user_id, k.owner_organisation_id, k.scopes, \
           k.expires_at, k.revoked_at, k.last_used_at, m.organisation_id, m.role \
    FROM api_keys k \
    LEFT JOIN active_organisations a ON a.user_id = k.owner_user_id \
    LEFT JOIN memberships m ON m.user_id = k.owner_user_id \
        AND m.organisation_id = COALESCE(k.organisation_id, a.organisation_id) \
    WHERE k.hash = $1";

#[async_trait]
impl Authenticator for Store {
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Identity>, Internal> {
        let Some(hash) = api_secret::hash_of(credential.0) else {
            return Ok(None);
        };
        let recognised = match self.lately().find(&hash) {
            Some(recognised) => recognised,
            None => {
                let asked = self.lately().asked();
                let Some(recognised) = self.key(&hash).await? else {
                    return Ok(None);
                };
                self.lately().keep(hash, asked, recognised.clone());
                recognised
            }
        };
        let now = self.now();
        if !recognised.lives(now) {
            return Ok(None);
        }
        let Recognised {
            identity,
            ends_at: _,
            last_used_at,
        } = recognised;
        self.last_used()
            .note(identity.credential, now, last_used_at);
        Ok(Some(identity))
    }
}

impl Store {
    /// The key with this hash, unless it is revoked.
    async fn key(&self, hash: &[u8; 32]) -> Result<Option<Recognised>, Internal> {
        let found = Rows::<Key>::of(KEY, [hash.to_vec().into()])
            .one(self.reader())
            .await
            .stored()?;
        let Some(Key {
            id,
            hash: stored,
            owner_user_id,
            owner_organisation_id,
            scopes,
            expires_at,
            revoked_at,
            last_used_at,
            organisation_id,
            role,
        }) = found
        else {
            return Ok(None);
        };
        // The index found the hash; comparing it again in constant time keeps
        // this true should the index ever find by less.
        if revoked_at.is_some() || !bool::from(stored.ct_eq(hash)) {
            return Ok(None);
        }
        let (organisation, role) = match (owner_organisation_id, organisation_id, role) {
            (Some(organisation), _, _) => (Some(organisation), None),
            (None, Some(organisation), Some(role)) => (Some(organisation), Some(role.into())),
            (None, _, _) => (None, None),
        };
        Ok(Some(Recognised {
            identity: Identity {
                credential: id,
                user: owner_user_id,
                organisation,
                role,
                scopes: scopes::read(&scopes),
            },
            ends_at: expires_at,
            last_used_at,
        }))
    }
}

row! {
    struct Key {
        id: Uuid,
        hash: Vec<u8>,
        owner_user_id: Option<Uuid>,
        owner_organisation_id: Option<Uuid>,
        scopes: String,
        expires_at: Option<i64>,
        revoked_at: Option<i64>,
        last_used_at: Option<i64>,
        /// Where the owner is a member, and as what.
        organisation_id: Option<Uuid>,
        role: Option<crate::entity::Role>,
    }
}

impl From<crate::entity::Role> for Role {
    fn from(role: crate::entity::Role) -> Self {
        match role {
            crate::entity::Role::Admin => Self::Admin,
            crate::entity::Role::Member => Self::Member,
        }
    }
}
