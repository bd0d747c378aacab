//! The port for rate limits.

use std::net::{IpAddr, Ipv6Addr};

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::caller::Credential;
use crate::operation::Operation;

/// Whom a limit counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A key or session.
    Credential(Uuid),
    /// An address, for calls without a credential.
    Address(Option<IpAddr>),
}

/// The network that an address counts for: a customer of an IPv6 network has at
/// least 2^64 addresses, so they count as one.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from_bits(
                address.to_bits() & !u128::from(u64::MAX),
            )),
        },
    }
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
    /// (draft-ietf-httpapi-ratelimit-headers), unless an implementation has refused
    /// the request by a limit of its own, which stands there then.
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
                headers
                    .entry(HeaderName::from_static(name))
                    .or_insert(value);
            }
        }
    }
}

/// What came of looking a credential up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is somebody's.
    Genuine,
    /// It is unknown, expired or revoked.
    Refused,
}

/// Counts requests.
pub trait Limiter: Send + Sync {
    /// Counts one request of `subject`; `None` when nothing limits it.
    fn count(&self, subject: Subject, operation: &'static Operation) -> Option<Decision>;

    /// Whether a credential from `remote` must not even be looked up, because too
    /// many from there were refused: the refusal then, `None` when it may. A
    /// credential that was genuine before has to stay usable: others who share
    /// its address must not be able to lock it out.
    fn guess(&self, remote: Option<IpAddr>, credential: Credential<'_>) -> Option<Decision> {
        let _ = (remote, credential);
        None
    }

    /// Notes what came of looking `credential` up.
    fn guessed(&self, remote: Option<IpAddr>, credential: Credential<'_>, proof: Proof) {
        let _ = (remote, credential, proof);
    }
}
