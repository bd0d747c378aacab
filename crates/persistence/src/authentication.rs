//! Whose credential it is, in one query at most: its prefix tells keys from
//! sessions.

use async_trait::async_trait;
use charter_contract::{
    Authenticator, Credential, CredentialKind, Identity, Internal, Reach, Role, Scopes,
};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::recognised::Recognised;
use crate::row::{Rows, row};
use crate::scopes;
use crate::{api_secret, session_token};

/// The key with its owner, its organisation and the owner's role there.
///
/// A user's key works in the organisation it is bound to, else in the user's
/// active one, and in neither once the user is no member of it: the join on
/// memberships decides.
const KEY: &str = "\
    SELECT k.id, k.hash, k.owner_user_id, k.owner_organisation_id, \
           k.organisation_id AS bound_to, k.scopes, k.expires_at, k.revoked_at, k.last_used_at, \
           m.organisation_id, m.role \
    FROM api_keys k \
    LEFT JOIN active_organisations a ON a.user_id = k.owner_user_id \
    LEFT JOIN memberships m ON m.user_id = k.owner_user_id \
        AND m.organisation_id = COALESCE(k.organisation_id, a.organisation_id) \
    WHERE k.hash = $1";

/// The session with its user and the user's role in the active organisation.
const SESSION: &str = "\
    SELECT s.id, s.hash, s.user_id, s.last_used_at, s.idle_expires_at, s.expires_at, \
           s.revoked_at, u.confirmed_at, m.organisation_id, m.role \
    FROM sessions s \
    JOIN users u ON u.id = s.user_id \
    LEFT JOIN active_organisations a ON a.user_id = s.user_id \
    LEFT JOIN memberships m ON m.user_id = s.user_id \
        AND m.organisation_id = a.organisation_id \
    WHERE s.hash = $1";

/// What somebody may do whose address is not confirmed yet: see who they are, and
/// end their sessions. Every other document refuses them for want of a scope.
const PENDING: [&str; 3] = ["profile:read", "sessions:read", "sessions:write"];

#[async_trait]
impl Authenticator for Store {
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Identity>, Internal> {
        let Some((kind, hash)) = hash_of(credential) else {
            return Ok(None);
        };
        let now = self.now();
        let lately = self.lately().find(&hash);
        let recognised = match lately.filter(|recognised| recognised.lives(now)) {
            Some(recognised) => recognised,
            None => {
                let asked = self.lately().asked();
                let found = match kind {
                    CredentialKind::Key => self.key(&hash).await?,
                    CredentialKind::Session => self.session(&hash).await?,
                };
                let Some(recognised) = found.filter(|found| found.lives(now)) else {
                    return Ok(None);
                };
                self.lately().keep(hash, asked, recognised.clone());
                recognised
            }
        };
        let Recognised {
            identity,
            ends_at: _,
            last_used_at,
        } = recognised;
        self.last_used()
            .note(kind, identity.credential, now, last_used_at);
        Ok(Some(identity))
    }
}

/// What a credential is by its prefix, and its hash.
fn hash_of(credential: Credential<'_>) -> Option<(CredentialKind, [u8; 32])> {
    match session_token::hash_of(credential.0) {
        Some(hash) => Some((CredentialKind::Session, hash)),
        None => api_secret::hash_of(credential.0).map(|hash| (CredentialKind::Key, hash)),
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
            bound_to,
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
                kind: CredentialKind::Key,
                user: owner_user_id,
                organisation,
                reach: owner_organisation_id
                    .or(bound_to)
                    .map_or(Reach::Any, Reach::Bound),
                role,
                scopes: scopes::read(&scopes),
            },
            ends_at: expires_at,
            last_used_at,
        }))
    }

    /// The session with this hash, unless it is revoked.
    async fn session(&self, hash: &[u8; 32]) -> Result<Option<Recognised>, Internal> {
        let found = Rows::<Session>::of(SESSION, [hash.to_vec().into()])
            .one(self.reader())
            .await
            .stored()?;
        let Some(Session {
            id,
            hash: stored,
            user_id,
            last_used_at,
            idle_expires_at,
            expires_at,
            revoked_at,
            confirmed_at,
            organisation_id,
            role,
        }) = found
        else {
            return Ok(None);
        };
        if revoked_at.is_some() || !bool::from(stored.ct_eq(hash)) {
            return Ok(None);
        }
        Ok(Some(Recognised {
            identity: Identity {
                credential: id,
                kind: CredentialKind::Session,
                user: Some(user_id),
                organisation: organisation_id,
                reach: Reach::Any,
                role: role.map(Into::into),
                // Looked up with the session, so confirming lifts the sessions that
                // are there.
                scopes: match confirmed_at {
                    Some(_) => Scopes::All,
                    None => Scopes::Only(PENDING.map(str::to_owned).into()),
                },
            },
            ends_at: Some(idle_expires_at.min(expires_at)),
            last_used_at: Some(last_used_at),
        }))
    }
}

row! {
    struct Key {
        id: Uuid,
        hash: Vec<u8>,
        owner_user_id: Option<Uuid>,
        owner_organisation_id: Option<Uuid>,
        bound_to: Option<Uuid>,
        scopes: String,
        expires_at: Option<i64>,
        revoked_at: Option<i64>,
        last_used_at: Option<i64>,
        /// Where the owner is a member, and as what.
        organisation_id: Option<Uuid>,
        role: Option<crate::entity::Role>,
    }
}

row! {
    struct Session {
        id: Uuid,
        hash: Vec<u8>,
        user_id: Uuid,
        last_used_at: i64,
        idle_expires_at: i64,
        expires_at: i64,
        revoked_at: Option<i64>,
        confirmed_at: Option<i64>,
        /// The active organisation, and the user's role there.
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
