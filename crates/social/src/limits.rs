//! How long a provider may take, and how much it may say.

use std::time::Duration;

/// How long a provider may take, how much it may say, and how long it is believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest time that one sign-in may take, with all its requests.
    pub total: Duration,
    /// Largest answer to one request, in bytes.
    pub body: usize,
    /// How long the metadata and the keys of an OpenID provider are kept.
    pub metadata: Duration,
    /// Shortest time between two requests for the keys because of an ID token under a key that
    /// is not among them.
    pub keys: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(8),
            body: 1024 * 1024,
            metadata: Duration::from_secs(60 * 60),
            keys: Duration::from_secs(60),
        }
    }
}
