//! Signatures by PandaDoc (`developers.pandadoc.com`, and the OpenAPI document of
//! `PandaDoc/pandadoc-openapi-specification`).
//!
//! PandaDoc is asked and never calls: the worker looks from time to time.

mod answers;
mod outbound;

use async_trait::async_trait;
use bytes::Bytes;
use charter_agreement::SignatureBlock;
use charter_persistence::{
    Envelope, EnvelopeState, SigningError, SigningProvider, Submission, Voiding,
};
use reqwest::multipart::{Form, Part};
use reqwest::{ClientBuilder, Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use answers::{Created, Found, Seen, Status};
use outbound::{Answer, Outbound};

use crate::command::Failure;
use crate::configuration;

/// The role of the only signer; field tags name it.
const ROLE: &str = "signer";

/// Under this name PandaDoc keeps the id of the document beside it.
const DOCUMENT: &str = "charter_id";

/// `document.voided`.
const VOIDED: u8 = 11;

/// What every PDF begins with.
const PDF: &[u8] = b"%PDF-";

/// An account at PandaDoc.
pub struct PandaDoc {
    outbound: Outbound,
}

impl PandaDoc {
    /// The configured account. Nothing is asked for yet; `client` brings what has been
    /// decided about proxies.
    pub fn new(pandadoc: &configuration::PandaDoc, client: ClientBuilder) -> Result<Self, Failure> {
        let api_key = pandadoc
            .api_key
            .clone()
            .ok_or("signing.pandadoc.api_key is not set")?;
        let outbound = Outbound::new(client, pandadoc.address()?, &api_key)?;
        Ok(Self { outbound })
    }

    /// The document that carries our id, if PandaDoc has one.
    async fn find(&self, document: Uuid) -> Result<Option<String>, SigningError> {
        let request = self
            .outbound
            .documents(Method::GET, &format!("metadata_{DOCUMENT}={document}"));
        let answer = self.outbound.send(request).await?.expect(StatusCode::OK)?;
        let found: Found = answer.json()?;
        Ok(found.results.into_iter().next().map(|found| found.id))
    }

    /// What PandaDoc says of a document; `None` when it has it no more.
    async fn see(&self, id: &str) -> Result<Option<Seen>, SigningError> {
        let request = self.outbound.document(Method::GET, &[id]);
        let answer = self.outbound.send(request).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer.expect(StatusCode::OK)?.json().map(Some)
    }

    async fn create(&self, envelope: &Envelope) -> Result<Submission, SigningError> {
        let file = Part::stream(envelope.draft.clone())
            .file_name("agreement.pdf")
            .mime_str("application/pdf")
            .map_err(|error| SigningError::new(error.to_string()))?;
        let data = json!({
            "name": envelope.title,
            "recipients": [{"email": envelope.signer, "role": ROLE}],
            "parse_form_fields": false,
            "metadata": {DOCUMENT: envelope.document},
        });
        let request = self
            .outbound
            // What the vendor tells uploads from other documents by.
            .documents(Method::POST, "upload")
            .multipart(
                Form::new()
                    .part("file", file)
                    .text("data", data.to_string()),
            );
        let answer = self.outbound.send(request).await?;
        match answer.status {
            // What is wrong with this document stays wrong.
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY => Ok(Submission::Refused(format!(
                "PandaDoc answered {}",
                answer.status
            ))),
            _ => {
                let Created { id } = answer.expect(StatusCode::CREATED)?.json()?;
                Ok(Submission::Pending(id))
            }
        }
    }

    async fn send_out(&self, id: String, title: &str) -> Result<Submission, SigningError> {
        let body = json!({
            "subject": title,
            "message": "Please read and sign this agreement.",
            "silent": false,
        });
        let request = self
            .outbound
            .document(Method::POST, &[&id, "send"])
            .json(&body);
        let answer = self.outbound.send(request).await?;
        match answer.status {
            StatusCode::OK => Ok(Submission::Sent(id)),
            // PandaDoc is not done with it.
            StatusCode::CONFLICT | StatusCode::LOCKED => Ok(Submission::Pending(id)),
            status => Err(unexpected(status)),
        }
    }

    async fn delete(&self, id: &str) -> Result<(), SigningError> {
        let request = self.outbound.document(Method::DELETE, &[id]);
        match self.outbound.send(request).await?.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
            status => Err(unexpected(status)),
        }
    }

    async fn expire(&self, id: &str) -> Result<(), SigningError> {
        let body = json!({
            "status": VOIDED,
            "note": "Withdrawn by the organisation that had it made.",
            "notify_recipients": true,
        });
        let request = self
            .outbound
            .document(Method::PATCH, &[id, "status"])
            .json(&body);
        match self.outbound.send(request).await?.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
            status => Err(unexpected(status)),
        }
    }

    async fn download(&self, id: &str, how: &str) -> Result<Answer, SigningError> {
        let request = self.outbound.document(Method::GET, &[id, how]);
        self.outbound.send(request).await
    }
}

