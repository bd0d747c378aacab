//! The clock, the timer and the randomness of the machine, behind the traits of
//! `charter-contract`. Nothing else in the service asks the machine for them.

use std::time::Duration;

use charter_contract::{Clock, Random, Timer, Timestamp, async_trait};
use rand::Rng as _;
use tokio::time::{Instant, sleep_until};

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others stand for"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from(chrono::Utc::now())
    }
}

/// Time as the machine measures it, since the timer was made. Waits end at whole
/// milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct SystemTimer(Instant);

impl Default for SystemTimer {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the timer that all others stand for"
    )]
    fn default() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Timer for SystemTimer {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn reach(&self, elapsed: Duration) {
        sleep_until(self.0 + elapsed).await;
    }
}

/// The cryptographic generator of the process, seeded and reseeded by the
/// operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the randomness that all others stand for"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
