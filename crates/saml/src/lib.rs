//! A SAML 2.0 service provider: its metadata, its requests, and the judging of what identity
//! providers answer. It knows no database, no network, no clock and no randomness.
//!
//! # How a response is judged
//!
//! [`Received::read`] bounds, decodes and parses, and tells what the sender claims, so that the
//! caller can look up the identity provider and the open request. [`Received::judge`] then decides.
//!
//! **What is read was signed.** The bytes that a signature covers are made by canonicalisation,
//! their digest is compared, and then *these bytes* are parsed anew and read; the received
//! document is not looked at again. The same holds for `SignedInfo`. So however a response is
//! wrapped, and even if canonicalisation had a fault, nothing is read that the key of the identity
//! provider did not sign. The rules for where a signature may stand, which refuse every known form of
//! wrapping by name, come on top of that.
//!
//! **One profile of XML signatures.** Exclusive canonicalisation without comments, the enveloped
//! transform, one reference to the parent by its id, SHA-256 or better, RSA from 2048 bits or ECDSA.
//! That is what SAML demands and what identity providers send. Keys come from the stored
//! certificates; `KeyInfo` is not read.
//!
//! **One parser** (`uppsala`, without document types and with bounds) reads everything, so there are
//! no two opinions about what a document says. Canonicalisation is `bergshamra-c14n`, cryptography
//! is `ring`.

mod assertion;
mod certificate;
mod identity_provider;
mod name_id;
mod refusal;
mod request;
mod response;
mod service_provider;
mod signature;
mod signing_key;
mod time;
mod xml;

pub use assertion::Assertion;
pub use certificate::{Certificate, CertificateFault};
pub use identity_provider::{IdentityProvider, MAX_METADATA_BYTES, MetadataFault};
pub use name_id::NameId;
pub use refusal::{Refusal, SignatureFault, Status};
pub use request::{AuthnRequest, RequestFault};
pub use response::{Expected, MAX_RESPONSE_CHARACTERS, Received};
pub use service_provider::{ServiceProvider, ServiceProviderFault};
pub use signing_key::{SigningKey, SigningKeyFault};
pub use time::SKEW;
