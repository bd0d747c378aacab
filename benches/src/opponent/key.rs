//! What every hand-written server does first: find out whose key it is.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::refusal::Refusal;

/// The key with its owner, its organisation and the owner's role there, in one
/// query.
pub(super) const KEY: &str = "\
    SELECT k.id, k.hash, k.owner_user_id, k.owner_organisation_id, k.scopes, k.expires_at, \
           k.revoked_at, m.organisation_id, m.role \
    FROM api_keys k \
    LEFT JOIN active_organisations a ON a.user_id = k.owner_user_id \
    LEFT JOIN memberships m ON m.user_id = k.owner_user_id \
        AND m.organisation_id = COALESCE(k.organisation_id, a.organisation_id) \
    WHERE k.hash = $1";

/// The hash of the key that a request came with.
pub(super) struct Presented(pub(super) [u8; 32]);

impl<S: Send + Sync> FromRequestParts<S> for Presented {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let key = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .filter(|key| key.len() == 51 && key.starts_with("ct_live_"))
            .ok_or(Refusal::Unauthorised)?;
        Ok(Self::of(key))
    }
}

impl Presented {
    /// The hash of this key.
    pub(super) fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }
}

/// The row of [`KEY`].
pub(super) struct Key<'row> {
    pub(super) id: Uuid,
    pub(super) hash: &'row [u8],
    pub(super) owner_user: Option<Uuid>,
    pub(super) owner_organisation: Option<Uuid>,
    pub(super) scopes: &'row str,
    pub(super) expires_at: Option<i64>,
    pub(super) revoked_at: Option<i64>,
    pub(super) organisation: Option<Uuid>,
    pub(super) role: Option<&'row str>,
}

/// Who asks.
pub(super) struct Caller {
    pub(super) key: Uuid,
    pub(super) organisation: Uuid,
    pub(super) user: Option<Uuid>,
    pub(super) role: Option<Role>,
}

impl Key<'_> {
    /// The caller, if the key is alive and has `scope`.
    pub(super) fn admit(self, presented: &Presented, scope: &str) -> Result<Caller, Refusal> {
        let now = chrono::Utc::now().timestamp_micros();
        let alive = self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now);
        if !alive || !same(self.hash, &presented.0) {
            return Err(Refusal::Unauthorised);
        }
        if self.scopes != "*" && !self.scopes.split(' ').any(|own| own == scope) {
            return Err(Refusal::Forbidden);
        }
        if let Some(organisation) = self.owner_organisation {
            return Ok(Caller {
                key: self.id,
                organisation,
                user: None,
                role: None,
            });
        }
        Ok(Caller {
            key: self.id,
            organisation: self.organisation.ok_or(Refusal::NotFound)?,
            user: self.owner_user,
            role: self.role.map(Role::of),
        })
    }
}

/// Whether two hashes are the same, in a time that does not tell where they
/// differ.
fn same(one: &[u8], other: &[u8; 32]) -> bool {
    let difference = one
        .iter()
        .zip(other)
        .fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && std::hint::black_box(difference) == 0
}

/// A member's role.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    Admin,
    Member,
}

impl Role {
    pub(super) fn of(text: &str) -> Self {
        if text == "admin" {
            Self::Admin
        } else {
            Self::Member
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}
