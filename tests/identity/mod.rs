//! The cases of the identity document.

mod accounts;
mod keys;
mod passwords;
mod sessions;
mod social;
