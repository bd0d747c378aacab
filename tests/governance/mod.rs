//! The document `governance`.

mod document_process;
mod document_race;
mod invites;
pub(crate) mod legal_documents;
mod members;
mod oauth_app;
mod oauth_applications;
mod organizations;
mod pandadoc;
mod project_settings;
mod projects;
mod search;
mod sign_pages;

use charter_api_organisations::models::{OrganisationId, UserId};
use charter_contract::TypeId as _;
use uuid::Uuid;

/// The id of an organisation, `org_...`, or of a user, `user_...`, as this document has it.
pub(crate) fn bare(id: &str) -> String {
    let organisation = OrganisationId::parse(id).map(Uuid::from);
    let user = || UserId::parse(id).map(Uuid::from);
    organisation.or_else(user).unwrap().to_string()
}
