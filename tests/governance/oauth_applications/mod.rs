//! Tag OauthApplications.

mod list_oauth_applications;
