//! The document `organisations`.

mod invites;
mod keys;
mod members;
mod organisations;
mod plans;
mod usage;
