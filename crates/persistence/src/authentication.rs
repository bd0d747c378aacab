//! Whose credential it is, in one query: its prefix tells keys from sessions.

use async_trait::async_trait;
use charter_contract::{
    Authenticator, Credential, CredentialKind, Identity, Internal, Role, Scopes,
};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::row::{Rows, row};
use crate::scopes;
use crate::{api_secret, session_token};

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
        if let Some(hash) = session_token::hash_of(credential.0) {
            return self.session(hash).await;
        }
        match api_secret::hash_of(credential.0) {
            Some(hash) => self.key(hash).await,
            None => Ok(None),
        }
    }
}

impl Store {
    async fn key(&self, hash: [u8; 32]) -> Result<Option<Identity>, Internal> {
        let found = Rows::<Key>::of(KEY, [hash.to_vec().into()])
            .one(self.reader())
            .await
            .stored()?;
        let Some(key) = found else {
            return Ok(None);
        };
        let now = self.now();
        let alive = key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now.micros());
        // The index found the hash; comparing it again in constant time keeps
        // this true should the index ever find by less.
        if !alive || !bool::from(key.hash.ct_eq(&hash)) {
            return Ok(None);
        }
        self.last_used().note_key(key.id, now, key.last_used_at);
        let Key {
            id,
            hash: _,
            owner_user_id,
            owner_organisation_id,
            scopes,
            expires_at: _,
            revoked_at: _,
            last_used_at: _,
            organisation_id,
            role,
        } = key;
        let (organisation, role) = match (owner_organisation_id, organisation_id, role) {
            (Some(organisation), _, _) => (Some(organisation), None),
            (None, Some(organisation), Some(role)) => (Some(organisation), Some(role.into())),
            (None, _, _) => (None, None),
        };
        Ok(Some(Identity {
            credential: id,
            kind: CredentialKind::Key,
            user: owner_user_id,
            organisation,
            role,
            scopes: scopes::read(&scopes),
        }))
    }

    async fn session(&self, hash: [u8; 32]) -> Result<Option<Identity>, Internal> {
        let found = Rows::<Session>::of(SESSION, [hash.to_vec().into()])
            .one(self.reader())
            .await
            .stored()?;
        let Some(session) = found else {
            return Ok(None);
        };
        let now = self.now();
        let Session {
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
        } = session;
        let alive =
            revoked_at.is_none() && idle_expires_at > now.micros() && expires_at > now.micros();
        if !alive || !bool::from(stored.ct_eq(&hash)) {
            return Ok(None);
        }
        self.last_used().note_session(id, now, last_used_at);
        Ok(Some(Identity {
            credential: id,
            kind: CredentialKind::Session,
            user: Some(user_id),
            organisation: organisation_id,
            role: role.map(Into::into),
            // Looked up with every request, so confirming lifts the sessions that
            // are there.
            scopes: match confirmed_at {
                Some(_) => Scopes::All,
                None => Scopes::Only(PENDING.map(str::to_owned).into()),
            },
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
