//! Answers kept for retries under the same `Idempotency-Key`.

use std::time::Duration;

use async_trait::async_trait;
use charter_contract::{
    Caller, IdempotencyKey, Identity, Internal, Operation, Principal, Replay, Replays, Timestamp,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::seal;

/// How long an answer is kept: 24 hours.
const KEPT: i64 = 86_400;

/// How often a repetition looks whether a provisional answer has become final.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How often it does so at most: 20 seconds long, should the clock stand still.
const LOOKS: usize = 400;

/// The row of a caller, operation and key.
pub(crate) struct Slot {
    principal: Uuid,
    key_hash: [u8; 32],
}

impl Slot {
    fn of(operation: &Operation, identity: &Identity, key: &IdempotencyKey) -> Self {
        // Not the credential: a client that rotates its key between two tries
        // is still the same client. Not the active organisation of a user:
        // creating an organisation changes it.
        let principal = identity
            .user
            .or(identity.organisation)
            .unwrap_or(identity.credential);
        let mut hash = Sha256::new();
        hash.update(operation.id);
        hash.update([0]);
        hash.update(&key.key);
        Self {
            principal,
            key_hash: hash.finalize().into(),
        }
    }

    /// The row of this call. Public operations have none: nobody can be told from
    /// anybody else there.
    pub(crate) fn of_call(principal: &impl Principal) -> Option<(Self, &IdempotencyKey)> {
        let call = principal.call();
        let (key, identity) = (call.idempotency.as_ref()?, principal.identity()?);
        Some((Self::of(call.operation, identity, key), key))
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
    slot: &Slot,
    key: &IdempotencyKey,
) -> Result<(), Internal> {
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
                 created_at = excluded.created_at, expires_at = excluded.expires_at, \
                 provisional_until = NULL \
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

/// Keeps `body` as the answer under the claimed key; until `provisional_until`
/// another one may still take its place.
pub(crate) async fn keep(
    store: &Store,
    db: &impl ConnectionTrait,
    slot: &Slot,
    body: &[u8],
    provisional_until: Option<Timestamp>,
) -> Result<(), Internal> {
    let reply = seal::seal(store.server_keys(), store.random(), &slot.bytes(), body)?;
    db.execute_raw(store.statement(
        "UPDATE idempotency_records SET reply = $3, provisional_until = $4 \
         WHERE principal_id = $1 AND key_hash = $2",
        [
            slot.principal.into(),
            slot.key_hash.to_vec().into(),
            reply.into(),
            provisional_until.map(Timestamp::micros).into(),
        ],
    ))
    .await
    .stored()?;
    Ok(())
}

/// A row as far as a repetition needs it.
#[derive(FromQueryResult)]
struct Kept {
    fingerprint: Vec<u8>,
    reply: Vec<u8>,
    provisional_until: Option<i64>,
}

impl Store {
    async fn kept(&self, slot: &Slot) -> Result<Option<Kept>, Internal> {
        Kept::find_by_statement(self.statement(
            "SELECT fingerprint, reply, provisional_until FROM idempotency_records \
             WHERE principal_id = $1 AND key_hash = $2 AND expires_at > $3",
            [
                slot.principal.into(),
                slot.key_hash.to_vec().into(),
                self.now().micros().into(),
            ],
        ))
        .one(self.reader())
        .await
        .stored()
    }
}

#[async_trait]
impl Replays for Store {
    async fn find(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
    ) -> Result<Option<Replay>, Internal> {
        let slot = Slot::of(caller.call.operation, &caller.identity, key);
        let mut found = self.kept(&slot).await?;
        // Whoever makes the first answer final may be another server, so there
        // is nobody to wait for but the row.
        for _ in 0..LOOKS {
            let provisional = found.as_ref().is_some_and(|kept| {
                let until = kept.provisional_until;
                kept.fingerprint == key.fingerprint
                    && until.is_some_and(|until| until > self.now().micros())
            });
            if !provisional {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            found = self.kept(&slot).await?;
        }
        let Some(Kept {
            fingerprint, reply, ..
        }) = found
        else {
            return Ok(None);
        };
        Ok(Some(Replay {
            fingerprint: fingerprint
                .try_into()
                .map_err(|_| Internal::new("a stored fingerprint has the wrong length"))?,
            body: seal::open(self.server_keys(), &slot.bytes(), &reply)?.into(),
        }))
    }
}
