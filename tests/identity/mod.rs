//! The cases of the identity document.

mod accounts;
mod at_a_provider;
mod at_an_organisation;
mod keys;
mod linking;
mod passwords;
mod saml;
mod sessions;
mod single_sign_on;
mod social;
