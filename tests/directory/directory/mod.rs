//! Tag Directory.

mod get_directory_organisation;
mod get_organisation_stats;
mod list_team;
