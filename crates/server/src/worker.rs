//! The background work of the store: mail in the outbox, last uses of keys,
//! clearing away.

use std::time::Duration;

use charter_persistence::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long to wait before work that broke off begins again.
const PAUSE: Duration = Duration::from_secs(5);

/// Background work that runs until it is stopped.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Begins to work.
    pub fn start(store: Store) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(supervise(store, stopped));
        Self { stop, task }
    }

    /// Finishes what is in hand and stops, at the latest after `patience`. What
    /// is not finished by then is repeated after the next start.
    pub async fn finish(self, patience: Duration) {
        // An error means that the task is over already.
        let _ = self.stop.send(true);
        if tokio::time::timeout(patience, self.task).await.is_err() {
            tracing::warn!("background work in hand was not finished; it will be repeated");
        }
    }
}

/// A panic in one delivery must not end all others for good.
async fn supervise(store: Store, mut stopped: watch::Receiver<bool>) {
    loop {
        let mut stop = stopped.clone();
        let work = store.clone();
        let task = tokio::spawn(async move {
            work.work(async move {
                let _ = stop.wait_for(|stop| *stop).await;
            })
            .await;
        });
        if task.await.is_ok() {
            return;
        }
        tracing::error!("background work broke off and begins again");
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
