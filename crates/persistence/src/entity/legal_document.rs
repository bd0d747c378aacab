//! An agreement between an organisation and the operator, and how far it is.

use sea_orm::entity::prelude::*;

/// One row of `legal_documents`. An organisation has one of each type.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_documents")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation for which it is signed.
    pub organisation_id: Uuid,
    /// Which agreement.
    pub document_type: Type,
    /// The name of the company, as it is printed.
    #[sea_orm(column_type = "Text")]
    pub company_name: String,
    /// Its address, as it is printed.
    #[sea_orm(column_type = "Text")]
    pub company_address: String,
    /// Who signs; the link is mailed there.
    #[sea_orm(column_type = "Text")]
    pub representative_email: String,
    /// The other side, as it was called when the document was made.
    #[sea_orm(column_type = "Text")]
    pub operator_name: String,
    /// Its address.
    #[sea_orm(column_type = "Text", nullable)]
    pub operator_address: Option<String>,
    /// How far it is.
    pub status: Status,
    /// Who collects the signature.
    pub provider: Provider,
    /// What the signing service calls it, once it has it.
    #[sea_orm(column_type = "Text", nullable)]
    pub envelope_id: Option<String>,
    /// Where the draft is kept, once it is written.
    #[sea_orm(column_type = "Text", nullable)]
    pub object_draft: Option<String>,
    /// Where the signed PDF is kept, once it is there.
    #[sea_orm(column_type = "Text", nullable)]
    pub object_signed: Option<String>,
    /// SHA-256 of the draft.
    #[sea_orm(column_type = "Blob", nullable)]
    pub draft_sha256: Option<Vec<u8>>,
    /// The mail with the link.
    pub mail_id: Option<Uuid>,
    /// The user who made it.
    pub created_by: Option<Uuid>,
    /// Moment of creation; printed.
    pub created_at: i64,
    /// Moment at which it was sent out.
    pub submitted_at: Option<i64>,
    /// Moment of the signature.
    pub signed_at: Option<i64>,
    /// Links of an earlier generation are dead.
    pub generation: i64,
    /// Moment from which the worker has something to do; unset while it has nothing.
    pub next_poll_at: Option<i64>,
    /// Until then somebody works on it; also the token by which that one is known.
    pub lease_until: Option<i64>,
    /// Where it goes back to should it not be voided.
    pub status_before_voiding: Option<Status>,
}

/// Which agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Type {
    /// A business associate agreement.
    #[sea_orm(string_value = "BAA")]
    Baa,
    /// A data processing agreement.
    #[sea_orm(string_value = "DPA")]
    Dpa,
}

/// How far a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    /// The draft is being written.
    #[sea_orm(string_value = "preparing")]
    Preparing,
    /// The draft is kept, and on its way to whoever collects the signature.
    #[sea_orm(string_value = "sending")]
    Sending,
    /// The representative has the link.
    #[sea_orm(string_value = "submitted")]
    Submitted,
    /// It is being withdrawn.
    #[sea_orm(string_value = "voiding")]
    Voiding,
    /// It is signed, and the signed PDF is on its way.
    #[sea_orm(string_value = "finishing")]
    Finishing,
    /// It is signed, and the PDF is kept.
    #[sea_orm(string_value = "signed")]
    Signed,
    /// It was refused or declined.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// Who collects the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Provider {
    /// This server.
    #[sea_orm(string_value = "built-in")]
    BuiltIn,
    /// PandaDoc.
    #[sea_orm(string_value = "pandadoc")]
    PandaDoc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
