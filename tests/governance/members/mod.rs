//! Tag Members.

mod get_member_github_login;
mod list_member_api_keys;
mod list_organization_members;
mod remove_organization_member;
mod update_organization_member;
