//! Writing: work, audit row and stored answer in one transaction, or none of
//! them.

use std::fmt;

use charter_contract::{Internal, Principal, Timestamp};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Iterable as _, ModelTrait, Value};
use serde::Serialize;
use uuid::Uuid;

use crate::Store;
use crate::audit::{self, Target};
use crate::constraint::Stored as _;
use crate::database::{On, Transaction};
use crate::entity::organisation;
use crate::idempotency::{self, Slot};
use crate::outbox::DELIVERY_SECONDS;
use crate::row::{Columns, FromRow, Row};
use crate::subject::Subject;
use crate::tenant::Tenant;

/// Rows per statement. Statements are kept prepared, one for each number of rows, so
/// their number and size have to be bounded.
pub(crate) const ROWS: usize = 200;

/// The columns of [`organisation::Model`] in its order.
const ORGANISATION: &str = "\
    SELECT id, name, plan_id, billing_email, version, created_at, updated_at, members \
    FROM organisations WHERE id = $1";

const HELD_ORGANISATION: &str = "\
    SELECT id, name, plan_id, billing_email, version, created_at, updated_at, members \
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
            members: columns.next("members")?,
        })
    }
}

/// A transaction that writes.
pub(crate) struct Write {
    tx: Transaction,
    store: Store,
    now: Timestamp,
    organisation: Option<Uuid>,
    actor: Option<Uuid>,
    target: Option<Target>,
    detail: Option<String>,
    subject: Option<Subject>,
    provisional_until: Option<Timestamp>,
}

impl Store {
    /// Runs `work` in a transaction for `principal`, and with it writes the audit
    /// row that the document declares for the operation and, when the call has
    /// an `Idempotency-Key`, its answer. When `work` fails nothing is written.
    ///
    /// # Errors
    /// Those of `work`; [`Internal::replayed`] when the key has its answer
    /// already.
    pub(crate) async fn write<P, T, E>(
        &self,
        principal: &P,
        work: impl AsyncFnOnce(&mut Write) -> Result<T, E>,
    ) -> Result<T, E>
    where
        P: Principal,
        T: Serialize,
        E: From<Internal>,
    {
        let organisation = principal
            .identity()
            .and_then(|identity| identity.organisation);
        let mut write = Write::begin(self, organisation).await?;
        let answer = async {
            let slot = Slot::of_call(principal);
            if let Some((slot, key)) = &slot {
                idempotency::claim(self, &write.tx, slot, key).await?;
            }
            let answer = work(&mut write).await?;
            write.audit(principal).await?;
            if let Some((slot, _)) = &slot {
                let body = serde_json::to_vec(&answer).map_err(Internal::from)?;
                let until = write.provisional_until;
                idempotency::keep(self, &write.tx, slot, &body, until).await?;
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
        principal: &impl Principal,
        answer: &impl Serialize,
    ) -> Result<(), Internal> {
        let Some((slot, _)) = Slot::of_call(principal) else {
            return Ok(());
        };
        let body = serde_json::to_vec(answer)?;
        idempotency::keep(self, self.database().writer(), &slot, &body, None).await
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
            actor: None,
            target: None,
            detail: None,
            subject: None,
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

    /// What it is done to, for the audit row, where it is several things: all their
    /// ids, and how many they are.
    pub(crate) fn targets(&mut self, kind: &'static str, ids: &[impl fmt::Display]) {
        let all: Vec<String> = ids.iter().map(ToString::to_string).collect();
        self.target(kind, all.join(" "));
        self.detail = Some(all.len().to_string());
    }

    /// Who does it, for the audit row of an operation that is called without a
    /// credential.
    pub(crate) const fn actor(&mut self, user: Uuid) {
        self.actor = Some(user);
    }

    /// Which address it is about, for the audit row.
    pub(crate) const fn about(&mut self, subject: Subject) {
        self.subject = Some(subject);
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

    /// Inserts a whole row.
    pub(crate) async fn insert<M: ModelTrait>(&self, row: M) -> Result<(), DbErr> {
        let sql = self.store.inserts().of::<M::Entity>();
        self.tx.change(&sql, values(&row)).await?;
        Ok(())
    }

    /// Inserts whole rows, in as few statements as their number allows; `conflict` says
    /// what happens when there is such a row.
    pub(crate) async fn insert_all<M: ModelTrait>(
        &self,
        rows: &[M],
        conflict: &str,
    ) -> Result<(), DbErr> {
        for rows in rows.chunks(ROWS) {
            let mut sql = self.store.inserts().of_rows::<M::Entity>(rows.len());
            if !conflict.is_empty() {
                sql = format!("{sql} {conflict}").into();
            }
            self.tx
                .change(&sql, rows.iter().flat_map(values).collect())
                .await?;
        }
        Ok(())
    }

    /// Writes down what else came of the call than what its operation says.
    pub(crate) async fn also(
        &self,
        principal: &impl Principal,
        event: &'static str,
        done: audit::Done,
    ) -> Result<(), Internal> {
        let row = audit::success(self.new_id(), self.now, principal, event, done);
        self.insert(row).await.stored()
    }

    async fn audit(&mut self, principal: &impl Principal) -> Result<(), Internal> {
        let Some(event) = principal.call().operation.audit else {
            return Ok(());
        };
        let row = audit::success(
            self.new_id(),
            self.now,
            principal,
            event,
            audit::Done {
                organisation: self.organisation,
                actor: self.actor,
                target: self.target.take(),
                detail: self.detail.take(),
                subject: self.subject,
            },
        );
        self.insert(row).await.stored()
    }
}

/// Inserts a whole row where no unit of work is at hand.
pub(crate) async fn insert<M: ModelTrait>(
    store: &Store,
    db: &impl ConnectionTrait,
    row: M,
) -> Result<(), DbErr> {
    insert_or(store, db, row, "").await
}

/// The same; `conflict` says what happens when there is such a row.
pub(crate) async fn insert_or<M: ModelTrait>(
    store: &Store,
    db: &impl ConnectionTrait,
    row: M,
    conflict: &str,
) -> Result<(), DbErr> {
    let sql = format!("{} {conflict}", store.inserts().of::<M::Entity>());
    db.execute_raw(store.statement(&sql, values(&row))).await?;
    Ok(())
}

/// The values of a row in the order of its columns.
fn values<M: ModelTrait>(row: &M) -> Vec<Value> {
    <M::Entity as EntityTrait>::Column::iter()
        .map(|column| row.get(column))
        .collect()
}

impl fmt::Debug for Write {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Write")
    }
}
