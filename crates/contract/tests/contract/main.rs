//! The run-time as generated code sees it: through requests and answers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows tests by their attribute, not the functions they share"
)]

mod api;
mod description;
mod even_time;
mod hostile;
mod limits;
mod malformed;
mod model;
mod properties;
mod repetition;
mod widget;
