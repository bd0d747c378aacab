//! A timer that nobody waits for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use charter_contract::{Timer, async_trait};

/// So much passes whenever somebody looks.
const STEP: Duration = Duration::from_micros(100);

/// A timer that goes on when it is looked at and when somebody waits, and keeps what
/// it was asked.
#[derive(Default)]
pub struct TestTimer(Mutex<Kept>);

/// What a timer was asked, since that was taken last.
#[derive(Debug, Default)]
pub struct Kept {
    now: Duration,
    /// What it has told, in turn.
    pub told: Vec<Duration>,
    /// What was waited for, in turn.
    pub waited_for: Vec<Duration>,
}

impl TestTimer {
    /// Takes what it was asked.
    pub fn take(&self) -> Kept {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = kept.now;
        std::mem::replace(
            &mut *kept,
            Kept {
                now,
                ..Kept::default()
            },
        )
    }
}

impl Kept {
    /// How long each piece of work took that the even time of an answer does not count.
    pub fn uncounted(&self) -> Vec<Duration> {
        // Between the first and the last look, two are about each.
        let [_, between @ .., _] = self.told.as_slice() else {
            return Vec::new();
        };
        between.chunks_exact(2).map(|of| of[1] - of[0]).collect()
    }
}

#[async_trait]
impl Timer for TestTimer {
    fn elapsed(&self) -> Duration {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.now += STEP;
        let now = kept.now;
        kept.told.push(now);
        now
    }

    async fn reach(&self, elapsed: Duration) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.now = kept.now.max(elapsed);
        kept.waited_for.push(elapsed);
    }
}
