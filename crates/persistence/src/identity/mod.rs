//! `openapi/identity.yaml` on the store: one module per tag, and what they share.

mod accounts;
mod claim;
pub(crate) mod confirmation;
mod keys;
pub(crate) mod mails;
mod options;
mod passwords;
mod sessions;
mod signing_in;
mod social;
mod users;
mod words;

pub use options::{Connect, IdentityOptions, SignUps};
