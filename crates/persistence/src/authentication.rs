//! Whose key it is, in one query.

use async_trait::async_trait;
use charter_contract::{Authenticator, Credential, Identity, Internal, Role, Scopes};
use sea_orm::{ConnectionTrait as _, QueryResult};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::Store;
use crate::api_secret;
use crate::constraint::Stored as _;
use crate::scopes;

/// The key with its owner, its organisation and the owner's role there.
///
/// A user's key works in the organisation it is bound to, else in the user's
/// active one, and in neither once the user is no member of it: the join on
/// memberships decides. Columns are read by position.
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
        let found = self
            .reader()
            .query_one_raw(self.statement(KEY, [hash.to_vec().into()]))
            .await
            .stored()?;
        let Some(key) = found.as_ref().map(Key::read).transpose().stored()? else {
            return Ok(None);
        };
        let now = self.now();
        let alive = key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now.micros());
        // The index found the hash; comparing it again in constant time keeps
        // this true should the index ever find by less.
        if !alive || !bool::from(key.hash.ct_eq(&hash)) {
            return Ok(None);
        }
        self.last_used().note(key.id, now, key.last_used_at);
        let Key {
            id,
            hash: _,
            owner_user,
            owner_organisation,
            scopes,
            expires_at: _,
            revoked_at: _,
            last_used_at: _,
            membership,
        } = key;
        let (organisation, role) = match (owner_organisation, membership) {
            (Some(organisation), _) => (Some(organisation), None),
            (None, Some((organisation, role))) => (Some(organisation), Some(role)),
            (None, None) => (None, None),
        };
        Ok(Some(Identity {
            credential: id,
            user: owner_user,
            organisation,
            role,
            scopes,
        }))
    }
}

struct Key {
    id: Uuid,
    hash: Vec<u8>,
    owner_user: Option<Uuid>,
    owner_organisation: Option<Uuid>,
    scopes: Scopes,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
    membership: Option<(Uuid, Role)>,
}

impl Key {
    fn read(row: &QueryResult) -> Result<Self, sea_orm::DbErr> {
        let organisation: Option<Uuid> = row.try_get_by_index(8)?;
        let role: Option<crate::entity::Role> = row.try_get_by_index(9)?;
        Ok(Self {
            id: row.try_get_by_index(0)?,
            hash: row.try_get_by_index(1)?,
            owner_user: row.try_get_by_index(2)?,
            owner_organisation: row.try_get_by_index(3)?,
            scopes: scopes::read(&row.try_get_by_index::<String>(4)?),
            expires_at: row.try_get_by_index(5)?,
            revoked_at: row.try_get_by_index(6)?,
            last_used_at: row.try_get_by_index(7)?,
            membership: organisation.zip(role.map(Role::from)),
        })
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
