//! Everything that crosses crates: what the documents say against what the
//! assembled service does, on SQLite and on PostgreSQL.
//!
//! A case of `openapi/<document>.yaml`, tag `Members`, operation
//! `updateMemberRole` stands in `<document>/members/update_member_role.rs`, its
//! snapshots in `snapshots/<document>/members/update_member_role@<case>.snap`.

#![cfg(test)]

mod attacks;
mod concurrency;
mod coverage;
mod crash;
mod directory;
mod documents;
mod examples;
mod governance;
mod group_commit;
mod identity;
mod mail;
mod matrix;
mod objects;
mod organisations;
mod parity;
mod properties;
mod service;
mod story;
pub mod support;
mod tidy;
