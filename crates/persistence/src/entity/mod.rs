//! One module per table.
//!
//! Moments are microseconds since 1970-01-01T00:00:00Z and days are days since
//! 1970-01-01, both as plain integers: they order and add the same way on both
//! databases, and what is stored does not depend on a driver's idea of a time
//! zone. Ids are UUIDv7, so the primary key is also the order of creation.

pub mod active_organisation;
pub mod api_key;
pub mod attempt;
pub mod audit_entry;
pub mod home;
pub mod idempotency_record;
pub mod identity;
pub mod invite;
pub mod invite_cycle;
pub mod invite_project;
pub mod legal_document;
pub mod legal_remnant;
pub mod mail_link;
pub mod mail_wish;
pub mod membership;
pub mod oauth_application;
pub mod organisation;
pub mod organisation_slug;
pub mod outbox_message;
pub mod owner;
pub mod password;
pub mod plan;
pub mod project;
pub mod project_member;
pub mod saml_assertion;
pub mod saml_domain;
pub mod saml_provider;
pub mod saml_request;
pub mod saml_ticket;
pub mod session;
pub mod setup_delegation;
pub mod sign_up;
pub mod signature;
pub mod usage_day;
pub mod usage_event;
pub mod user;

pub use membership::Role;
