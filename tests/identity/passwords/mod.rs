//! Passwords.

mod change_password;
mod forgot_password;
mod reset_password;
mod validate_reset_token;
