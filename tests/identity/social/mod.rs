//! Signing in by what a provider says.

mod sign_in_with_github;
