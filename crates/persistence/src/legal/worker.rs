//! What the worker does about legal documents.

use charter_contract::Internal;
use futures_util::future::join_all;
use sea_orm::{DbBackend, FromQueryResult as _};

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::legal_document::Model;
use crate::row::{Rows, row};

/// Documents that are worked on side by side.
const BATCH: i64 = 4;

row! {
    struct Due {
        due: bool,
    }
}

impl Store {
    /// Leads the documents that are due as far as they go now, clears away what others have
    /// left, and tells how many of both there were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn advance_documents(&self) -> Result<usize, Internal> {
        // Looking costs a read; claiming would take the writer for nothing.
        let now = self.now();
        let due = Rows::<Due>::of(
            "SELECT EXISTS (SELECT 1 FROM legal_documents WHERE next_poll_at <= $1 \
                                AND (lease_until IS NULL OR lease_until <= $1)) \
                 OR EXISTS (SELECT 1 FROM legal_remnants WHERE next_attempt_at <= $1) AS due",
            [now.micros().into()],
        )
        .one(self.reader())
        .await
        .stored()?;
        if !due.is_some_and(|Due { due }| due) {
            return Ok(0);
        }
        let claimed = self.claim_documents().await?;
        let count = claimed.len();
        for result in join_all(claimed.into_iter().map(|document| self.advance(document))).await {
            result?;
        }
        Ok(count + self.clear_remnants().await?)
    }

    async fn claim_documents(&self) -> Result<Vec<Model>, Internal> {
        // Other servers skip the rows that this one is claiming. SQLite has one
        // writer and no such clause.
        let skip = match self.database().backend() {
            DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        Model::find_by_statement(self.statement(
            &format!(
                "UPDATE legal_documents SET lease_until = $1 \
                 WHERE id IN (SELECT id FROM legal_documents \
                              WHERE next_poll_at <= $2 \
                                AND (lease_until IS NULL OR lease_until <= $2) \
                              ORDER BY next_poll_at LIMIT $3 {skip}) \
                 RETURNING *"
            ),
            [
                self.lease().micros().into(),
                self.now().micros().into(),
                BATCH.into(),
            ],
        ))
        .all(self.database().writer())
        .await
        .stored()
    }
}
