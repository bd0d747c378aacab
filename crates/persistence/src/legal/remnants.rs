//! Taking documents away, and what is to be done elsewhere then.

use charter_contract::Internal;
use sea_orm::{
    ColumnTrait as _, DbBackend, EntityTrait as _, FromQueryResult as _, QueryFilter as _,
};
use uuid::Uuid;

use super::agreement::Copy;
use super::arrow::LEASE_SECONDS;
use super::steps::Setback;
use crate::Store;
use crate::audit;
use crate::constraint::Stored as _;
use crate::entity::legal_document;
use crate::entity::legal_remnant::{Column, Entity, Model};
use crate::tenant::Tenant;
use crate::write::Write;

/// Remnants that are cleared away side by side.
const BATCH: i64 = 8;

impl Write {
    /// Takes a document away whose voiding is in hand, and notes what it leaves; whether it
    /// was there still.
    pub(crate) async fn remove_document(
        &self,
        document: &legal_document::Model,
    ) -> Result<bool, Internal> {
        let removed = self
            .db()
            .change(
                "DELETE FROM legal_documents \
                 WHERE id = $1 AND status = 'voiding' AND lease_until = $2",
                vec![document.id.into(), document.lease_until.into()],
            )
            .await
            .stored()?;
        if removed == 0 {
            return Ok(false);
        }
        if let Some(mail) = document.mail_id {
            self.cancel(mail).await?;
        }
        let now = self.now().micros();
        self.insert(Model {
            document_id: document.id,
            organisation_id: document.organisation_id,
            generation: document.generation,
            provider: None,
            envelope_id: None,
            attempts: 0,
            next_attempt_at: now,
            created_at: now,
        })
        .await
        .stored()?;
        Ok(true)
    }

    /// The audit row of a removal that its request began and did not finish.
    pub(super) async fn note_removal(
        &self,
        document: &legal_document::Model,
    ) -> Result<(), Internal> {
        let row = audit::by_worker(
            self.new_id(),
            self.now(),
            "legal_document.deleted",
            document.organisation_id,
            audit::Target {
                kind: "legal_document",
                id: document.id.to_string(),
            },
        );
        self.insert(row).await.stored()
    }

    /// Notes what the documents of an organisation leave that is about to be deleted, held.
    /// It is begun when whoever works on one of them now has certainly ended.
    pub(crate) async fn leave_remnants(&self, tenant: Tenant) -> Result<(), Internal> {
        let now = self.now();
        self.db()
            .change(
                "INSERT INTO legal_remnants \
                     (document_id, organisation_id, generation, provider, envelope_id, \
                      attempts, next_attempt_at, created_at) \
                 SELECT id, organisation_id, generation, \
                        CASE WHEN provider = 'built-in' OR status IN ('finishing', 'signed') \
                             THEN NULL ELSE provider END, \
                        envelope_id, 0, $2, $3 \
                 FROM legal_documents WHERE organisation_id = $1",
                vec![
                    tenant.organisation.into(),
                    now.plus_seconds(LEASE_SECONDS).micros().into(),
                    now.micros().into(),
                ],
            )
            .await
            .stored()?;
        Ok(())
    }
}

impl Store {
    /// Clears away what is due, and tells how much that was.
    pub(super) async fn clear_remnants(&self) -> Result<usize, Internal> {
        let due = self.claim_remnants().await?;
        let count = due.len();
        let cleared = due.into_iter().map(|remnant| self.clear(remnant));
        for result in futures_util::future::join_all(cleared).await {
            result?;
        }
        Ok(count)
    }

    async fn claim_remnants(&self) -> Result<Vec<Model>, Internal> {
        let skip = match self.database().backend() {
            DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        let now = self.now();
        Model::find_by_statement(self.statement(
            &format!(
                "UPDATE legal_remnants SET attempts = attempts + 1, next_attempt_at = $1 \
                 WHERE document_id IN (SELECT document_id FROM legal_remnants \
                                       WHERE next_attempt_at <= $2 \
                                       ORDER BY next_attempt_at LIMIT $3 {skip}) \
                 RETURNING *"
            ),
            [
                now.plus_seconds(LEASE_SECONDS).micros().into(),
                now.micros().into(),
                BATCH.into(),
            ],
        ))
        .all(self.database().writer())
        .await
        .stored()
    }

    async fn clear(&self, remnant: Model) -> Result<(), Internal> {
        match self.clear_elsewhere(&remnant).await {
            Ok(()) => self.forget(remnant.document_id).await,
            Err(Setback::Failed(internal)) => Err(internal),
            Err(Setback::Later(reason)) => {
                let document = remnant.document_id;
                tracing::warn!(%document, %reason, "what a legal document has left is there still");
                self.put_off(&remnant).await
            }
        }
    }

    async fn clear_elsewhere(&self, remnant: &Model) -> Result<(), Setback> {
        let Model {
            document_id,
            organisation_id,
            generation,
            provider,
            ref envelope_id,
            ..
        } = *remnant;
        if let Some(provider) = provider {
            // What was signed just before stays valid, and nobody here can read it.
            self.void(provider, document_id, envelope_id.as_deref())
                .await?;
        }
        // Whatever was kept, also by somebody who had no time to write down that it is.
        for generation in 1..=generation {
            for copy in [Copy::Draft, Copy::Signed] {
                let key = copy.key(organisation_id, document_id, generation)?;
                self.objects().delete(&key).await?;
            }
        }
        Ok(())
    }

    async fn forget(&self, document: Uuid) -> Result<(), Internal> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the id is that of a remnant in hand"
        )]
        let delete = Entity::delete_many();
        delete
            .filter(Column::DocumentId.eq(document))
            .exec(self.database().writer())
            .await
            .stored()?;
        Ok(())
    }

    /// Half a minute, twice as long after each failure, at most six hours. It is never
    /// given up: as long as an envelope is not void, somebody can sign it.
    async fn put_off(&self, remnant: &Model) -> Result<(), Internal> {
        let exponent = u32::try_from(remnant.attempts - 1).unwrap_or(0).min(10);
        let pause = (30 * 2_i64.pow(exponent)).min(21_600);
        let next = self.now().plus_seconds(pause);
        #[expect(
            clippy::disallowed_methods,
            reason = "the id is that of a remnant in hand"
        )]
        let update = Entity::update_many();
        update
            .col_expr(
                Column::NextAttemptAt,
                sea_orm::sea_query::Expr::value(next.micros()),
            )
            .filter(Column::DocumentId.eq(remnant.document_id))
            .filter(Column::Attempts.eq(remnant.attempts))
            .exec(self.database().writer())
            .await
            .stored()?;
        Ok(())
    }
}
