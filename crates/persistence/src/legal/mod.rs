//! Legal documents on their way to be signed.
//!
//! ```text
//! preparing -> sending -> submitted -> finishing -> signed
//!         \________\__________\_______> failed
//! preparing, sending, submitted, failed -> voiding -> gone, back, or finishing
//! ```
//!
//! Each arrow is one conditional update in a unit of its own ([`arrow`]). Typesetting,
//! storage and signing services come between two arrows and never inside, so nobody's
//! writes wait for them. Whoever works on a document holds its lease and is the only one
//! who does; a crash between two arrows postpones what comes next, and what was done
//! between them is repeated, which is safe: objects lie under names that are known before,
//! and envelopes are found by the id of the document.

mod agreement;
mod arrow;
mod remnants;
mod steps;
mod worker;

pub(crate) use agreement::{printable, typeset_again};
pub(crate) use arrow::arrow;
pub(crate) use steps::Setback;
