//! `Idempotency-Key`: a repeated request has its effect once.

use async_trait::async_trait;
use bytes::Bytes;
use poem::Request;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::failure::Internal;

/// The key of a request and what tells it from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The header's value.
    pub key: String,
    /// SHA-256 over method, target and body.
    pub fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// The key of a request, if it has one. Its form is checked where the
    /// parameters are read.
    pub(crate) fn of(request: &Request, body: &[u8]) -> Option<Self> {
        let key = request
            .headers()
            .get("idempotency-key")?
            .to_str()
            .ok()?
            .to_owned();
        let target = request.original_uri();
        let mut hash = Sha256::new();
        for part in [
            request.method().as_str(),
            target.path(),
            target.query().unwrap_or(""),
        ] {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(body);
        Some(Self {
            key,
            fingerprint: hash.finalize().into(),
        })
    }
}

/// The stored answer of the first request.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The fingerprint of the first request.
    pub fingerprint: [u8; 32],
    /// Its JSON body; empty for 204.
    pub body: Bytes,
}

/// Finds stored answers. They are written by the transaction that has the
/// effect, so either both are there or none.
#[async_trait]
pub trait Replays: Send + Sync {
    /// The answer stored for this caller, operation and key.
    ///
    /// # Errors
    /// When that could not be found out.
    async fn find(&self, caller: &Caller, key: &IdempotencyKey)
    -> Result<Option<Replay>, Internal>;
}
