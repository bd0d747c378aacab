//! Legal documents.

use std::time::Duration;

use charter_api_governance::legal_documents::{
    CreateLegalDocumentError, CreateLegalDocumentRequest, DeleteLegalDocumentError,
    DeleteLegalDocumentRequest, DownloadLegalDocumentError, DownloadLegalDocumentRequest,
    DownloadLegalDocumentResponse, GetLegalDocumentError, GetLegalDocumentRequest,
    LegalDocumentsApi, ListLegalDocumentsError, ListLegalDocumentsRequest,
};
use charter_api_governance::models::{
    CreateLegalDocument, LegalDocument, LegalDocumentList, LegalDocumentStatus, LegalDocumentType,
    UserBasic,
};
use charter_contract::{
    BadRequest, Caller, Conflict, Forbidden, Internal, Location, NotFound, Redacted,
    ServiceUnavailable, Timestamp, Violation, async_trait, kind,
};
use sea_orm::FromQueryResult as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::pages::{Page, Place};
use super::seat::Seat;
use crate::Store;
use crate::constraint::{self, Stored as _};
use crate::database::Reads;
use crate::entity::legal_document::{Model, Provider, Status, Type};
use crate::legal::{Setback, arrow, printable};
use crate::object_storage::ObjectKey;
use crate::row::row;
use crate::signed_link::Origin;
use crate::signing::{SignToken, Voiding};
use crate::tenant::Tenant;
use crate::write::Write;

/// How long a request waits for its document to be on its way.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the address of a signed PDF is good.
const DOWNLOAD: Duration = Duration::from_secs(60);

/// When to try again what somebody else is at.
const RETRY_AFTER: u64 = 5;

row! {
    /// A document with the user who made it.
    struct DocumentRow {
        id: Uuid,
        document_type: Type,
        company_name: String,
        company_address: String,
        representative_email: String,
        status: Status,
        provider: Provider,
        generation: i64,
        object_signed: Option<String>,
        created_at: i64,
        signed_at: Option<i64>,
        user_id: Option<Uuid>,
        name: Option<String>,
        first_name: Option<String>,
        last_name: Option<String>,
        email: Option<String>,
    }
}

const DOCUMENTS: &str = "\
    SELECT d.id, d.document_type, d.company_name, d.company_address, d.representative_email, \
           d.status, d.provider, d.generation, d.object_signed, d.created_at, d.signed_at, \
           u.id AS user_id, u.name, u.first_name, u.last_name, u.email \
    FROM legal_documents d LEFT JOIN users u ON u.id = d.created_by \
    WHERE d.organisation_id = $1 ORDER BY d.created_at DESC, d.id DESC";

const DOCUMENT: &str = "\
    SELECT d.id, d.document_type, d.company_name, d.company_address, d.representative_email, \
           d.status, d.provider, d.generation, d.object_signed, d.created_at, d.signed_at, \
           u.id AS user_id, u.name, u.first_name, u.last_name, u.email \
    FROM legal_documents d LEFT JOIN users u ON u.id = d.created_by \
    WHERE d.organisation_id = $1 AND d.id = $2";

/// One document of an organisation.
async fn find(db: &impl Reads, tenant: Tenant, id: Uuid) -> Result<Option<DocumentRow>, Internal> {
    let found = tenant.rows::<DocumentRow>(DOCUMENT, [id.into()]);
    found.one(db).await.stored()
}

impl Store {
    fn legal_document(&self, row: DocumentRow) -> Result<LegalDocument, Internal> {
        let DocumentRow {
            id,
            document_type,
            company_name,
            company_address,
            representative_email,
            status,
            provider,
            generation,
            object_signed: _,
            created_at,
            signed_at,
            user_id,
            name,
            first_name,
            last_name,
            email,
        } = row;
        let waits = status == Status::Submitted && provider == Provider::BuiltIn;
        let created_by = match (user_id, email) {
            (Some(uuid), Some(email)) => Some(UserBasic {
                uuid,
                first_name: first_name.or(name).unwrap_or_default().try_into()?,
                last_name: last_name.unwrap_or_default().try_into()?,
                email: email.try_into()?,
            }),
            _ => None,
        };
        Ok(LegalDocument {
            id,
            document_type: document_type.into(),
            company_name: company_name.try_into()?,
            company_address: company_address.try_into()?,
            representative_email: representative_email.try_into()?,
            status: status.into(),
            signing_url: waits.then(|| {
                Redacted(self.sign_url(SignToken {
                    document: id,
                    generation,
                    origin: Origin::Answer,
                }))
            }),
            created_by,
            created_at: Timestamp::from_micros(created_at),
            signed_at: signed_at.map(Timestamp::from_micros),
        })
    }

