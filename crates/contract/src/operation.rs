//! What the document says about an operation, for the run time.

use poem::http::Method;

/// One operation of a document.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path with its `{parameters}`.
    pub path: &'static str,
    /// Its only tag.
    pub tag: &'static str,
    /// Alternatives of `security`; none means public.
    pub security: &'static [Requirement],
    /// The body it takes.
    pub body: Option<BodyRule>,
    /// The status of its only success, or of the first.
    pub status: u16,
    /// `x-charter-idempotent`.
    pub idempotent: bool,
    /// `x-charter-audit`: the event that the audit row carries.
    pub audit: Option<&'static str>,
    /// `x-charter-rate-limit`: beside the general one.
    pub rate_limit: Option<RateLimit>,
    /// `x-charter-even-time`: how long an answer takes tells nothing of what was found.
    pub even_time: bool,
    /// Every status that the document has for it, ascending.
    pub statuses: &'static [u16],
}

/// One alternative of `security`.
#[derive(Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Where the credential stands.
    pub scheme: Scheme,
    /// What may be sent there: `x-charter-credential` of the scheme.
    pub credentials: &'static [CredentialKind],
    /// The scopes that it must have, all of them.
    pub scopes: &'static [&'static str],
}

/// What kind of credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// An API key.
    Key,
    /// The token of a session.
    Session,
}

/// Where a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// A header of this name, in lower case.
    Header(&'static str),
}

/// What an operation takes as its body.
#[derive(Debug)]
pub struct BodyRule {
    /// The media type, without parameters.
    pub media_type: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// The most bytes it may have; `None` means the server's general limit.
    pub max_bytes: Option<usize>,
}

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests.
    pub limit: u32,
    /// Seconds.
    pub window_seconds: u32,
}
