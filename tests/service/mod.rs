//! The document `service`.

mod service;
