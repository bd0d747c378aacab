//! The outbox: side effects that a committed change owes the world.
//!
//! A message is written in the transaction that causes it. Whoever begins a
//! delivery moves `next_attempt_at` ahead first (the lease), so two workers
//! never deliver the same message at once, and one that crashes only postpones
//! it. Between the receiving side's yes and the row's mark a crash can still
//! happen; then the same message, under the same id, goes out again.

use std::time::Duration;

use charter_contract::{Internal, Timestamp};
use futures_util::future::join_all;
use sea_orm::{
    ColumnTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::outbox_message::{Column, Entity, Kind, Model, Outcome};
use crate::mail::{DeliveryError, Mail};
use crate::seal;
use crate::write::Write;

/// How long a delivery may take before another one may begin. Longer than
/// [`PATIENCE`], so that a running delivery is never repeated.
const LEASE_SECONDS: i64 = 60;

/// How long a delivery may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// After so many seconds a delivery has certainly ended and been marked.
pub(crate) const DELIVERY_SECONDS: i64 = 25;

/// Messages delivered side by side.
const BATCH: i64 = 8;

/// After so many deliveries, about a day and a half, a message has failed.
const ATTEMPTS: i64 = 10;

/// A committed message whose delivery the request does itself.
#[derive(Debug)]
pub(crate) struct Posted {
    id: Uuid,
    /// `None` when nothing is configured that could send it.
    mail: Option<Mail>,
}

impl Posted {
    /// Whether there is something that could send it.
    pub(crate) const fn is_tried(&self) -> bool {
        self.mail.is_some()
    }

    /// What has become of it before its first delivery.
    pub(crate) const fn so_far(&self) -> Delivery {
        match self.mail {
            Some(_) => Delivery::Failed,
            None => Delivery::Skipped,
        }
    }
}

/// Who begins the first delivery of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum First {
    /// The request that writes it, which tells what became of it.
    ByRequest,
    /// The worker, at once.
    ByWorker,
}

/// What became of a message at its first delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The receiving side took it.
    Sent,
    /// Not delivered, at least not yet; unless it was refused for good, the
    /// worker goes on trying.
    Failed,
    /// Nothing is configured that could deliver it.
    Skipped,
}

impl Write {
    /// A mail's `Message-ID` under the id of its row.
    pub(crate) fn message_id(&self, id: Uuid) -> String {
        let host = self.store().public_url().host_str().unwrap_or("localhost");
        format!("<{id}@{host}>")
    }

    /// Writes a mail into the outbox, on behalf of `organisation`; `mail` composes
    /// it when something is configured that could send it. The first delivery is
    /// the request's, with [`Store::deliver_now`]; should it never come to that,
    /// the worker delivers when the lease ends.
    pub(crate) async fn post(
        &self,
        id: Uuid,
        organisation: Uuid,
        mail: impl FnOnce() -> Mail,
    ) -> Result<Posted, Internal> {
        let (message, posted) = self.message(id, Some(organisation), First::ByRequest, mail)?;
        self.insert(message).await.stored()?;
        Ok(posted)
    }

    /// The same for a mail that no request waits for: the worker delivers it.
    pub(crate) async fn post_for_worker(
        &self,
        id: Uuid,
        organisation: Uuid,
        mail: impl FnOnce() -> Mail,
    ) -> Result<(), Internal> {
        let (message, _) = self.message(id, Some(organisation), First::ByWorker, mail)?;
        self.insert(message).await.stored()
    }

    /// Writes a mail to a person into the outbox, in nobody's name. The worker
    /// delivers it.
    pub(crate) async fn post_to_person(
        &self,
        id: Uuid,
        mail: impl FnOnce() -> Mail,
    ) -> Result<(), Internal> {
        let (message, _) = self.message(id, None, First::ByWorker, mail)?;
        self.insert(message).await.stored()
    }

