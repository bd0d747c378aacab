//! Why a response is refused.

use std::error::Error;
use std::fmt;

use crate::xml::Malformed;

/// Why a response is refused. For the audit log: who sent the response learns only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is too large, not base64, not XML, has a document type, or is no response of SAML 2.0.
    Malformed(&'static str),
    /// It is encrypted; our metadata offers no key for that.
    Encrypted,
    /// It, or its assertion, is another's.
    Issuer,
    /// The identity provider says that the sign-in failed.
    Status(Status),
    /// It is not signed as it must be.
    Signature(SignatureFault),
    /// Something is signed, but not what would be read, or there is more than one thing to read.
    Wrapping(&'static str),
    /// The response is addressed to another place.
    Destination,
    /// The assertion is addressed to another place.
    Recipient,
    /// The assertion is for another service provider.
    Audience,
    /// The assertion is not valid yet.
    Early,
    /// The assertion is not valid any more.
    Late,
    /// It answers no request, or not the open one.
    UnknownRequest,
    /// The assertion is not one that its bearer may use to sign in.
    Confirmation,
    /// It holds no mail address.
    Address,
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// Neither the response nor the assertion is signed.
    Missing,
    /// An algorithm other than the few that count, such as SHA-1.
    Algorithm,
    /// What was signed was changed, or is something else.
    Digest,
    /// No pinned certificate's key has made it.
    Value,
    /// It is not built as SAML's signatures are.
    Shape(&'static str),
}

/// What an identity provider says instead of `Success`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The person could not be authenticated.
    AuthnFailed,
    /// The person would have had to be asked.
    NoPassive,
    /// The name is none that the identity provider gives.
    InvalidNameIdPolicy,
    /// The identity provider does not do that for us.
    RequestDenied,
    /// The request was at fault.
    Requester,
    /// The identity provider was at fault.
    Responder,
    /// Another version of SAML was expected.
    VersionMismatch,
    /// Something else.
    Other,
}

impl Refusal {
    /// One word, for the audit log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Encrypted => "encrypted",
            Self::Issuer => "issuer",
            Self::Status(_) => "status",
            Self::Signature(_) => "signature",
            Self::Wrapping(_) => "wrapping",
            Self::Destination | Self::Recipient => "destination",
            Self::Audience => "audience",
            Self::Early | Self::Late => "time",
            Self::UnknownRequest => "unknown_request",
            Self::Confirmation => "confirmation",
            Self::Address => "address",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "the response is malformed: {why}"),
            Self::Encrypted => f.write_str("the response is encrypted"),
            Self::Issuer => f.write_str("the response is another issuer's"),
            Self::Status(status) => write!(f, "the identity provider says {status:?}"),
            Self::Signature(fault) => write!(f, "the signature does not hold: {fault}"),
            Self::Wrapping(why) => write!(f, "the signature is for something else: {why}"),
            Self::Destination => f.write_str("the response is addressed to another place"),
            Self::Recipient => f.write_str("the assertion is addressed to another place"),
            Self::Audience => f.write_str("the assertion is for another service provider"),
            Self::Early => f.write_str("the assertion is not valid yet"),
            Self::Late => f.write_str("the assertion is not valid any more"),
            Self::UnknownRequest => f.write_str("the response answers no open request"),
            Self::Confirmation => f.write_str("the assertion is not for its bearer"),
            Self::Address => f.write_str("the assertion holds no mail address"),
        }
    }
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is none",
            Self::Algorithm => "an algorithm is not admitted",
            Self::Digest => "what was signed was changed",
            Self::Value => "no pinned key has made it",
            Self::Shape(why) => why,
        })
    }
}

impl Error for Refusal {}

impl From<Malformed> for Refusal {
    fn from(Malformed(why): Malformed) -> Self {
        Self::Malformed(why)
    }
}

impl Status {
    /// Reads the last code, which is the finest.
    pub(crate) fn read(code: &str) -> Self {
        match code.rsplit(':').next() {
            Some("AuthnFailed") => Self::AuthnFailed,
            Some("NoPassive") => Self::NoPassive,
            Some("InvalidNameIDPolicy") => Self::InvalidNameIdPolicy,
            Some("RequestDenied") => Self::RequestDenied,
            Some("Requester") => Self::Requester,
            Some("Responder") => Self::Responder,
            Some("VersionMismatch") => Self::VersionMismatch,
            _ => Self::Other,
        }
    }
}
