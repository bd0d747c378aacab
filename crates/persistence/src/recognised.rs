//! Who was recognised a moment ago.
//!
//! Most credentials come many times a second. What the database said of one is
//! believed again until anything is written through this store, so a revocation
//! holds from its answer on. What other processes write is seen after
//! [`BELIEVED`] at the latest.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use charter_contract::{Identity, Timestamp};
use tokio::time::Instant;

/// How long a server may not know of what another one has written.
const BELIEVED: Duration = Duration::from_secs(1);

/// So many credentials at most.
const MOST: usize = 4_096;

/// A credential that is good.
#[derive(Clone, Debug)]
pub(crate) struct Recognised {
    /// Whose it is.
    pub(crate) identity: Identity,
    /// When it ends, in microseconds; `None` when it does not.
    pub(crate) ends_at: Option<i64>,
    /// When it was last used, as far as written.
    pub(crate) last_used_at: Option<i64>,
}

impl Recognised {
    /// Whether it has not ended.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|at| at > now.micros())
    }
}

/// The credentials that were recognised lately, by their hashes.
#[derive(Default)]
pub(crate) struct Lately {
    /// Counts what was written.
    writes: AtomicU64,
    known: RwLock<HashMap<[u8; 32], Known>>,
}

struct Known {
    recognised: Recognised,
    asked: Asked,
}

/// When the database was asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    writes: u64,
    at: Instant,
}

impl Lately {
    /// To be called before the database is asked.
    pub(crate) fn asked(&self) -> Asked {
        Asked {
            writes: self.writes.load(Ordering::SeqCst),
            at: monotonic(),
        }
    }

    /// What the database said last, if it would say the same now.
    pub(crate) fn find(&self, hash: &[u8; 32]) -> Option<Recognised> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let Known { recognised, asked } = known.get(hash)?;
        self.holds(*asked).then(|| recognised.clone())
    }

    /// Keeps what the database has said.
    pub(crate) fn keep(&self, hash: [u8; 32], asked: Asked, recognised: Recognised) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, known| self.holds(known.asked));
            if known.len() >= MOST {
                known.clear();
            }
        }
        known.insert(hash, Known { recognised, asked });
    }

    /// Something was written: nothing that was read before is believed any more.
    pub(crate) fn written(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }

    fn holds(&self, asked: Asked) -> bool {
        asked.writes == self.writes.load(Ordering::SeqCst)
            && monotonic().duration_since(asked.at) < BELIEVED
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how old an answer is must not depend on a clock that can be set"
)]
fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use charter_contract::{CredentialKind, Reach, Scopes};
    use uuid::Uuid;

    use super::*;

    fn recognised() -> Recognised {
        Recognised {
            identity: Identity {
                credential: Uuid::nil(),
                kind: CredentialKind::Key,
                user: None,
                organisation: None,
                reach: Reach::Any,
                role: None,
                scopes: Scopes::All,
            },
            ends_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn is_believed_for_a_while() {
        let lately = Lately::default();
        lately.keep([1; 32], lately.asked(), recognised());
        assert!(lately.find(&[1; 32]).is_some());
        assert!(lately.find(&[2; 32]).is_none());
        let long_ago = Asked {
            at: monotonic().checked_sub(BELIEVED).unwrap(),
            ..lately.asked()
        };
        lately.keep([1; 32], long_ago, recognised());
        assert!(lately.find(&[1; 32]).is_none());
    }

    #[test]
    fn is_not_believed_after_a_write() {
        let lately = Lately::default();
        lately.keep([1; 32], lately.asked(), recognised());
        lately.written();
        assert!(lately.find(&[1; 32]).is_none());
    }

    #[test]
    fn an_answer_from_before_a_write_is_not_kept_as_one_from_after_it() {
        let lately = Lately::default();
        let asked = lately.asked();
        lately.written();
        lately.keep([1; 32], asked, recognised());
        assert!(lately.find(&[1; 32]).is_none());
    }

    #[test]
    fn is_bounded() {
        let lately = Lately::default();
        for number in 0..=MOST {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            lately.keep(hash, lately.asked(), recognised());
        }
        assert!(lately.known.read().unwrap().len() <= MOST);
    }
}
