//! The port through which a signing service is asked to collect a signature.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use charter_agreement::SignatureBlock;
use charter_contract::Timestamp;
use uuid::Uuid;

/// A draft on its way to be signed.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The document. The service keeps it beside the draft, so that a draft that it has
    /// already is found and not sent again.
    pub document: Uuid,
    /// What the service calls it, if that is known.
    pub id: Option<String>,
    /// What the signer sees as its title.
    pub title: String,
    /// The address of the signer.
    pub signer: String,
    /// The PDF.
    pub draft: Bytes,
}

/// How far handing a draft over has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submission {
    /// The service has it and is not done with it; ask again in a few seconds, by this id.
    Pending(String),
    /// The signer has it.
    Sent(String),
    /// The service refuses it for good; the reason is for the log.
    Refused(String),
}

/// What has become of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvelopeState {
    /// Nobody has signed yet.
    Waiting,
    /// It is signed, since that moment if the service tells.
    Signed(Option<Timestamp>),
    /// The signer has declined, or somebody has ended it there.
    Ended,
}

/// What came of voiding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voiding {
    /// Nobody can sign it any more.
    Void,
    /// It was signed before, at that moment if the service tells.
    Signed(Option<Timestamp>),
}

/// The service did not do what it was asked to; it may do it later. The reason is for the
/// log, and has no secret and no link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningError(String);

impl SigningError {
    /// For a reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "signing service: {}", self.0)
    }
}

impl std::error::Error for SigningError {}

/// A service that collects signatures. Whatever it is asked may be asked again, after a
/// crash or an answer that was lost.
#[async_trait]
pub trait SigningProvider: Send + Sync {
    /// What to print where the signature goes, so that the service finds the place.
    fn signature_block(&self) -> SignatureBlock;

    /// Hands a draft over and has it sent to the signer.
    ///
    /// # Errors
    /// When the service does not answer, or not as it should.
    async fn submit(&self, envelope: &Envelope) -> Result<Submission, SigningError>;

    /// What has become of an envelope.
    ///
    /// # Errors
    /// When the service does not answer, or not as it should.
    async fn state(&self, envelope_id: &str) -> Result<EnvelopeState, SigningError>;

    /// Makes sure that nobody signs the document any more, whether or not its envelope is
    /// known.
    ///
    /// # Errors
    /// When somebody may sign it still.
    async fn void(
        &self,
        document: Uuid,
        envelope_id: Option<&str>,
    ) -> Result<Voiding, SigningError>;

    /// The signed PDF; `None` while the service makes it.
    ///
    /// # Errors
    /// When the service does not give it.
    async fn signed_pdf(&self, envelope_id: &str) -> Result<Option<Bytes>, SigningError>;
}
