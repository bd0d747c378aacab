//! Work that keeps a core busy.
//!
//! It runs where it holds up nobody, no more of it at a time than there are permits,
//! and whoever finds none for too long is told to come back. It never runs inside a
//! transaction.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::{Internal, uncounted};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long to wait for a permit.
const PATIENCE: Duration = Duration::from_secs(2);

/// One sort of such work.
pub(crate) struct Aside {
    permits: Arc<Semaphore>,
    crowded: &'static str,
}

impl Aside {
    /// So much of it at a time; `crowded` is what the log says when that is too little.
    pub(crate) fn new(at_once: usize, crowded: &'static str) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(at_once)),
            crowded,
        }
    }

    /// Runs work when it is its turn; answers at even times do not count it. Work that has begun keeps its permit though the
    /// request be given up meanwhile: what is bounded is the memory.
    ///
    /// # Errors
    /// Those of the work, and when its turn does not come.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Internal> + Send + 'static,
    ) -> Result<T, Internal> {
        uncounted(async {
            let permit = timeout(PATIENCE, self.permits.clone().acquire_owned())
                .await
                .map_err(|_| Internal::unavailable(self.crowded))??;
            tokio::task::spawn_blocking(move || {
                let result = work();
                drop(permit);
                result
            })
            .await?
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::Aside;

    #[tokio::test]
    async fn whoever_finds_no_permit_is_told_to_come_back() {
        let aside = Aside::new(2, "too much at once");
        let permits = aside.permits.clone().acquire_many_owned(2).await.unwrap();
        let refused = aside.run(|| Ok(())).await.unwrap_err();
        assert_eq!(refused.into_problem().kind().status, 503);
        drop(permits);
        assert!(aside.run(|| Ok(())).await.is_ok());
    }
}
