//! Tag Organizations.

mod list_organizations;
