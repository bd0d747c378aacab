//! Form and multipart bodies.

mod form;
mod multipart;

pub use self::form::Form;
pub use self::multipart::{Multipart, Upload};
use crate::cx::{Cx, Source};
use crate::field::Slot;

/// Reads a field: text notation, its name in the pointers.
fn member<T>(cx: &mut Cx, name: &str, read: impl FnOnce(&mut Cx) -> Slot<T>) -> Slot<T> {
    let mark = cx.mark();
    let slot = cx.notation(Source::Text, read);
    cx.enclose(mark, name);
    slot
}

fn refuse(cx: &mut Cx, name: &str) {
    cx.member_violation(
        name,
        "additionalProperties",
        "is not a member of this object",
    );
}
