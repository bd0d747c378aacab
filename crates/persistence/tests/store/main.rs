//! The store on SQLite and PostgreSQL.
//!
//! `CHARTER_TEST_POSTGRES` names a server as a superuser; every case makes a
//! database of its own there. Without it the PostgreSQL half is skipped, unless
//! `CI` is set.

#![cfg(test)]

mod identity;
mod migrations;
mod oauth_applications;
mod outbox;
mod rules;
mod single_sign_on;
mod support;
mod writing;
