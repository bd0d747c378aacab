//! The port for rate limits.

use std::net::IpAddr;

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

/// Counts requests.
pub trait Limiter: Send + Sync {
    /// Counts one request of `subject`; `None` when nothing limits it.
    fn count(&self, subject: Subject, operation: &'static Operation) -> Option<Decision>;
}
