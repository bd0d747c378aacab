//! Operations.

use super::schema::{Presence, Use};
use crate::openapi::{Credential, Location, SchemeKind, Style};

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// `updateMemberRole`.
    pub(crate) id: String,
    /// `GET`.
    pub(crate) method: String,
    /// With the base path of the document.
    pub(crate) path: String,
    pub(crate) tag: String,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) successes: Vec<Success>,
    pub(crate) failures: Vec<Failure>,
    /// Alternatives; empty for a public operation.
    pub(crate) security: Vec<Requirement>,
    pub(crate) idempotent: bool,
    pub(crate) audit: Option<String>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) even_time: bool,
}

/// `x-charter-rate-limit`.
#[derive(Clone, Debug)]
pub(crate) struct RateLimit {
    pub(crate) limit: u64,
    pub(crate) window_seconds: u64,
}

/// A scheme and the scopes it has to grant.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    /// The scheme's name in the document.
    pub(crate) name: String,
    pub(crate) scheme: SchemeKind,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) scopes: Vec<String>,
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) field: String,
    pub(crate) location: Location,
    pub(crate) docs: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) notation: Notation,
    pub(crate) value: Use,
    pub(crate) presence: Presence,
    pub(crate) redact: bool,
}

/// How a parameter's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// As text in a style.
    Text { style: Style, explode: bool },
    /// As JSON.
    Json,
    /// As JSON in base64.
    Base64Json,
}

/// A request body.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) media_type: String,
    pub(crate) kind: BodyKind,
    pub(crate) required: bool,
    pub(crate) limit: Option<u64>,
    pub(crate) docs: Option<String>,
    pub(crate) value: Use,
}

/// How a body is read.
#[derive(Debug)]
pub(crate) enum BodyKind {
    Json,
    Form,
    Multipart(Vec<Part>),
    Text,
    Binary,
}

/// A file of a multipart body.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) content_types: Vec<String>,
    pub(crate) max_bytes: Option<u64>,
}

/// A documented success or redirect.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) docs: Option<String>,
    pub(crate) headers: Vec<ResponseHeader>,
    pub(crate) content: Content,
}

/// A header of a success.
#[derive(Debug)]
pub(crate) struct ResponseHeader {
    pub(crate) name: String,
    pub(crate) field: String,
    pub(crate) docs: Option<String>,
    pub(crate) required: bool,
    pub(crate) value: Use,
    pub(crate) redact: bool,
}

/// What a success carries.
#[derive(Debug)]
pub(crate) enum Content {
    Nothing,
    Json { media_type: String, value: Use },
    Text { media_type: String },
    Binary { media_type: String },
}

/// A documented failure.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    /// `NotFound`.
    pub(crate) name: &'static str,
    pub(crate) docs: Option<String>,
}
