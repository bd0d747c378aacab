//! What the pages behind the links to sign by ask for.

use bytes::Bytes;
use charter_contract::{
    BadRequest, Call, Gone, Internal, Location, NotFound, Redacted, ServiceUnavailable, Timestamp,
    Violation, kind,
};
use sea_orm::{ColumnTrait as _, FromQueryResult as _, QueryFilter as _};
use serde::Serialize;

use super::{SignToken, mail};
use crate::Store;
use crate::audit;
use crate::constraint::Stored as _;
use crate::entity::legal_document::{Column, Entity, Model, Provider, Status};
use crate::entity::signature;
use crate::legal::{Setback, printable, typeset_again};
use crate::signed_link::Origin;
use crate::tenant::across_tenants;
use crate::write::Write;

/// What somebody is asked to sign.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentToSign {
    /// What the agreement is called.
    pub title: String,
    /// For whom it is signed.
    pub company_name: String,
    /// Where that is.
    pub company_address: String,
    /// The other side.
    pub operator_name: String,
}

/// That it is signed.
#[derive(Clone, Debug, Serialize)]
pub struct SignatureGiven {
    /// When.
    pub signed_at: Timestamp,
}

/// How the pages that show a document can fail.
#[derive(Debug)]
pub enum SigningPageError {
    /// 404: there is nothing to sign behind the link.
    NotFound(NotFound),
    /// 410: it is signed.
    Gone(Gone),
    /// 500: the server failed.
    Internal(Internal),
    /// 503: the server cannot answer at the moment.
    ServiceUnavailable(ServiceUnavailable),
}

charter_contract::failures!(SigningPageError {
    NotFound,
    Gone,
    Internal,
    ServiceUnavailable
});

/// How signing can fail.
#[derive(Debug)]
pub enum SignDocumentError {
    /// 400: the name cannot be printed.
    BadRequest(BadRequest),
    /// 404: there is nothing to sign behind the link.
    NotFound(NotFound),
    /// 410: it is signed, or cannot be signed as it was sent.
    Gone(Gone),
    /// 500: the server failed.
    Internal(Internal),
    /// 503: the server cannot answer at the moment.
    ServiceUnavailable(ServiceUnavailable),
}

charter_contract::failures!(SignDocumentError {
    BadRequest,
    NotFound,
    Gone,
    Internal,
    ServiceUnavailable
});

impl Store {
    /// What is to be signed by a link.
    ///
    /// # Errors
    /// When there is nothing behind the link, or nothing more to sign.
    pub async fn document_to_sign(
        &self,
        token: &Redacted<String>,
    ) -> Result<DocumentToSign, SigningPageError> {
        let (_, document) = self.waiting::<SigningPageError>(token).await?;
        Ok(DocumentToSign {
            title: mail::title(document.document_type).to_owned(),
            company_name: document.company_name,
            company_address: document.company_address,
            operator_name: document.operator_name,
        })
    }

    /// The draft of it, a PDF.
    ///
    /// # Errors
    /// When there is nothing behind the link, nothing more to sign, or the storage does not
    /// answer.
    pub async fn draft_to_sign(&self, token: &Redacted<String>) -> Result<Bytes, SigningPageError> {
        let (_, document) = self.waiting::<SigningPageError>(token).await?;
        let draft = self.kept_object(document.object_draft.as_deref()).await;
        Ok(draft.map_err(Setback::into_internal)?)
    }

