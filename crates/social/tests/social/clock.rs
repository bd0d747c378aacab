//! A clock that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use charter_contract::{Clock, Timestamp};

/// A clock that a test sets.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// At the machine's time, which another process takes for its own.
    #[expect(
        clippy::disallowed_methods,
        reason = "oidc-provider has no other clock than the machine's"
    )]
    pub(crate) fn now() -> Arc<Self> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        Arc::new(Self(AtomicI64::new(
            i64::try_from(now.as_micros()).unwrap(),
        )))
    }

    /// At a moment that stays the same.
    pub(crate) fn fixed() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_778_000_000_000_000)))
    }

    /// Moves it, back if that is negative.
    pub(crate) fn add_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// In seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst) / 1_000_000
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
