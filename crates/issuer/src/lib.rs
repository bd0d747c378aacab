//! SAML identity providers, for tests alone: one that says whatever a case asks for, npm's samlp and
//! PyPI's pysaml2, and what attackers make of their responses.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and nothing but tests uses this"
)]

mod asked;
mod issue;
pub mod keys;
mod metadata;
mod page;
pub mod programs;
pub mod tampering;
pub mod wrapping;

pub use asked::Asked;
pub use issue::{
    ASSERTION_ID, EMAIL_FORMAT, Exchange, Issue, RESPONSE_ID, RSA_SHA256, SHA1, SHA256, SUCCESS,
    Signer, Signs, attribute, audience, confirmation, field, moment, name_id,
};
pub use metadata::metadata;
pub use page::Form;
