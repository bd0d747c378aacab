//! Writing: work, audit row and stored answer in one transaction, or none of
//! them.

use std::fmt;

use charter_contract::{Caller, Internal, Timestamp};
use sea_orm::{DbErr, EntityTrait, Iterable as _, ModelTrait};
use serde::Serialize;
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::database::{On, Transaction};
use crate::entity::{audit_entry, organisation};
use crate::idempotency;
use crate::outbox::DELIVERY_SECONDS;
use crate::row::{Columns, FromRow, Row};
use crate::tenant::Tenant;

/// The columns of [`organisation::Model`] in its order.
const ORGANISATION: &str = "\
    SELECT id, name, plan_id, billing_email, version, created_at, updated_at \
    FROM organisations WHERE id = $1";

const HELD_ORGANISATION: &str = "\
    SELECT id, name, plan_id, billing_email, version, created_at, updated_at \
    FROM organisations WHERE id = $1 FOR NO KEY UPDATE";

impl FromRow for organisation::Model {
    fn from_row(row: Row<'_>) -> Result<Self, DbErr> {
        let mut columns = Columns::of(row);
        Ok(Self {
            id: columns.next("id")?,
            name: columns.next("name")?,
            plan_id: columns.next("plan_id")?,
            billing_email: columns.next("billing_email")?,
            version: columns.next("version")?,
            created_at: columns.next("created_at")?,
            updated_at: columns.next("updated_at")?,
        })
    }
}

/// A transaction that writes.
pub(crate) struct Write {
    tx: Transaction,
    store: Store,
    now: Timestamp,
    organisation: Option<Uuid>,
    target: Option<Target>,
    provisional_until: Option<Timestamp>,
}

struct Target {
    kind: &'static str,
    id: String,
}

impl Store {
    /// Runs `work` in a transaction for `caller`, and with it writes the audit
    /// row that the document declares for the operation and, when the call has
    /// an `Idempotency-Key`, its answer. When `work` fails nothing is written.
    ///
    /// # Errors
    /// Those of `work`; [`Internal::replayed`] when the key has its answer
    /// already.
    pub(crate) async fn write<T, E>(
        &self,
        caller: &Caller,
        work: impl AsyncFnOnce(&mut Write) -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: Serialize,
        E: From<Internal>,
    {
        let mut write = Write::begin(self, caller.identity.organisation).await?;
        let answer = async {
            if let Some(key) = &caller.call.idempotency {
                idempotency::claim(self, &write.tx, caller, key).await?;
            }
            let answer = work(&mut write).await?;
            write.audit(caller).await?;
            if let Some(key) = &caller.call.idempotency {
                let body = serde_json::to_vec(&answer).map_err(Internal::from)?;
                let until = write.provisional_until;
                idempotency::keep(self, &write.tx, caller, key, &body, until).await?;
            }
            Ok(answer)
        }
        .await;
        write.end(answer).await
    }

    /// Runs `work` in a transaction for the operator of the server.
    pub(crate) async fn write_as_operator<T, E: From<Internal>>(
        &self,
        work: impl AsyncFnOnce(&mut Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut write = Write::begin(self, None).await?;
        let value = work(&mut write).await;
        write.end(value).await
    }

    /// Makes the answer kept for the call's `Idempotency-Key` final, with what
    /// became known only after the transaction.
    pub(crate) async fn finish_kept_answer(
        &self,
        caller: &Caller,
        answer: &impl Serialize,
    ) -> Result<(), Internal> {
        let Some(key) = &caller.call.idempotency else {
            return Ok(());
        };
        let body = serde_json::to_vec(answer)?;
        idempotency::keep(self, self.database().writer(), caller, key, &body, None).await
    }
}

impl Write {
    async fn begin(store: &Store, organisation: Option<Uuid>) -> Result<Self, Internal> {
        let tx = store.database().begin().await.stored()?;
        Ok(Self {
            tx,
            store: store.clone(),
            // Read once the transaction has its turn, so that what comes later
            // in the database is not earlier on the clock.
            now: store.now(),
            organisation,
            target: None,
            provisional_until: None,
        })
    }

    /// Commits what succeeded and takes back what failed. A failure waits for
    /// that as well: it may speak of what others have written and not committed
    /// yet.
    async fn end<T, E: From<Internal>>(self, result: Result<T, E>) -> Result<T, E> {
        let ended = match &result {
            Ok(_) => self.tx.commit().await,
            Err(_) => self.tx.rollback().await,
        };
        self.store.lately().written();
        ended.stored()?;
        result
    }

    /// The transaction's connection.
    pub(crate) const fn db(&self) -> &Transaction {
        &self.tx
    }

    /// The store.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// The moment of everything in this transaction.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id.
    pub(crate) fn new_id(&self) -> Uuid {
        self.store.new_id(self.now)
    }

    /// What it is done to, for the audit row.
    pub(crate) fn target(&mut self, kind: &'static str, id: impl fmt::Display) {
        self.target = Some(Target {
            kind,
            id: id.to_string(),
        });
    }

    /// Where it is done, for the audit row; where the caller does not work in
    /// that organisation yet.
    pub(crate) const fn within(&mut self, organisation: Uuid) {
        self.organisation = Some(organisation);
    }

    /// The answer is not final before the delivery that the request itself does
    /// has ended: [`Store::finish_kept_answer`] must follow. Should the process
    /// end before, it is final when that delivery would have been given up.
    pub(crate) fn answer_awaits_delivery(&mut self) {
        self.provisional_until = Some(self.now.plus_seconds(DELIVERY_SECONDS));
    }

    /// Reads the organisation's row and holds it until the transaction ends, so
    /// that whatever depends on its members is decided one after the other.
    /// `None` when it has been deleted.
    ///
    /// SQLite's write transactions exclude each other anyway. The lock leaves
    /// the row's key alone: rows that refer to the organisation, such as usage,
    /// are inserted meanwhile.
    pub(crate) async fn lock(
        &self,
        tenant: Tenant,
    ) -> Result<Option<organisation::Model>, Internal> {
        let sql = match &self.tx {
            On::Sqlite(_) => ORGANISATION,
            On::Postgres(_) => HELD_ORGANISATION,
        };
        tenant.rows(sql, []).one(&self.tx).await.stored()
    }

    /// Inserts a whole row. The statement is the same for all rows of a table and
    /// needs no query builder.
    pub(crate) async fn insert<M: ModelTrait>(&self, row: M) -> Result<(), DbErr> {
        let values = <M::Entity as EntityTrait>::Column::iter().map(|column| row.get(column));
        let sql = self.store.inserts().of::<M::Entity>();
        self.tx.change(&sql, values.collect()).await?;
        Ok(())
    }

    async fn audit(&mut self, caller: &Caller) -> Result<(), Internal> {
        let Some(event) = caller.call.operation.audit else {
            return Ok(());
        };
        let (kind, id) = self
            .target
            .take()
            .map(|target| (target.kind.to_owned(), target.id))
            .unzip();
        self.insert(audit_entry::Model {
            id: self.new_id(),
            organisation_id: self.organisation,
            actor_user_id: caller.identity.user,
            actor_key_id: Some(caller.identity.credential),
            event: event.to_owned(),
            target_kind: kind,
            target_id: id,
            request_id: caller.call.request_id.to_string(),
            created_at: self.now.micros(),
        })
        .await
        .stored()?;
        Ok(())
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Write")
    }
}