#[async_trait]
impl SigningProvider for PandaDoc {
    fn signature_block(&self) -> SignatureBlock {
        let tag = |kind: &str, name: &str| format!("{{{kind}:{ROLE}:{name}________________}}");
        SignatureBlock::FieldTags {
            signature: tag("signature", "signature"),
            name: tag("textfield", "name"),
            title: tag("textfield", "title"),
            date: tag("date", "date"),
        }
    }

    async fn submit(&self, envelope: &Envelope) -> Result<Submission, SigningError> {
        let id = match &envelope.id {
            Some(id) => Some(id.clone()),
            // Perhaps its answer was lost.
            None => self.find(envelope.document).await?,
        };
        let Some(id) = id else {
            return self.create(envelope).await;
        };
        let Some(seen) = self.see(&id).await? else {
            return Ok(Submission::Refused("PandaDoc has lost it".to_owned()));
        };
        match seen.status {
            Status::Draft | Status::Approved => self.send_out(id, &envelope.title).await,
            Status::Uploaded | Status::WaitingApproval | Status::Scheduled => {
                Ok(Submission::Pending(id))
            }
            Status::Sent
            | Status::Viewed
            | Status::ExternalReview
            | Status::WaitingPay
            | Status::Paid
            | Status::Completed => Ok(Submission::Sent(id)),
            Status::Error | Status::Rejected | Status::Declined | Status::Voided => Ok(
                Submission::Refused(format!("PandaDoc says {:?}", seen.status)),
            ),
        }
    }

    async fn state(&self, envelope_id: &str) -> Result<EnvelopeState, SigningError> {
        let Some(seen) = self.see(envelope_id).await? else {
            return Ok(EnvelopeState::Ended);
        };
        Ok(match seen.status {
            Status::Completed | Status::Paid => EnvelopeState::Signed(seen.completed()),
            Status::Error | Status::Rejected | Status::Declined | Status::Voided => {
                EnvelopeState::Ended
            }
            Status::Uploaded
            | Status::Draft
            | Status::Sent
            | Status::Viewed
            | Status::WaitingApproval
            | Status::Approved
            | Status::WaitingPay
            | Status::ExternalReview
            | Status::Scheduled => EnvelopeState::Waiting,
        })
    }

    async fn void(
        &self,
        document: Uuid,
        envelope_id: Option<&str>,
    ) -> Result<Voiding, SigningError> {
        let id = match envelope_id {
            Some(id) => Some(id.to_owned()),
            None => self.find(document).await?,
        };
        let Some(id) = id else {
            return Ok(Voiding::Void);
        };
        let Some(seen) = self.see(&id).await? else {
            return Ok(Voiding::Void);
        };
        let ended = match seen.status {
            Status::Completed | Status::Paid => return Ok(Voiding::Signed(seen.completed())),
            Status::Error | Status::Rejected | Status::Declined | Status::Voided => Ok(()),
            // It cannot be made void from here, but it can go.
            Status::Uploaded
            | Status::Draft
            | Status::Scheduled
            | Status::WaitingApproval
            | Status::Approved => self.delete(&id).await,
            Status::Sent | Status::Viewed | Status::ExternalReview | Status::WaitingPay => {
                self.expire(&id).await
            }
        };
        let Err(error) = ended else {
            return Ok(Voiding::Void);
        };
        // The signer may have been faster.
        match self.see(&id).await? {
            Some(seen) if matches!(seen.status, Status::Completed | Status::Paid) => {
                Ok(Voiding::Signed(seen.completed()))
            }
            Some(seen) if seen.status == Status::Voided => Ok(Voiding::Void),
            None => Ok(Voiding::Void),
            Some(_) => Err(error),
        }
    }

    async fn signed_pdf(&self, envelope_id: &str) -> Result<Option<Bytes>, SigningError> {
        let mut answer = self.download(envelope_id, "download-protected").await?;
        // Keys of the sandbox get no sealed copy.
        if answer.status == StatusCode::UNAUTHORIZED {
            answer = self.download(envelope_id, "download").await?;
        }
        if answer.status == StatusCode::ACCEPTED {
            return Ok(None);
        }
        let pdf = answer.expect(StatusCode::OK)?.body;
        if pdf.starts_with(PDF) {
            Ok(Some(pdf))
        } else {
            Err(SigningError::new("PandaDoc sent something that is no PDF"))
        }
    }
}

fn unexpected(status: StatusCode) -> SigningError {
    SigningError::new(format!("PandaDoc answered {status}"))
}
