//! Tag Organisations.

mod create_organisation;
mod delete_current_organisation;
mod get_current_organisation;
mod leave_organisation;
mod list_organisations;
mod switch_organisation;
mod update_current_organisation;