    /// The row of a mail, to be inserted.
    pub(crate) fn message(
        &self,
        id: Uuid,
        organisation: Option<Uuid>,
        first: First,
        mail: impl FnOnce() -> Mail,
    ) -> Result<(Model, Posted), Internal> {
        let store = self.store();
        let mail = store.mailer().map(|_| mail());
        let (begun, lease) = match first {
            First::ByRequest => (1, LEASE_SECONDS),
            First::ByWorker => (0, 0),
        };
        let (payload, attempts, outcome, settled_at) = match &mail {
            Some(mail) => {
                let text = serde_json::to_vec(mail)?;
                let sealed = seal::seal(store.server_keys(), store.random(), id.as_bytes(), &text)?;
                (sealed, begun, None, None)
            }
            None => {
                let now = self.now().micros();
                (Vec::new(), 0, Some(Outcome::Skipped), Some(now))
            }
        };
        let message = Model {
            id,
            kind: Kind::Mail,
            organisation_id: organisation,
            payload,
            attempts,
            next_attempt_at: self.now().plus_seconds(lease).micros(),
            outcome,
            settled_at,
            last_failure: None,
            created_at: self.now().micros(),
        };
        Ok((message, Posted { id, mail }))
    }

    /// Takes back a message, unless it is settled already.
    pub(crate) async fn cancel(&self, message: Uuid) -> Result<(), Internal> {
        self.cancel_all([message]).await
    }

    /// Takes back messages, but for those that are settled already.
    pub(crate) async fn cancel_all(
        &self,
        messages: impl IntoIterator<Item = Uuid>,
    ) -> Result<(), Internal> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the ids are those of messages in hand"
        )]
        let update = Entity::update_many();
        update
            .col_expr(Column::Outcome, Expr::value(Outcome::Cancelled))
            .col_expr(Column::SettledAt, Expr::value(self.now().micros()))
            .col_expr(Column::Payload, Expr::value(Vec::<u8>::new()))
            .filter(Column::Id.is_in(messages))
            .filter(Column::Outcome.is_null())
            .exec(self.db())
            .await
            .stored()?;
        Ok(())
    }
}

impl Store {
    /// The first delivery of a message, right after the commit.
    pub(crate) async fn deliver_now(&self, posted: Posted) -> Delivery {
        let Posted { id, mail } = posted;
        let Some(mail) = mail else {
            return Delivery::Skipped;
        };
        let result = self.send(&mail).await;
        let delivery = match &result {
            Ok(()) => Delivery::Sent,
            Err(_) => Delivery::Failed,
        };
        // The row keeps its lease when this fails, and the message is repeated
        // under its id; the answer tells what happened to this delivery.
        if let Err(failure) = self.settle(id, 1, result).await {
            tracing::warn!(?failure, message = %id, "a delivered message could not be marked");
        }
        delivery
    }

