//! Path, query, header and cookie parameters.
//!
//! Each reader takes its parameters by name and schema; what is left over in a
//! query is refused by [`QueryReader::finish`].

mod cookie;
mod header;
mod pairs;
mod path;
mod query;

use std::borrow::Cow;

use serde::de::Deserializer;

pub use self::cookie::CookieReader;
pub use self::header::HeaderReader;
pub(crate) use self::pairs::Pairs;
pub use self::path::PathReader;
pub use self::query::QueryReader;
use crate::cx::{Cx, Source};
use crate::field::Slot;
use crate::schema::Schema;

/// Decodes; input that is not well-formed is a violation of `syntax`.
pub(crate) fn read<'de, S: Schema, D: Deserializer<'de>>(
    schema: &S,
    input: D,
    cx: &mut Cx,
) -> Slot<S::Value> {
    let decoded = schema.decode(input, cx);
    slot(decoded, cx)
}

fn slot<T>(decoded: Result<Option<T>, impl std::fmt::Display>, cx: &mut Cx) -> Slot<T> {
    match decoded {
        Ok(Some(value)) => Slot::Value(value),
        Ok(None) => Slot::Invalid,
        Err(error) => {
            cx.violation("syntax", error.to_string());
            Slot::Invalid
        }
    }
}

/// Decodes JSON text completely.
pub(crate) fn read_json<S: Schema>(schema: &S, text: &[u8], cx: &mut Cx) -> Slot<S::Value> {
    let mut input = serde_json::Deserializer::from_slice(text);
    let decoded = cx
        .notation(Source::Json, |cx| schema.decode(&mut input, cx))
        .and_then(|value| input.end().map(|()| value));
    slot(decoded, cx)
}

/// One value, or none; a second one is a violation.
pub(crate) fn single<T>(values: Vec<T>, cx: &mut Cx) -> Slot<T> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (None, _) => Slot::Absent,
        (Some(value), None) => Slot::Value(value),
        (Some(_), Some(_)) => {
            cx.violation("duplicate", "must stand once");
            Slot::Invalid
        }
    }
}

/// A delimited list; the empty text is the empty list.
pub(crate) fn split<'a>(text: Cow<'a, str>, delimiter: char) -> Vec<Cow<'a, str>> {
    if text.is_empty() {
        return Vec::new();
    }
    match text {
        Cow::Borrowed(text) => text.split(delimiter).map(Cow::Borrowed).collect(),
        Cow::Owned(text) => text
            .split(delimiter)
            .map(|item| Cow::Owned(item.to_owned()))
            .collect(),
    }
}

/// The values of an exploded array; `name=` alone is the empty one.
pub(crate) fn exploded(values: Vec<Cow<'_, str>>) -> Vec<Cow<'_, str>> {
    match values.as_slice() {
        [only] if only.is_empty() => Vec::new(),
        _ => values,
    }
}
