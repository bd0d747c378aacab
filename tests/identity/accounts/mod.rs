//! Accounts.

mod confirm_account;
mod resend_confirmation;
mod sign_up;
mod sign_up_with_invite;
mod validate_invite_token;
