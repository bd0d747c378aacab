//! The port for rate limits.

use std::net::IpAddr;

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::operation::Operation;

/// Whom a limit counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A key or session.
    Credential(Uuid),
    /// An address, for calls without a credential.
    Address(Option<IpAddr>),
}

/// What a limiter says of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may go on.
    pub allowed: bool,
    /// Requests per window.
    pub limit: u32,
    /// Requests left in the window.
    pub remaining: u32,
    /// The length of the window in seconds.
    pub window_seconds: u32,
    /// Seconds until there is room again (when refused), or until the window is
    /// full again.
    pub reset_seconds: u32,
}

impl Decision {
    /// Puts it into `RateLimit-Policy` and `RateLimit`
    /// (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn describe(self, headers: &mut HeaderMap) {
        let Self {
            allowed: _,
            limit,
            remaining,
            window_seconds,
            reset_seconds,
        } = self;
        let fields = [
            (
                "ratelimit-policy",
                format!("\"default\";q={limit};w={window_seconds}"),
            ),
            (
                "ratelimit",
                format!("\"default\";r={remaining};t={reset_seconds}"),
            ),
        ];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Counts requests.
pub trait Limiter: Send + Sync {
    /// Counts one request of `subject`; `None` when nothing limits it.
    fn count(&self, subject: Subject, operation: &'static Operation) -> Option<Decision>;
}
