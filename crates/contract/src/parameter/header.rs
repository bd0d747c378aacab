//! Header parameters.

use std::borrow::Cow;

use poem::Request;

use super::{read, split};
use crate::cx::Cx;
use crate::field::Slot;
use crate::schema::Schema;
use crate::text::{ListText, Text};
use crate::violation::Location;

/// Header parameters. A header that stands several times is one list (RFC 9110
/// section 5.3).
#[derive(Debug)]
pub struct HeaderReader<'a> {
    request: &'a Request,
}

impl<'a> HeaderReader<'a> {
    pub(crate) const fn new(request: &'a Request) -> Self {
        Self { request }
    }

    fn text(&self, cx: &mut Cx, name: &str) -> Slot<Cow<'a, str>> {
        let mut fields = Vec::new();
        for value in self.request.headers().get_all(name) {
            match std::str::from_utf8(value.as_bytes()) {
                Ok(text) => fields.push(text),
                Err(_) => {
                    cx.violation("syntax", "must be UTF-8");
                    return Slot::Invalid;
                }
            }
        }
        match fields.as_slice() {
            [] => Slot::Absent,
            [only] => Slot::Value(Cow::Borrowed(*only)),
            several => Slot::Value(Cow::Owned(several.join(", "))),
        }
    }

    /// A scalar.
    pub fn scalar<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Header, name, |cx| {
            self.text(cx, name)
                .and_then(|text| read(schema, Text(text), cx))
        })
    }

    /// `style: simple`: items delimited by commas, white space around them.
    pub fn delimited<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Header, name, |cx| {
            self.text(cx, name).and_then(|text| {
                let items = split(text, ',')
                    .into_iter()
                    .map(|item| Cow::Owned(item.trim().to_owned()))
                    .collect();
                read(schema, ListText(items), cx)
            })
        })
    }
}