    /// Delivers what is due, and tells how many messages that were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliver_due(&self) -> Result<usize, Internal> {
        let due = self.claim().await?;
        let count = due.len();
        for result in join_all(due.into_iter().map(|message| self.deliver(message))).await {
            result?;
        }
        Ok(count)
    }

    /// When the next message is due; `None` while nothing is left to do.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, Internal> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the worker delivers for every organisation"
        )]
        let next = Entity::find()
            .select_only()
            .column(Column::NextAttemptAt)
            .filter(Column::Outcome.is_null())
            .order_by_asc(Column::NextAttemptAt)
            .into_tuple::<i64>()
            .one(self.reader())
            .await
            .stored()?;
        Ok(next.map(Timestamp::from_micros))
    }

    /// How many messages wait to be delivered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_depth(&self) -> Result<u64, Internal> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the depth is that of every organisation together"
        )]
        let waiting = Entity::find().filter(Column::Outcome.is_null());
        waiting.count(self.reader()).await.stored()
    }

    /// Begins the delivery of some due messages.
    async fn claim(&self) -> Result<Vec<Model>, Internal> {
        // Other servers skip the rows that this one is claiming. SQLite has one
        // writer and no such clause.
        let skip = match self.database().backend() {
            DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        let now = self.now();
        #[expect(
            clippy::disallowed_methods,
            reason = "the worker delivers for every organisation"
        )]
        let claimed = Entity::find().from_raw_sql(self.statement(
            &format!(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $1 \
                 WHERE id IN (SELECT id FROM outbox \
                              WHERE outcome IS NULL AND next_attempt_at <= $2 \
                              ORDER BY next_attempt_at LIMIT $3 {skip}) \
                 RETURNING *"
            ),
            [
                now.plus_seconds(LEASE_SECONDS).micros().into(),
                now.micros().into(),
                BATCH.into(),
            ],
        ));
        claimed.all(self.database().writer()).await.stored()
    }

    async fn deliver(&self, message: Model) -> Result<(), Internal> {
        if message.attempts > ATTEMPTS {
            // Its last delivery ended in a crash.
            let failure = DeliveryError::Permanent("the attempts are used up".to_owned());
            return self
                .settle(message.id, message.attempts, Err(failure))
                .await;
        }
        let result = match self.open_mail(&message) {
            Ok(mail) => self.send(&mail).await,
            // Sealed under a key that is no longer accepted; the log has it.
            Err(_) => Err(DeliveryError::Permanent(
                "the payload does not open".to_owned(),
            )),
        };
        self.settle(message.id, message.attempts, result).await
    }

    fn open_mail(&self, message: &Model) -> Result<Mail, Internal> {
        let mail = seal::open(self.server_keys(), message.id.as_bytes(), &message.payload)?;
        Ok(serde_json::from_slice(&mail)?)
    }

    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let Some(mailer) = self.mailer() else {
            return Err(DeliveryError::Temporary(
                "no mailer is configured".to_owned(),
            ));
        };
        tokio::time::timeout(PATIENCE, mailer.send(mail))
            .await
            .unwrap_or_else(|_| Err(DeliveryError::Temporary("it took too long".to_owned())))
    }

    /// Writes how the delivery number `attempt` ended, unless a later one has
    /// begun or the message was cancelled.
    async fn settle(
        &self,
        id: Uuid,
        attempt: i64,
        result: Result<(), DeliveryError>,
    ) -> Result<(), Internal> {
        let now = self.now();
        #[expect(
            clippy::disallowed_methods,
            reason = "the id is that of a message in hand"
        )]
        let update = Entity::update_many()
            .filter(Column::Id.eq(id))
            .filter(Column::Attempts.eq(attempt))
            .filter(Column::Outcome.is_null());
        let update = match result {
            Ok(()) => update
                .col_expr(Column::Outcome, Expr::value(Outcome::Delivered))
                .col_expr(Column::SettledAt, Expr::value(now.micros()))
                .col_expr(Column::Payload, Expr::value(Vec::<u8>::new())),
            Err(DeliveryError::Temporary(reason)) if attempt < ATTEMPTS => update
                .col_expr(
                    Column::NextAttemptAt,
                    Expr::value(now.plus_seconds(pause(attempt)).micros()),
                )
                .col_expr(Column::LastFailure, Expr::value(reason)),
            Err(DeliveryError::Temporary(reason) | DeliveryError::Permanent(reason)) => update
                .col_expr(Column::Outcome, Expr::value(Outcome::Failed))
                .col_expr(Column::SettledAt, Expr::value(now.micros()))
                .col_expr(Column::Payload, Expr::value(Vec::<u8>::new()))
                .col_expr(Column::LastFailure, Expr::value(reason)),
        };
        update.exec(self.database().writer()).await.stored()?;
        Ok(())
    }
}

/// Seconds to wait after the failure of delivery number `attempt`: half a
/// minute, four times as long after each, at most six hours.
fn pause(attempt: i64) -> i64 {
    let exponent = u32::try_from(attempt - 1).unwrap_or(0).min(6);
    (30 * 4_i64.pow(exponent)).min(21_600)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pauses_grow_and_stop_growing() {
        let pauses: Vec<_> = (1..=8).map(super::pause).collect();
        assert_eq!(pauses, [30, 120, 480, 1_920, 7_680, 21_600, 21_600, 21_600]);
    }
}
