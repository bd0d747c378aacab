//! The run-time as generated code sees it: through requests and answers.

mod api;
mod malformed;
mod model;
mod widget;
