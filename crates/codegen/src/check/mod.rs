//! What a document says twice has to agree with itself: examples, defaults and
//! patterns.

mod pattern;
mod values;

pub(crate) use pattern::Patterns;
