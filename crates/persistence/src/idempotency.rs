//! Answers kept for retries under the same `Idempotency-Key`.

use async_trait::async_trait;
use charter_contract::{Caller, IdempotencyKey, Internal, Replay, Replays};
use sea_orm::ConnectionTrait;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::seal;

/// How long an answer is kept: 24 hours.
const KEPT: i64 = 86_400;

/// The row of a caller, operation and key.
struct Slot {
    principal: Uuid,
    key_hash: [u8; 32],
}

impl Slot {
    fn of(caller: &Caller, key: &IdempotencyKey) -> Self {
        let identity = &caller.identity;
        // Not the credential: a client that rotates its key between two tries
        // is still the same client. Not the active organisation of a user:
        // creating an organisation changes it.
        let principal = identity
            .user
            .or(identity.organisation)
            .unwrap_or(identity.credential);
        let mut hash = Sha256::new();
        hash.update(caller.call.operation.id);
        hash.update([0]);
        hash.update(&key.key);
        Self {
            principal,
            key_hash: hash.finalize().into(),
        }
    }

    /// What a sealed answer is bound to.
    fn bytes(&self) -> Vec<u8> {
        [self.principal.as_bytes().as_slice(), &self.key_hash].concat()
    }
}

/// Takes the key for this transaction before it does anything. While another
/// transaction holds the same key, this waits for its end.
///
/// # Errors
/// [`Internal::replayed`] when the key has its answer already.
pub(crate) async fn claim(
    store: &Store,
    tx: &impl ConnectionTrait,
    caller: &Caller,
    key: &IdempotencyKey,
) -> Result<(), Internal> {
    let slot = Slot::of(caller, key);
    let now = store.now();
    // An expired row is taken over; a live one is left alone, and no row is
    // written then.
    let claimed = tx
        .execute_raw(store.statement(
            "INSERT INTO idempotency_records \
                 (principal_id, key_hash, fingerprint, reply, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (principal_id, key_hash) DO UPDATE \
             SET fingerprint = excluded.fingerprint, reply = excluded.reply, \
                 created_at = excluded.created_at, expires_at = excluded.expires_at \
             WHERE idempotency_records.expires_at <= excluded.created_at",
            [
                slot.principal.into(),
                slot.key_hash.to_vec().into(),
                key.fingerprint.to_vec().into(),
                Vec::<u8>::new().into(),
                now.micros().into(),
                now.plus_seconds(KEPT).micros().into(),
            ],
        ))
        .await
        .stored()?;
    if claimed.rows_affected() == 0 {
        return Err(Internal::replayed());
    }
    Ok(())
}

/// Keeps `body` as the answer under the claimed key.
pub(crate) async fn keep(
    store: &Store,
    db: &impl ConnectionTrait,
    caller: &Caller,
    key: &IdempotencyKey,
    body: &[u8],
) -> Result<(), Internal> {
    let slot = Slot::of(caller, key);
    let reply = seal::seal(store.server_keys(), store.random(), &slot.bytes(), body)?;
    db.execute_raw(store.statement(
        "UPDATE idempotency_records SET reply = $3 WHERE principal_id = $1 AND key_hash = $2",
        [
            slot.principal.into(),
            slot.key_hash.to_vec().into(),
            reply.into(),
        ],
    ))
    .await
    .stored()?;
    Ok(())
}

#[async_trait]
impl Replays for Store {
    async fn find(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
    ) -> Result<Option<Replay>, Internal> {
        let slot = Slot::of(caller, key);
        let found = self
            .reader()
            .query_one_raw(self.statement(
                "SELECT fingerprint, reply FROM idempotency_records \
                 WHERE principal_id = $1 AND key_hash = $2 AND expires_at > $3",
                [
                    slot.principal.into(),
                    slot.key_hash.to_vec().into(),
                    self.now().micros().into(),
                ],
            ))
            .await
            .stored()?;
        let Some(row) = found else {
            return Ok(None);
        };
        let fingerprint: Vec<u8> = row.try_get_by_index(0).stored()?;
        let reply: Vec<u8> = row.try_get_by_index(1).stored()?;
        Ok(Some(Replay {
            fingerprint: fingerprint
                .try_into()
                .map_err(|_| Internal::new("a stored fingerprint has the wrong length"))?,
            body: seal::open(self.server_keys(), &slot.bytes(), &reply)?.into(),
        }))
    }
}
