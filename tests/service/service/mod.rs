//! The server itself.

mod get_health;
mod get_metrics;
mod get_readiness;
mod get_version;