    /// Leads a document on while a request waits for it, and goes on when that does not any
    /// more.
    pub(crate) async fn advance_for_a_while(&self, document: Model) {
        let (store, id) = (self.clone(), document.id);
        let work = async move {
            if let Err(failure) = store.advance(document).await {
                tracing::warn!(?failure, document = %id, "the worker will go on with it");
            }
        };
        let work = tokio::spawn(work.in_current_span());
        // Neither the end of patience nor a panic is the request's: the worker goes on.
        let _ = tokio::time::timeout(PATIENCE, work).await;
    }

    /// The document as it is now.
    async fn shown(&self, tenant: Tenant, id: Uuid) -> Result<LegalDocument, Internal> {
        let row = find(self.reader(), tenant, id)
            .await?
            .ok_or_else(|| Internal::new("a document that was just made is gone"))?;
        self.legal_document(row)
    }
}

#[async_trait]
impl LegalDocumentsApi for Store {
    async fn list_legal_documents(
        &self,
        caller: Caller,
        request: ListLegalDocumentsRequest,
    ) -> Result<LegalDocumentList, ListLegalDocumentsError> {
        let ListLegalDocumentsRequest {
            organization_id,
            limit,
            offset,
        } = request;
        let seat = self
            .seat::<ListLegalDocumentsError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        // One of each type, so there are hardly more of them than of words for them.
        let documents = seat
            .tenant
            .rows::<DocumentRow>(DOCUMENTS, [])
            .all(self.reader())
            .await
            .stored()?;
        let page = Page::new(limit, offset);
        let count = i64::try_from(documents.len()).map_err(Internal::from)?;
        let Place {
            count,
            next,
            previous,
        } = page.place(self, &caller, Some(organization_id), count, &[])?;
        let (limit, offset) = (
            usize::try_from(page.limit()).map_err(Internal::from)?,
            usize::try_from(page.offset()).map_err(Internal::from)?,
        );
        Ok(LegalDocumentList {
            count,
            next,
            previous,
            results: documents
                .into_iter()
                .skip(offset)
                .take(limit)
                .map(|row| self.legal_document(row))
                .collect::<Result<_, _>>()?,
        })
    }

    async fn create_legal_document(
        &self,
        caller: Caller,
        request: CreateLegalDocumentRequest,
    ) -> Result<LegalDocument, CreateLegalDocumentError> {
        let CreateLegalDocumentRequest {
            organization_id,
            body,
        } = request;
        let seat = self
            .seat::<CreateLegalDocumentError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        refuse_unprintable(&body)?;
        let CreateLegalDocument {
            document_type,
            company_name,
            company_address,
            representative_email,
        } = body;
        let mut begun = None;
        let answer = self
            .write_at(&caller, seat, async |tx: &mut Write| {
                seat.hold_as_admin::<CreateLegalDocumentError>(tx, &caller)
                    .await?;
                let now = tx.now();
                let document = Model {
                    id: tx.new_id(),
                    organisation_id: organization_id,
                    document_type: document_type.into(),
                    company_name: company_name.into(),
                    company_address: company_address.into(),
                    representative_email: representative_email.into(),
                    operator_name: self.operator_name(),
                    operator_address: self.signing().operator_address.clone(),
                    status: Status::Preparing,
                    provider: self.signing().provider,
                    envelope_id: None,
                    object_draft: None,
                    object_signed: None,
                    draft_sha256: None,
                    mail_id: None,
                    created_by: caller.identity.user,
                    created_at: now.micros(),
                    submitted_at: None,
                    signed_at: None,
                    generation: 1,
                    next_poll_at: Some(now.micros()),
                    // The request begins with it; should it not come to that, the worker.
                    lease_until: Some(self.lease().micros()),
                    status_before_voiding: None,
                };
                tx.target("legal_document", document.id);
                tx.insert(document.clone())
                    .await
                    .on_constraint(&constraint::LEGAL_DOCUMENT_TYPE, || {
                        CreateLegalDocumentError::from(document_exists(document_type))
                    })?;
                tx.answer_awaits_delivery();
                let row = find(tx.db(), seat.tenant, document.id).await?;
                begun = Some(document);
                let row = row.ok_or_else(|| Internal::new("an inserted document is not there"))?;
                Ok::<LegalDocument, CreateLegalDocumentError>(self.legal_document(row)?)
            })
            .await?;
        let Some(document) = begun else {
            return Ok(answer);
        };
        let id = document.id;
        self.advance_for_a_while(document).await;
        // What was committed is told even if nobody can say how far it got.
        let answer = self.shown(seat.tenant, id).await.unwrap_or(answer);
        if let Err(failure) = self.finish_kept_answer(&caller, &answer).await {
            tracing::warn!(?failure, document = %id, "a kept answer was not finished");
        }
        Ok(answer)
    }

