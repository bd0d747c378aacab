//! Who calls, and with what rights.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use poem::http::HeaderValue;
use uuid::Uuid;

use crate::failure::Internal;
use crate::idempotency::IdempotencyKey;
use crate::operation::{CredentialKind, Operation};

/// One call of an operation; what public operations receive.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation.
    pub operation: &'static Operation,
    /// Ties answer, log and audit row together.
    pub request_id: Arc<str>,
    /// The address of the peer, when there is one.
    pub remote: Option<IpAddr>,
    /// The `User-Agent` of the request, as it came.
    pub agent: Option<HeaderValue>,
    /// The `Idempotency-Key` of the request, on operations that take one.
    pub idempotency: Option<IdempotencyKey>,
}

impl Call {
    /// What the program that calls says it is; `None` when it says nothing, or
    /// nothing that can be read.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        let agent = self.agent.as_ref()?.to_str().ok()?.trim();
        (!agent.is_empty()).then_some(agent)
    }
}

/// A call with a valid credential that has the scopes of the operation.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The call.
    pub call: Call,
    /// Whose credential it is.
    pub identity: Identity,
}

/// Whose credential it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The API key or session.
    pub credential: Uuid,
    /// Which of the two it is.
    pub kind: CredentialKind,
    /// The user; `None` for a key owned by an organisation.
    pub user: Option<Uuid>,
    /// The organisation that the key is bound to, else the user's active one.
    pub organisation: Option<Uuid>,
    /// Which organisations it may name, where a path does.
    pub reach: Reach,
    /// The user's role in that organisation.
    pub role: Option<Role>,
    /// What the credential may do.
    pub scopes: Scopes,
}

/// Which organisations a credential may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Each that its user belongs to.
    Any,
    /// The one that the key is bound to, or that owns it.
    Bound(Uuid),
}

impl Reach {
    /// Whether it may name this one.
    #[must_use]
    pub fn contains(self, organisation: Uuid) -> bool {
        match self {
            Self::Any => true,
            Self::Bound(bound) => bound == organisation,
        }
    }
}

/// A member's role in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// May change the organisation, its members, invites and plan.
    Admin,
    /// May use it.
    Member,
}

/// The scopes of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// Whatever its owner may do.
    All,
    /// These only.
    Only(BTreeSet<String>),
}

impl Scopes {
    /// Whether `scope` is among them.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.contains(scope),
        }
    }

    /// Whether every scope of `other` is among them.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(own), Self::Only(other)) => other.is_subset(own),
        }
    }
}

/// A credential as it came with the request.
#[derive(Clone, Copy)]
pub struct Credential<'a>(pub &'a str);

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Finds out whose credential it is.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The identity, or `None` when the credential is unknown, expired or
    /// revoked.
    ///
    /// # Errors
    /// When that could not be found out.
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Identity>, Internal>;
}

/// What an operation's method takes first: [`Caller`], or [`Call`] when the
/// operation is public.
pub trait Principal: Sized + Send + 'static {
    /// From what the gate found; `None` when it needs an identity and there is
    /// none.
    fn admit(call: Call, identity: Option<Identity>) -> Option<Self>;

    /// The call.
    fn call(&self) -> &Call;

    /// Whose credential it came with; `None` on public operations.
    fn identity(&self) -> Option<&Identity>;
}

impl Principal for Call {
    fn admit(call: Call, _identity: Option<Identity>) -> Option<Self> {
        Some(call)
    }

    fn call(&self) -> &Call {
        self
    }

    fn identity(&self) -> Option<&Identity> {
        None
    }
}

impl Principal for Caller {
    fn admit(call: Call, identity: Option<Identity>) -> Option<Self> {
        Some(Self {
            call,
            identity: identity?,
        })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn identity(&self) -> Option<&Identity> {
        Some(&self.identity)
    }
}
