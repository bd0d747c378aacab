//! `openapi/identity.yaml` on the store: one module per tag, and what they share.

mod accounts;
mod arrival;
mod claim;
pub(crate) mod confirmation;
mod keys;
pub(crate) mod mails;
mod options;
mod passwords;
mod saml;
mod service_provider;
mod sessions;
mod signing_in;
pub(crate) mod single_sign_on;
mod social;
mod users;
mod words;

pub use options::{Connect, IdentityOptions, SignUps};
pub(crate) use service_provider::SingleSignOn;
pub use service_provider::service_provider;
