//! Tag Members.

mod list_members;
mod remove_member;
mod update_member_role;
