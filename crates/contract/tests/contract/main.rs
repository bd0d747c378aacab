//! The run-time as generated code sees it: through requests and answers.

mod api;
mod hostile;
mod limits;
mod malformed;
mod model;
mod properties;
mod repetition;
mod widget;
