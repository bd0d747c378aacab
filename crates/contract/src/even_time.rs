//! Answers at even times: how long one takes does not tell what was found.
//!
//! The same statements take some tens of microseconds longer where they find rows. So an
//! answer of an operation that says `x-charter-even-time` leaves at the end of a slot of
//! [`EVEN_TIME`], counted from the moment in which its request had been read. Only work
//! that straddles the end of a slot could tell, and it takes far less than one.
//!
//! - Work that takes as long for everybody, and queues when there is much of it, is not
//!   counted ([`uncounted`]): it would carry the rest across the end of a slot.
//! - Nothing that the client decides about is counted, such as how slowly a body
//!   arrives: whoever could choose how much of a slot is left would be shown a whole slot
//!   for a microsecond.
//! - The implementation has returned before an answer waits, so that one that waits
//!   holds no transaction, permit or lock.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::time::Timer;

/// How far apart the moments are at which an answer may leave: many times as long as
/// the work takes, and nothing that a person notices.
pub const EVEN_TIME: Duration = Duration::from_millis(10);

tokio::task_local! {
    static STOPWATCH: Stopwatch;
}

/// What an operation whose answer leaves at an even time does not count.
struct Stopwatch {
    timer: Arc<dyn Timer>,
    uncounted: Cell<Duration>,
}

/// Does the work of an operation, and returns at the end of a slot.
pub(crate) async fn evenly<T>(timer: &Arc<dyn Timer>, work: BoxFuture<'_, T>) -> T {
    let begun = timer.elapsed();
    let stopwatch = Stopwatch {
        timer: timer.clone(),
        uncounted: Cell::default(),
    };
    let measured = async {
        let done = work.await;
        let uncounted = STOPWATCH.try_with(|stopwatch| stopwatch.uncounted.get());
        (done, uncounted.unwrap_or_default())
    };
    let (done, uncounted) = STOPWATCH.scope(stopwatch, measured).await;
    let begun = begun + uncounted;
    let counted = timer.elapsed().saturating_sub(begun);
    timer.reach(begun + end_of_slot(counted)).await;
    done
}

/// When the slot ends in which something is that took so long.
fn end_of_slot(counted: Duration) -> Duration {
    let before = counted.as_nanos() / EVEN_TIME.as_nanos();
    EVEN_TIME * u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// Does work that takes as long whoever it is about, with its wait for a turn. Where the
/// answer is to leave at an even time, it does not count.
pub async fn uncounted<T>(work: impl Future<Output = T>) -> T {
    let Ok(timer) = STOPWATCH.try_with(|stopwatch| stopwatch.timer.clone()) else {
        return work.await;
    };
    let begun = timer.elapsed();
    let done = work.await;
    let taken = timer.elapsed().saturating_sub(begun);
    STOPWATCH.with(|stopwatch| stopwatch.uncounted.set(stopwatch.uncounted.get() + taken));
    done
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use async_trait::async_trait;

    use super::*;

    /// Microseconds that pass when they are told to.
    #[derive(Default)]
    struct Scripted(AtomicU64);

    impl Scripted {
        fn pass(&self, micros: u64) {
            self.0.fetch_add(micros, Ordering::Relaxed);
        }
    }

    #[async_trait]
    impl Timer for Scripted {
        fn elapsed(&self) -> Duration {
            Duration::from_micros(self.0.load(Ordering::Relaxed))
        }

        async fn reach(&self, elapsed: Duration) {
            let micros = u64::try_from(elapsed.as_micros()).unwrap();
            self.0.fetch_max(micros, Ordering::Relaxed);
        }
    }

    /// When an answer leaves, in microseconds after its request was read.
    async fn leaves<F>(work: impl FnOnce(Arc<Scripted>) -> F) -> u64
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let scripted = Arc::new(Scripted::default());
        // Slots begin with the request, not with the timer.
        scripted.pass(123_456);
        let timer: Arc<dyn Timer> = scripted.clone();
        evenly(&timer, Box::pin(work(scripted.clone()))).await;
        scripted.0.load(Ordering::Relaxed) - 123_456
    }

    #[tokio::test]
    async fn answers_leave_at_the_end_of_a_slot() {
        for (takes, expected) in [
            (0, 10_000),
            (1, 10_000),
            (350, 10_000),
            (365, 10_000),
            (9_999, 10_000),
            (10_000, 20_000),
            (12_345, 20_000),
            (1_000_001, 1_010_000),
        ] {
            let left = leaves(|timer| async move { timer.pass(takes) }).await;
            assert_eq!(left, expected, "{takes}");
        }
    }

    #[tokio::test]
    async fn what_takes_as_long_for_everybody_does_not_count() {
        let left = leaves(|timer| async move {
            timer.pass(4_000);
            uncounted(async { timer.pass(43_210) }).await;
            timer.pass(5_000);
            uncounted(async { timer.pass(2_000_001) }).await;
        });
        assert_eq!(left.await, 43_210 + 2_000_001 + 10_000);
    }

    #[tokio::test]
    async fn it_is_done_where_nothing_is_counted_as_well() {
        assert_eq!(uncounted(async { 3 }).await, 3);
    }
}
