//! What runs beside the requests: outbox, wishes for mails, legal documents, uses of
//! keys, clearing away.

use std::pin::pin;
use std::time::Duration;

use charter_contract::Internal;
use sea_orm::ConnectionTrait as _;

use crate::Store;
use crate::constraint::Stored as _;

/// How often to look for work that nobody announced: retries that come due, and
/// messages that another server left behind.
const ROUND: Duration = Duration::from_secs(2);

/// How many rounds between clearings, about an hour.
const CLEARING: u32 = 1_800;

/// How long a settled message is kept: 30 days.
const SETTLED_KEPT: i64 = 30 * 86_400;

/// What a round leaves.
enum Left {
    /// Perhaps more that is due.
    More,
    /// Nothing that is due.
    Nothing,
}

impl Store {
    /// Works until `stop` resolves; then finishes what is in hand.
    ///
    /// A database that does not answer is tried again in the next round.
    pub async fn work(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        for round in 0_u32.. {
            let pause = match self.round(round).await {
                Ok(Left::Nothing) => ROUND,
                Ok(Left::More) => Duration::ZERO,
                Err(failure) => {
                    tracing::warn!(?failure, "background work will be tried again");
                    ROUND
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Err(failure) = self.write_last_used().await {
            tracing::warn!(?failure, "the last uses of keys were not written");
        }
    }

    /// A little of everything, so that stopping never waits for a long queue.
    async fn round(&self, round: u32) -> Result<Left, Internal> {
        self.write_last_used().await?;
        if round.is_multiple_of(CLEARING) {
            self.clear_away().await?;
        }
        let granted = self.grant_wishes().await?;
        // Looking costs a read; claiming would take the writer for nothing.
        let due = self.next_due().await?;
        let deliver = async {
            if due.is_some_and(|due| due <= self.now()) {
                self.deliver_due().await
            } else {
                Ok(0)
            }
        };
        // A signing service may take its time; mails do not wait for it.
        let (delivered, advanced) = tokio::join!(deliver, self.advance_documents());
        Ok(match granted + delivered? + advanced? {
            0 => Left::Nothing,
            _ => Left::More,
        })
    }

    /// Deletes what has served its time: answers kept for retries, and messages
    /// that were settled long ago and that no invite tells about; and of signing
    /// in, what has ended, expired or was never confirmed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clear_away(&self) -> Result<(), Internal> {
        let now = self.now();
        let writer = self.database().writer();
        writer
            .execute_raw(self.statement(
                "DELETE FROM idempotency_records WHERE expires_at <= $1",
                [now.micros().into()],
            ))
            .await
            .stored()?;
        writer
            .execute_raw(self.statement(
                "DELETE FROM outbox WHERE settled_at <= $1 \
                     AND NOT EXISTS (SELECT 1 FROM invites WHERE invites.mail_id = outbox.id)",
                [now.plus_seconds(-SETTLED_KEPT).micros().into()],
            ))
            .await
            .stored()?;
        self.clear_identity().await
    }
}