    async fn get_legal_document(
        &self,
        caller: Caller,
        request: GetLegalDocumentRequest,
    ) -> Result<LegalDocument, GetLegalDocumentError> {
        let GetLegalDocumentRequest {
            organization_id,
            id,
        } = request;
        let seat = self
            .seat::<GetLegalDocumentError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        let row = find(self.reader(), seat.tenant, id)
            .await?
            .ok_or_else(no_document)?;
        Ok(self.legal_document(row)?)
    }

    async fn delete_legal_document(
        &self,
        caller: Caller,
        request: DeleteLegalDocumentRequest,
    ) -> Result<(), DeleteLegalDocumentError> {
        let DeleteLegalDocumentRequest {
            organization_id,
            id,
        } = request;
        let seat = self
            .seat::<DeleteLegalDocumentError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        let document = self.begin_voiding(&caller, seat, id).await?;
        let envelope = document.envelope_id.as_deref();
        match self.void(document.provider, id, envelope).await {
            Ok(Voiding::Void) => {
                self.write_at(&caller, seat, async |tx: &mut Write| {
                    tx.target("legal_document", id);
                    if tx.remove_document(&document).await? {
                        Ok(())
                    } else {
                        Err(DeleteLegalDocumentError::from(somebody_is_at_it()))
                    }
                })
                .await
            }
            Ok(Voiding::Signed(at)) => {
                let signed = self.was_signed_there(&document, at).await;
                if let Some(signed) = signed.map_err(Setback::into_internal)? {
                    self.advance_for_a_while(signed).await;
                }
                Err(document_signed().into())
            }
            Err(error) => {
                tracing::warn!(document = %id, %error, "a legal document was not voided");
                self.stop_voiding(&document).await?;
                Err(not_voided().into())
            }
        }
    }

    async fn download_legal_document(
        &self,
        caller: Caller,
        request: DownloadLegalDocumentRequest,
    ) -> Result<DownloadLegalDocumentResponse, DownloadLegalDocumentError> {
        let DownloadLegalDocumentRequest {
            organization_id,
            id,
        } = request;
        let seat = self
            .seat::<DownloadLegalDocumentError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        let row = find(self.reader(), seat.tenant, id)
            .await?
            .ok_or_else(no_document)?;
        let Some(key) = row.object_signed.filter(|_| row.status == Status::Signed) else {
            return Err(unsigned(row.status).into());
        };
        let key = ObjectKey::parse(key).map_err(Internal::from)?;
        let file_name = format!(
            "{}-{}.pdf",
            LegalDocumentType::from(row.document_type),
            row.company_name
        );
        let url = self
            .objects()
            .presign(&key, &file_name, DOWNLOAD)
            .await
            .map_err(Internal::unavailable)?;
        Ok(DownloadLegalDocumentResponse {
            location: Redacted(url.into()),
        })
    }
}

impl Store {
    /// The name of the other side.
    fn operator_name(&self) -> String {
        let host = || self.public_url().host_str().unwrap_or("localhost");
        let name = self.signing().operator_name.as_deref();
        name.unwrap_or_else(host).to_owned()
    }

