//! The cases of the identity document.

mod accounts;
mod at_a_provider;
mod keys;
mod linking;
mod passwords;
mod saml;
mod sessions;
mod social;
