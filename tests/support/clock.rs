//! A clock that stands still until it is told otherwise.

use std::sync::atomic::{AtomicI64, Ordering};

use charter_contract::{Clock, Timestamp};

/// 2026-03-15T12:00:00Z, in the middle of a month.
pub const START: i64 = 1_773_576_000_000_000;

/// A settable clock.
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(START))
    }
}

impl TestClock {
    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
