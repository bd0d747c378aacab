//! Strings that become something else.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

use super::refuse;
use crate::cx::Cx;

/// Hands a string of the input to `parse` without copying it. `None` from there
/// means that it was refused and `cx` says why.
pub(crate) fn parsed<'de, T, D: Deserializer<'de>>(
    input: D,
    cx: &mut Cx,
    parse: impl FnOnce(&str, &mut Cx) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    input.deserialize_any(ParsedVisitor { cx, parse })
}

struct ParsedVisitor<'a, P> {
    cx: &'a mut Cx,
    parse: P,
}

impl<'de, T, P: FnOnce(&str, &mut Cx) -> Option<T>> Visitor<'de> for ParsedVisitor<'_, P> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((self.parse)(text, self.cx))
    }

    refuse!("a string": boolean, number, null, array, object);
}