    /// Signs what is behind a link in somebody's name, once.
    ///
    /// # Errors
    /// When there is nothing behind the link, or nothing more to sign; when the name cannot
    /// be printed.
    pub async fn sign_document(
        &self,
        call: Call,
        token: &Redacted<String>,
        name: String,
    ) -> Result<SignatureGiven, SignDocumentError> {
        if let Err(detail) = printable(&name) {
            return Err(BadRequest::violations(vec![Violation {
                location: Location::Body,
                parameter: None,
                pointer: Some("/name".to_owned()),
                keyword: "pattern",
                detail,
            }])
            .into());
        }
        let (link, document) = self.waiting::<SignDocumentError>(token).await?;
        if !typeset_again(self, &document).await? {
            self.give_up(&document).await?;
            return Err(Gone::of(
                &kind::LINK_EXPIRED,
                "This agreement cannot be signed as it was sent. Ask for a new one.",
            )
            .into());
        }
        let mut signed = None;
        let given = self
            .write(&call, async |tx: &mut Write| {
                tx.within(document.organisation_id);
                tx.target("legal_document", document.id);
                // Said of whoever was faster, below.
                let finishing = tx.take_signature(&call, &link, name).await?;
                signed = Some(finishing.ok_or_else(no_link)?);
                Ok::<_, SignDocumentError>(SignatureGiven {
                    signed_at: tx.now(),
                })
            })
            .await;
        match (given, signed) {
            (Ok(given), Some(document)) => {
                self.advance_for_a_while(document).await;
                Ok(given)
            }
            (Err(SignDocumentError::NotFound(_)), None) => {
                match self.waiting::<SignDocumentError>(token).await {
                    Ok(_) => Err(Internal::unavailable("the document is being worked on").into()),
                    Err(error) => Err(error),
                }
            }
            (given, _) => given,
        }
    }

    /// The document that waits to be signed by a link, whose holder may see it whatever
    /// organisation it is of.
    async fn waiting<E>(&self, token: &Redacted<String>) -> Result<(SignToken, Model), E>
    where
        E: From<NotFound> + From<Gone> + From<Internal>,
    {
        let link = SignToken::verify(&token.0, self.server_keys()).ok_or_else(no_link)?;
        let document = across_tenants::<Entity>()
            .filter(Column::Id.eq(link.document))
            .filter(Column::Generation.eq(link.generation))
            .filter(Column::Provider.eq(Provider::BuiltIn))
            .one(self.reader())
            .await
            .stored()?
            .ok_or_else(no_link)?;
        match document.status {
            Status::Submitted => Ok((link, document)),
            Status::Finishing | Status::Signed => {
                let detail = "This agreement is signed. It is signed once.";
                Err(Gone::of(&kind::LINK_USED, detail).into())
            }
            Status::Preparing | Status::Sending | Status::Voiding | Status::Failed => {
                Err(no_link().into())
            }
        }
    }

    /// submitted -> failed: the draft that was sent out is not the one that is made now.
    async fn give_up(&self, document: &Model) -> Result<(), Internal> {
        tracing::warn!(
            document = %document.id,
            "the words of an agreement have changed since it was sent; it has to be made anew"
        );
        self.write_as_operator(async |tx: &mut Write| {
            tx.db()
                .change(
                    "UPDATE legal_documents SET status = 'failed' \
                     WHERE id = $1 AND status = 'submitted' AND generation = $2",
                    vec![document.id.into(), document.generation.into()],
                )
                .await
                .stored()?;
            Ok(())
        })
        .await
    }
}

impl Write {
    /// submitted -> finishing, with the record of the signature. Of two at the same moment
    /// one does, and a document that is being voided is not signed any more.
    async fn take_signature(
        &self,
        call: &Call,
        link: &SignToken,
        name: String,
    ) -> Result<Option<Model>, Internal> {
        let now = self.now();
        let store = self.store();
        let signed = Model::find_by_statement(store.statement(
            "UPDATE legal_documents SET status = 'finishing', signed_at = $3, \
                 next_poll_at = $3, lease_until = $4 \
             WHERE id = $1 AND generation = $2 AND status = 'submitted' \
               AND provider = 'built-in' AND lease_until IS NULL \
             RETURNING *",
            [
                link.document.into(),
                link.generation.into(),
                now.micros().into(),
                store.lease().micros().into(),
            ],
        ))
        .one(self.db())
        .await
        .stored()?;
        let Some(signed) = signed else {
            return Ok(None);
        };
        self.insert(signature::Model {
            document_id: signed.id,
            name,
            address: audit::remote(call).unwrap_or_else(|| "unknown".to_owned()),
            agent: call.user_agent().map(str::to_owned),
            by_mailed_link: link.origin == Origin::Mail,
            signed_at: now.micros(),
            draft_sha256: signed.draft_sha256.clone().unwrap_or_default(),
        })
        .await
        .stored()?;
        Ok(Some(signed))
    }
}

fn no_link() -> NotFound {
    NotFound::new("There is nothing to sign behind this link.")
}
