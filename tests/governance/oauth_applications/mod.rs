//! Tag OauthApplications.

mod command;
mod list_oauth_applications;
