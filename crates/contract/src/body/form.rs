//! `application/x-www-form-urlencoded`.

use indexmap::IndexMap;
use serde_json::Value;

use super::{member, refuse};
use crate::cx::Cx;
use crate::field::Slot;
use crate::parameter::{Pairs, exploded, read};
use crate::schema::Schema;
use crate::text::{ListText, Text};

/// A body of `application/x-www-form-urlencoded`.
#[derive(Debug)]
pub struct Form<'a> {
    // None when the body is no text, which is the only violation then.
    pairs: Option<Pairs<'a>>,
}

impl<'a> Form<'a> {
    pub(crate) fn new(body: &'a [u8], cx: &mut Cx) -> Self {
        let text = std::str::from_utf8(body).ok();
        if text.is_none() {
            cx.violation("syntax", "must be UTF-8");
        }
        Self {
            pairs: text.map(|text| Pairs::parse(text, cx)),
        }
    }

    /// A scalar field.
    pub fn scalar<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let Some(pairs) = &mut self.pairs else {
            return Slot::Invalid;
        };
        member(cx, name, |cx| {
            pairs
                .take_single(name, cx)
                .and_then(|text| read(schema, Text(text), cx))
        })
    }

    /// An array: one pair for each item. `name=` alone is the empty array.
    pub fn exploded<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let Some(pairs) = &mut self.pairs else {
            return Slot::Invalid;
        };
        member(cx, name, |cx| {
            pairs
                .take(name, cx)
                .and_then(|values| read(schema, ListText(exploded(values)), cx))
        })
    }

    /// The fields that nothing took, where the document admits any: a text for each
    /// name, or an array of texts where one stands several times.
    #[must_use]
    pub fn rest(self) -> IndexMap<String, Value> {
        let mut rest: IndexMap<String, Value> = IndexMap::new();
        for (name, text) in self.pairs.into_iter().flat_map(Pairs::rest) {
            let text = Value::String(text.into_owned());
            match rest.get_mut(&*name) {
                Some(Value::Array(texts)) => texts.push(text),
                Some(first) => *first = Value::Array(vec![first.take(), text]),
                None => {
                    rest.insert(name.into_owned(), text);
                }
            }
        }
        rest
    }

    /// Refuses fields that nothing took.
    pub fn finish(self, cx: &mut Cx) {
        for name in self.pairs.into_iter().flat_map(Pairs::left) {
            refuse(cx, &name);
        }
    }
}
