//! `openapi/governance.yaml` on the store: one module per tag.
//!
//! The same rows as the other documents', named by bare ids. Here the path names the
//! organisation, so what the caller may do there is looked up first ([`seat`]).

mod invites;
mod legal_documents;
mod level;
mod members;
mod oauth_applications;
mod organizations;
mod pages;
mod project_settings;
mod projects;
mod seat;
