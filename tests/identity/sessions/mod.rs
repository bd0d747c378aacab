//! Sessions.

mod connect;
mod get_current_user;
mod list_sessions;
mod revoke_other_sessions;
mod revoke_session;
mod sign_in;
mod sign_out;
