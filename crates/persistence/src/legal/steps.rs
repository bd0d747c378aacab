//! What happens between two arrows.

use charter_agreement::AgreementError;
use charter_contract::{Internal, Timestamp};
use sea_orm::{ColumnTrait as _, QueryFilter as _, Value};

use super::agreement::{Copy, PDF};
use super::arrow::{LEASE_SECONDS, arrow};
use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::legal_document::{Model, Provider, Status};
use crate::entity::signature;
use crate::object_storage::{NotAnObjectKey, ObjectKey, ObjectStorageError};
use crate::signing::{
    Envelope, EnvelopeState, SigningError, SigningProvider, Submission, Voiding, mail,
};
use crate::tenant::{Tenant, shared};
use crate::write::Write;

/// After so many seconds a service that had a draft and was not done with it is asked
/// again: PandaDoc needs 3 to 5.
const SOON: i64 = 4;

/// The longest pause between two looks at the same document.
const LONGEST_PAUSE: i64 = 15 * 60;

/// Why a step did not come to its arrow.
#[derive(Debug)]
pub(crate) enum Setback {
    /// It may later; the reason is for the log.
    Later(String),
    /// The database, or a fault of ours.
    Failed(Internal),
}

impl Setback {
    /// For a request that cannot go on without it.
    pub(crate) fn into_internal(self) -> Internal {
        match self {
            Self::Later(reason) => Internal::unavailable(reason),
            Self::Failed(internal) => internal,
        }
    }
}

impl From<Internal> for Setback {
    fn from(internal: Internal) -> Self {
        Self::Failed(internal)
    }
}

