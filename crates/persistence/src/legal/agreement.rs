//! A document as a PDF.

use bytes::Bytes;
use charter_agreement::{AgreementError, Facts, Kind, Party, Signature, SignatureBlock, Way};
use charter_contract::{Internal, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::steps::Setback;
use crate::Store;
use crate::entity::legal_document::{Model, Provider, Type};
use crate::entity::signature;
use crate::object_storage::{NotAnObjectKey, ObjectKey};

/// What the objects are.
pub(super) const PDF: &str = "application/pdf";

/// Which of the two PDFs of a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Copy {
    Draft,
    Signed,
}

impl Copy {
    /// Where it is kept. The name is known before there is anything to keep, so that
    /// keeping it once more changes nothing.
    pub(super) fn key(
        self,
        organisation: Uuid,
        document: Uuid,
        generation: i64,
    ) -> Result<ObjectKey, NotAnObjectKey> {
        let suffix = match self {
            Self::Draft => "-draft",
            Self::Signed => "",
        };
        ObjectKey::parse(format!(
            "legal/{organisation}/{document}/{generation}{suffix}.pdf"
        ))
    }

    pub(super) fn key_of(self, document: &Model) -> Result<ObjectKey, NotAnObjectKey> {
        self.key(document.organisation_id, document.id, document.generation)
    }
}

/// The first character of a text that cannot be printed, as a caller is told of it.
pub(crate) fn printable(text: &str) -> Result<(), String> {
    match charter_agreement::missing_glyph(text) {
        None => Ok(()),
        Some(character) => Err(format!(
            "has a character that the agreement cannot be printed with: U+{:04X}",
            u32::from(character)
        )),
    }
}

fn facts(document: &Model, signature_block: SignatureBlock) -> Facts {
    Facts {
        document_id: document.id,
        kind: match document.document_type {
            Type::Baa => Kind::Baa,
            Type::Dpa => Kind::Dpa,
        },
        company: Party {
            name: document.company_name.clone(),
            address: Some(document.company_address.clone()),
        },
        representative_email: document.representative_email.clone(),
        operator: Party {
            name: document.operator_name.clone(),
            address: document.operator_address.clone(),
        },
        at: Timestamp::from_micros(document.created_at).date_time(),
        signature_block,
    }
}

impl Store {
    /// The draft of a document, and its SHA-256.
    pub(super) async fn draft(
        &self,
        document: &Model,
    ) -> Result<Result<(Bytes, [u8; 32]), AgreementError>, Setback> {
        let block = match document.provider {
            Provider::BuiltIn => SignatureBlock::Lines,
            Provider::PandaDoc => self.pandadoc()?.signature_block(),
        };
        let facts = facts(document, block);
        let typeset = self
            .typesetting()
            .run(move || {
                Ok(charter_agreement::draft(&facts).map(|pdf| {
                    let hash = Sha256::digest(&pdf).into();
                    (Bytes::from(pdf), hash)
                }))
            })
            .await?;
        Ok(typeset)
    }

    /// The document as it was signed here: the pages of the draft, and the record of the
    /// signature.
    pub(super) async fn signed_here(
        &self,
        document: &Model,
        signature: signature::Model,
    ) -> Result<Bytes, Setback> {
        let facts = facts(document, SignatureBlock::Lines);
        let signature::Model {
            document_id: _,
            name,
            address,
            agent,
            by_mailed_link,
            signed_at,
            draft_sha256,
        } = signature;
        let signature = Signature {
            name,
            address,
            agent,
            way: if by_mailed_link {
                Way::MailedLink
            } else {
                Way::ShownLink
            },
            at: Timestamp::from_micros(signed_at).date_time(),
            draft_sha256: draft_sha256
                .try_into()
                .map_err(|_| Internal::new("a stored hash has the wrong length"))?,
        };
        let typeset = self
            .typesetting()
            .run(move || Ok(charter_agreement::signed(&facts, &signature)))
            .await?;
        Ok(typeset
            .map_err(|error| Setback::Later(error.to_string()))?
            .into())
    }
}

/// Whether this server makes the draft that was sent out still, byte for byte: another
/// version of it may have other words, and nobody signs what they were not shown.
pub(crate) async fn typeset_again(store: &Store, document: &Model) -> Result<bool, Internal> {
    match store.draft(document).await {
        Ok(Ok((_, hash))) => Ok(document.draft_sha256.as_deref() == Some(&hash)),
        Ok(Err(_)) => Ok(false),
        Err(setback) => Err(setback.into_internal()),
    }
}
