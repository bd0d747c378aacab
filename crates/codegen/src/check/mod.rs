//! What a document says twice has to agree with itself: examples, defaults and
//! patterns.

// The run-time's own translation, the same file: what passes here is what it
// will compile. A dependency on the run-time would make the generator as slow to
// build as a server.
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the generator only compiles patterns, the run-time also keeps them"
)]
#[path = "../../../contract/src/schema/pattern.rs"]
mod ecma;
mod pattern;
mod values;

pub(crate) use pattern::Patterns;