    /// -> voiding: from now on nobody signs the document here, and no worker touches it.
    async fn begin_voiding(
        &self,
        caller: &Caller,
        seat: Seat,
        id: Uuid,
    ) -> Result<Model, DeleteLegalDocumentError> {
        // In a unit without an audit row: nothing is deleted yet.
        self.write_as_operator(async |tx: &mut Write| {
            seat.hold_as_admin::<DeleteLegalDocumentError>(tx, caller)
                .await?;
            let begun = Model::find_by_statement(self.statement(
                "UPDATE legal_documents SET status = 'voiding', \
                     status_before_voiding = COALESCE(status_before_voiding, status), \
                     generation = generation + 1, lease_until = $4, next_poll_at = $3 \
                 WHERE organisation_id = $1 AND id = $2 \
                   AND status IN ('preparing', 'sending', 'submitted', 'failed', 'voiding') \
                   AND (lease_until IS NULL OR lease_until <= $3) \
                 RETURNING *",
                [
                    seat.tenant.organisation.into(),
                    id.into(),
                    tx.now().micros().into(),
                    self.lease().micros().into(),
                ],
            ))
            .one(tx.db())
            .await
            .stored()?;
            if let Some(begun) = begun {
                return Ok(begun);
            }
            Err(match find(tx.db(), seat.tenant, id).await? {
                None => no_document().into(),
                Some(row) if matches!(row.status, Status::Finishing | Status::Signed) => {
                    document_signed().into()
                }
                Some(_) => somebody_is_at_it().into(),
            })
        })
        .await
    }

    /// voiding -> back to where it was.
    async fn stop_voiding(&self, document: &Model) -> Result<(), Internal> {
        let before = document.status_before_voiding.unwrap_or(Status::Failed);
        let again = match before {
            Status::Failed => None,
            _ => Some(self.now().plus_seconds(self.pause(document)).micros()),
        };
        arrow(
            self,
            self.database().writer(),
            document,
            "status = $4, status_before_voiding = NULL, lease_until = NULL, next_poll_at = $5",
            [before.into(), again.into()],
        )
        .await?;
        Ok(())
    }
}

/// Refuses what the PDF could not show. Addresses of mail are ASCII, which every font has.
fn refuse_unprintable(body: &CreateLegalDocument) -> Result<(), BadRequest> {
    let texts: [(&str, &str); 2] = [
        ("/company_name", body.company_name.as_ref()),
        ("/company_address", body.company_address.as_ref()),
    ];
    let violations: Vec<_> = texts
        .into_iter()
        .filter_map(|(pointer, text)| {
            Some(Violation {
                location: Location::Body,
                parameter: None,
                pointer: Some(pointer.to_owned()),
                keyword: "pattern",
                detail: printable(text).err()?,
            })
        })
        .collect();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(BadRequest::violations(violations))
    }
}

fn no_document() -> NotFound {
    NotFound::new("The organisation has no legal document with this id.")
}

fn unsigned(status: Status) -> NotFound {
    let detail = match status {
        Status::Failed => "The document was not signed.",
        Status::Preparing | Status::Sending => "The document is still being prepared.",
        Status::Finishing | Status::Signed => "The document is signed, and its PDF on the way.",
        Status::Submitted | Status::Voiding => "The document is still out for signature.",
    };
    NotFound::of(&kind::DOCUMENT_UNSIGNED, detail)
}

fn document_exists(document_type: LegalDocumentType) -> Conflict {
    Conflict::of(
        &kind::DOCUMENT_EXISTS,
        format!("The organisation has a document of the type {document_type}. Delete it first."),
    )
}

fn document_signed() -> Forbidden {
    Forbidden::of(
        &kind::DOCUMENT_SIGNED,
        "A signed document cannot be deleted.",
    )
}

fn not_voided() -> ServiceUnavailable {
    ServiceUnavailable::of(
        &kind::SIGNING_UNAVAILABLE,
        "The signing service did not void the document, so it stays. Try again.",
    )
    .retry_after(RETRY_AFTER)
}

fn somebody_is_at_it() -> ServiceUnavailable {
    ServiceUnavailable::of(
        &kind::SIGNING_UNAVAILABLE,
        "The document is on its way to the signer at this moment. Try again.",
    )
    .retry_after(RETRY_AFTER)
}

impl From<Type> for LegalDocumentType {
    fn from(document_type: Type) -> Self {
        match document_type {
            Type::Baa => Self::Baa,
            Type::Dpa => Self::Dpa,
        }
    }
}

impl From<LegalDocumentType> for Type {
    fn from(document_type: LegalDocumentType) -> Self {
        match document_type {
            LegalDocumentType::Baa => Self::Baa,
            LegalDocumentType::Dpa => Self::Dpa,
        }
    }
}

impl From<Status> for LegalDocumentStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Preparing | Status::Sending => Self::Preparing,
            Status::Submitted | Status::Voiding | Status::Finishing => Self::SubmittedForSignature,
            Status::Signed => Self::Signed,
            Status::Failed => Self::Failed,
        }
    }
}
