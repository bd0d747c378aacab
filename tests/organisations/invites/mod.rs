//! Tag Invites.

mod accept_invite;
mod create_invite;
mod list_invites;
mod preview_invite;
mod resend_invite;
mod revoke_invite;
