//! Signing legal documents: by a service, through a port, or here, by a link.

mod link;
pub(crate) mod mail;
mod options;
mod pages;
mod provider;

pub use link::SignToken;
pub use options::SigningOptions;
pub use pages::{DocumentToSign, SignDocumentError, SignatureGiven, SigningPageError};
pub use provider::{Envelope, EnvelopeState, SigningError, SigningProvider, Submission, Voiding};
