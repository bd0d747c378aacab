//! Providers on this machine, for tests alone: a server that answers as a test wants it to, npm's
//! oidc-provider, a person's browser on its way to that and back, and PandaDoc.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and nothing but tests uses this"
)]

mod issuers;
mod pandadoc;
mod registration;
mod server;
mod walk;

pub use issuers::{Issuers, issuers};
pub use pandadoc::{API_KEY, PandaDocDocument, PandaDocServer, SIGNED_PDF, Trouble};
pub use registration::{CLIENT, NONCE, OTHER_CLIENT, OTHER_SECRET, REDIRECTS, SECRET, VERIFIER};
pub use server::{Answer, Loopback, Seen};
pub use walk::Walk;