impl From<NotAnObjectKey> for Setback {
    fn from(error: NotAnObjectKey) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ObjectStorageError> for Setback {
    fn from(error: ObjectStorageError) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<SigningError> for Setback {
    fn from(error: SigningError) -> Self {
        Self::Later(error.to_string())
    }
}

impl Store {
    /// Leads a document, whose lease is in hand, as far as it goes now.
    ///
    /// # Errors
    /// When the database does not answer: the lease ends by itself, and the worker goes
    /// on from there.
    pub(crate) async fn advance(&self, mut document: Model) -> Result<(), Internal> {
        loop {
            let stepped = match document.status {
                Status::Preparing => self.prepare(&document).await,
                Status::Sending => self.submit(&document).await,
                Status::Submitted => self.look(&document).await,
                Status::Voiding => self.withdraw(&document).await,
                Status::Finishing => self.finish(&document).await,
                Status::Signed | Status::Failed => self.rest(&document, None).await,
            };
            match stepped {
                Ok(Some(next)) if next.lease_until.is_some() => document = next,
                Ok(_) => return Ok(()),
                Err(Setback::Failed(internal)) => return Err(internal),
                Err(Setback::Later(reason)) => {
                    tracing::warn!(document = %document.id, %reason, "a legal document waits");
                    let again = self.now().plus_seconds(self.pause(&document));
                    return match self.rest(&document, Some(again)).await {
                        Ok(_) => Ok(()),
                        Err(setback) => Err(setback.into_internal()),
                    };
                }
            }
        }
    }

    /// PandaDoc, if it is configured.
    pub(super) fn pandadoc(&self) -> Result<&dyn SigningProvider, SigningError> {
        self.signing()
            .pandadoc
            .as_deref()
            .ok_or_else(|| SigningError::new("PandaDoc is not configured"))
    }

    /// Until when a lease that begins now is held.
    pub(crate) fn lease(&self) -> Timestamp {
        self.now().plus_seconds(LEASE_SECONDS)
    }

    /// Seconds until the worker looks at a document again: a quarter of the time that it
    /// has been waiting already.
    pub(crate) fn pause(&self, document: &Model) -> i64 {
        let (since, shortest) = match document.status {
            Status::Submitted => (document.submitted_at, self.signing().poll_seconds),
            Status::Finishing => (document.signed_at, SOON),
            _ => (Some(document.created_at), SOON),
        };
        let waited = self.now().micros() - since.unwrap_or(document.created_at);
        (waited / 4_000_000).clamp(shortest.min(LONGEST_PAUSE), LONGEST_PAUSE)
    }

    async fn arrow_from(
        &self,
        document: &Model,
        set: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Model>, Setback> {
        Ok(arrow(self, self.database().writer(), document, set, values).await?)
    }

    /// Lets the lease go; the worker has something to do `again`, or nothing.
    async fn rest(
        &self,
        document: &Model,
        again: Option<Timestamp>,
    ) -> Result<Option<Model>, Setback> {
        self.arrow_from(
            document,
            "lease_until = NULL, next_poll_at = $4",
            [again.map(Timestamp::micros).into()],
        )
        .await
    }

    async fn fail(&self, document: &Model, reason: &str) -> Result<Option<Model>, Setback> {
        tracing::warn!(document = %document.id, %reason, "a legal document has failed");
        self.arrow_from(
            document,
            "status = 'failed', lease_until = NULL, next_poll_at = NULL",
            [],
        )
        .await
    }

    /// preparing -> sending: the draft is typeset and kept.
    async fn prepare(&self, document: &Model) -> Result<Option<Model>, Setback> {
        let (draft, hash) = match self.draft(document).await? {
            Ok(draft) => draft,
            // Nobody can print it later either.
            Err(error @ AgreementError::MissingGlyph(_)) => {
                return self.fail(document, &error.to_string()).await;
            }
            Err(error) => return Err(Setback::Later(error.to_string())),
        };
        let key = Copy::Draft.key_of(document)?;
        self.objects().put(&key, draft, PDF).await?;
        self.arrow_from(
            document,
            "status = 'sending', object_draft = $4, draft_sha256 = $5, lease_until = $6",
            [
                key.as_str().into(),
                hash.to_vec().into(),
                self.lease().micros().into(),
            ],
        )
        .await
    }

    /// sending -> submitted: whoever collects the signature has it.
    async fn submit(&self, document: &Model) -> Result<Option<Model>, Setback> {
        match document.provider {
            Provider::BuiltIn => self.send_here(document).await,
            Provider::PandaDoc => self.send_there(document).await,
        }
    }

    /// The mail with the link is in the outbox, or there is nobody to send it.
    async fn send_here(&self, document: &Model) -> Result<Option<Model>, Setback> {
        let tenant = Tenant {
            organisation: document.organisation_id,
        };
        self.write_as_operator(async |tx: &mut Write| {
            // The organisation before the document, as everywhere.
            if tx.lock(tenant).await?.is_none() {
                return Ok(None);
            }
            let mail_id = tx.new_id();
            let sent = arrow(
                self,
                tx.db(),
                document,
                "status = 'submitted', submitted_at = $4, mail_id = $5, \
                 lease_until = NULL, next_poll_at = NULL",
                [tx.now().micros().into(), mail_id.into()],
            )
            .await?;
            if let Some(sent) = &sent {
                tx.post_for_worker(mail_id, sent.organisation_id, || {
                    mail::write(self, tx.message_id(mail_id), sent)
                })
                .await?;
            }
            Ok(sent)
        })
        .await
    }

    async fn send_there(&self, document: &Model) -> Result<Option<Model>, Setback> {
        let draft = self.kept_object(document.object_draft.as_deref()).await?;
        let envelope = Envelope {
            document: document.id,
            id: document.envelope_id.clone(),
            title: format!(
                "{}: {}",
                mail::title(document.document_type),
                document.company_name
            ),
            signer: document.representative_email.clone(),
            draft,
        };
        match self.pandadoc()?.submit(&envelope).await? {
            Submission::Pending(id) => {
                self.arrow_from(
                    document,
                    "envelope_id = $4, lease_until = NULL, next_poll_at = $5",
                    [id.into(), self.now().plus_seconds(SOON).micros().into()],
                )
                .await
            }
            Submission::Sent(id) => {
                let now = self.now();
                let again = now.plus_seconds(self.signing().poll_seconds);
                self.arrow_from(
                    document,
                    "status = 'submitted', envelope_id = $4, submitted_at = $5, \
                     lease_until = NULL, next_poll_at = $6",
                    [id.into(), now.micros().into(), again.micros().into()],
                )
                .await
            }
            Submission::Refused(reason) => self.fail(document, &reason).await,
        }
    }

    /// submitted -> finishing or failed, where a service tells; here the signer comes.
    async fn look(&self, document: &Model) -> Result<Option<Model>, Setback> {
        let Some(envelope) = &document.envelope_id else {
            return self.rest(document, None).await;
        };
        match self.pandadoc()?.state(envelope).await? {
            EnvelopeState::Waiting => {
                let again = self.now().plus_seconds(self.pause(document));
                self.rest(document, Some(again)).await
            }
            EnvelopeState::Signed(at) => self.was_signed_there(document, at).await,
            EnvelopeState::Ended => self.fail(document, "the signer has declined").await,
        }
    }

    /// submitted or voiding -> finishing.
    pub(crate) async fn was_signed_there(
        &self,
        document: &Model,
        at: Option<Timestamp>,
    ) -> Result<Option<Model>, Setback> {
        self.arrow_from(
            document,
            "status = 'finishing', status_before_voiding = NULL, signed_at = $4, \
             lease_until = $5, next_poll_at = $6",
            [
                at.unwrap_or(self.now()).micros().into(),
                self.lease().micros().into(),
                self.now().micros().into(),
            ],
        )
        .await
    }

    /// finishing -> signed: the signed PDF is kept.
    async fn finish(&self, document: &Model) -> Result<Option<Model>, Setback> {
        let pdf = match document.provider {
            Provider::BuiltIn => {
                let signature = shared::<signature::Entity>()
                    .filter(signature::Column::DocumentId.eq(document.id))
                    .one(self.reader())
                    .await
                    .stored()?
                    .ok_or_else(|| Internal::new("a document is signed without a signature"))?;
                self.signed_here(document, signature).await?
            }
            Provider::PandaDoc => {
                let envelope = document
                    .envelope_id
                    .as_deref()
                    .ok_or_else(|| Internal::new("a document is signed without an envelope"))?;
                match self.pandadoc()?.signed_pdf(envelope).await? {
                    Some(pdf) => pdf,
                    None => {
                        let again = self.now().plus_seconds(self.pause(document));
                        return self.rest(document, Some(again)).await;
                    }
                }
            }
        };
        let key = Copy::Signed.key_of(document)?;
        self.objects().put(&key, pdf, PDF).await?;
        self.arrow_from(
            document,
            "status = 'signed', object_signed = $4, lease_until = NULL, next_poll_at = NULL",
            [key.as_str().into()],
        )
        .await
    }

    /// voiding -> gone or finishing, for a request that did not come back from voiding.
    async fn withdraw(&self, document: &Model) -> Result<Option<Model>, Setback> {
        match self
            .void(
                document.provider,
                document.id,
                document.envelope_id.as_deref(),
            )
            .await?
        {
            Voiding::Signed(at) => self.was_signed_there(document, at).await,
            Voiding::Void => {
                self.write_as_operator(async |tx: &mut Write| {
                    if tx.remove_document(document).await? {
                        tx.note_removal(document).await?;
                    }
                    Ok::<_, Setback>(None)
                })
                .await
            }
        }
    }

    /// Makes sure that nobody signs a document any more. Here nobody can since it is being
    /// voided: its links are of an earlier generation.
    pub(crate) async fn void(
        &self,
        provider: Provider,
        document: uuid::Uuid,
        envelope: Option<&str>,
    ) -> Result<Voiding, SigningError> {
        match provider {
            Provider::BuiltIn => Ok(Voiding::Void),
            Provider::PandaDoc => self.pandadoc()?.void(document, envelope).await,
        }
    }

    /// The object under a key that was written down.
    pub(crate) async fn kept_object(&self, key: Option<&str>) -> Result<bytes::Bytes, Setback> {
        let key = key.ok_or_else(|| Internal::new("a draft was never kept"))?;
        let object = self.objects().get(&ObjectKey::parse(key)?).await?;
        match object {
            Some(object) => Ok(object.bytes().await?),
            None => Err(Setback::Later(format!("{key} is not in the storage"))),
        }
    }
}
