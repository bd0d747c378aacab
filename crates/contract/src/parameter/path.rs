//! Path parameters.

use std::borrow::Cow;

use poem::Request;

use super::pairs::{BROKEN_ENCODING, well_formed};
use super::{read, split};
use crate::cx::Cx;
use crate::field::Slot;
use crate::schema::Schema;
use crate::text::{ListText, Text};
use crate::violation::Location;

/// Path parameters; matched by name.
#[derive(Debug)]
pub struct PathReader<'a> {
    request: &'a Request,
}

impl<'a> PathReader<'a> {
    pub(crate) const fn new(request: &'a Request) -> Self {
        Self { request }
    }

    /// The router has matched, so the value is there unless it is no UTF-8. The
    /// router decodes it, and passes over escapes that are none.
    fn text(&self, cx: &mut Cx, name: &str) -> Slot<&'a str> {
        match self.request.raw_path_param(name) {
            Some(text) if !text.contains('%') || well_formed(self.request.uri().path()) => {
                Slot::Value(text)
            }
            _ => {
                cx.violation("syntax", BROKEN_ENCODING);
                Slot::Invalid
            }
        }
    }

    /// A scalar.
    pub fn scalar<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Path, name, |cx| {
            self.text(cx, name)
                .and_then(|text| read(schema, Text(Cow::Borrowed(text)), cx))
        })
    }

    /// `style: simple`: items delimited by commas.
    pub fn delimited<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Path, name, |cx| {
            self.text(cx, name)
                .and_then(|text| read(schema, ListText(split(Cow::Borrowed(text), ',')), cx))
        })
    }
}
