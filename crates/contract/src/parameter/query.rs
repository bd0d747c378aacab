//! Query parameters.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use poem::Request;

use super::pairs::Pairs;
use super::{exploded, read, read_json, split};
use crate::cx::Cx;
use crate::field::Slot;
use crate::schema::Schema;
use crate::text::{ListText, MapText, Text};
use crate::violation::Location;

/// Query parameters.
#[derive(Debug)]
pub struct QueryReader<'a> {
    pairs: Pairs<'a>,
}

impl<'a> QueryReader<'a> {
    pub(crate) fn new(request: &'a Request, cx: &mut Cx) -> Self {
        let query = request.uri().query().unwrap_or("");
        let pairs = cx.parameter(Location::Query, "", |cx| Pairs::parse(query, cx));
        Self { pairs }
    }

    fn single<T>(
        &mut self,
        cx: &mut Cx,
        name: &str,
        read: impl FnOnce(Cow<'a, str>, &mut Cx) -> Slot<T>,
    ) -> Slot<T> {
        cx.parameter(Location::Query, name, |cx| {
            self.pairs
                .take_single(name, cx)
                .and_then(|text| read(text, cx))
        })
    }

    /// A scalar.
    pub fn scalar<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        self.single(cx, name, |text, cx| read(schema, Text(text), cx))
    }

    /// `style: form, explode: true`: one pair for each item. `name=` alone is the
    /// empty array.
    pub fn exploded<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Query, name, |cx| {
            self.pairs
                .take(name, cx)
                .and_then(|values| read(schema, ListText(exploded(values)), cx))
        })
    }

    /// `explode: false`: items delimited by a comma (`form`), a space
    /// (`spaceDelimited`) or a bar (`pipeDelimited`).
    pub fn delimited<S: Schema>(
        &mut self,
        cx: &mut Cx,
        name: &str,
        delimiter: char,
        schema: &S,
    ) -> Slot<S::Value> {
        self.single(cx, name, |text, cx| {
            read(schema, ListText(split(text, delimiter)), cx)
        })
    }

    /// `style: deepObject`: `name[member]=value`.
    pub fn deep_object<S: Schema>(
        &mut self,
        cx: &mut Cx,
        name: &str,
        schema: &S,
    ) -> Slot<S::Value> {
        cx.parameter(Location::Query, name, |cx| {
            self.pairs
                .take_deep(name, cx)
                .and_then(|members| read(schema, MapText(members), cx))
        })
    }

    /// `content: application/json`: the value is JSON text.
    pub fn json<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        self.single(cx, name, |text, cx| read_json(schema, text.as_bytes(), cx))
    }

    /// `contentEncoding: base64` around JSON text; the URL-safe alphabet is
    /// taken too.
    pub fn base64_json<S: Schema>(
        &mut self,
        cx: &mut Cx,
        name: &str,
        schema: &S,
    ) -> Slot<S::Value> {
        self.single(cx, name, |text, cx| {
            let bytes = STANDARD
                .decode(text.as_bytes())
                .or_else(|_| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=').as_bytes()));
            match bytes {
                Ok(bytes) => read_json(schema, &bytes, cx),
                Err(_) => {
                    cx.violation("contentEncoding", "must be base64");
                    Slot::Invalid
                }
            }
        })
    }

    /// Refuses parameters that nothing took.
    pub fn finish(self, cx: &mut Cx) {
        for name in self.pairs.left() {
            cx.parameter(Location::Query, &name, |cx| {
                cx.violation("unknown", "is no parameter of this operation");
            });
        }
    }
}
