//! The document `organisations`.

mod invites;
mod members;
mod organisations;
