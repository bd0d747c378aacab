//! Generated code at work.
