//! Usage.

mod get_usage;
mod get_usage_history;
mod record_usage_events;
