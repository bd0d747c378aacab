//! Path, query, header and cookie parameters.
//!
//! Each reader takes its parameters by name and schema; what is left over in a
//! query is refused by [`QueryReader::finish`].

use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use poem::Request;
use serde::de::Deserializer;

use crate::cx::{Cx, Source};
use crate::field::Slot;
use crate::schema::Schema;
use crate::text::{ListText, MapText, Text};
use crate::violation::Location;

/// Name and value pairs of a query or of a form.
#[derive(Debug)]
pub(crate) struct Pairs<'a> {
    pairs: Vec<Pair<'a>>,
}

#[derive(Debug)]
struct Pair<'a> {
    name: Cow<'a, str>,
    value: PairValue<'a>,
}

#[derive(Debug)]
enum PairValue<'a> {
    Text(Cow<'a, str>),
    /// Its percent-encoding is broken.
    Broken,
    /// A parameter has it.
    Taken,
}

impl<'a> Pairs<'a> {
    /// Parses `application/x-www-form-urlencoded`. A name that does not decode to
    /// UTF-8 is a violation; a value that does not, once its name is known.
    pub(crate) fn parse(text: &'a str, cx: &mut Cx) -> Self {
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match decode(name) {
                Some(name) => pairs.push(Pair {
                    name,
                    value: decode(value).map_or(PairValue::Broken, PairValue::Text),
                }),
                None => cx.violation("syntax", BROKEN_ENCODING),
            }
        }
        Self { pairs }
    }

    /// Takes every value of `name`. The violation of a broken one is recorded.
    pub(crate) fn take(&mut self, name: &str, cx: &mut Cx) -> Slot<Vec<Cow<'a, str>>> {
        let mut values = Vec::new();
        for pair in self.pairs.iter_mut().filter(|pair| pair.name == name) {
            match std::mem::replace(&mut pair.value, PairValue::Taken) {
                PairValue::Text(text) => values.push(text),
                PairValue::Broken => {
                    cx.violation("syntax", BROKEN_ENCODING);
                    return Slot::Invalid;
                }
                PairValue::Taken => {}
            }
        }
        if values.is_empty() {
            Slot::Absent
        } else {
            Slot::Value(values)
        }
    }

    /// Takes the only value of `name`; a second one is a violation.
    pub(crate) fn take_single(&mut self, name: &str, cx: &mut Cx) -> Slot<Cow<'a, str>> {
        self.take(name, cx).and_then(|values| single(values, cx))
    }

    /// Takes every `name[member]=value`.
    fn take_deep(&mut self, name: &str, cx: &mut Cx) -> Slot<Vec<(Cow<'a, str>, Cow<'a, str>)>> {
        let mut members = Vec::new();
        for pair in &mut self.pairs {
            let member = pair
                .name
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
            let Some(member) = member else {
                continue;
            };
            match std::mem::replace(&mut pair.value, PairValue::Taken) {
                PairValue::Text(text) => members.push((Cow::Owned(member.to_owned()), text)),
                PairValue::Broken => {
                    cx.member_violation(member, "syntax", BROKEN_ENCODING);
                    return Slot::Invalid;
                }
                PairValue::Taken => {}
            }
        }
        if members.is_empty() {
            Slot::Absent
        } else {
            Slot::Value(members)
        }
    }

    /// The names that nothing took, each once, in their order.
    pub(crate) fn left(self) -> impl Iterator<Item = Cow<'a, str>> {
        let mut seen = HashSet::new();
        self.pairs
            .into_iter()
            .filter(|pair| !matches!(pair.value, PairValue::Taken))
            .map(|pair| pair.name)
            .filter(move |name| seen.insert(name.clone()))
    }
}

const BROKEN_ENCODING: &str = "percent-encoding must decode to UTF-8";

/// Percent-decoding with `+` for a space.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    if !well_formed(text) {
        return None;
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(|text| Cow::Owned(text.into_owned()))
}

/// Every `%` is followed by two hexadecimal digits.
fn well_formed(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        rest.as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

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

/// Cookie parameters (RFC 6265).
#[derive(Debug)]
pub struct CookieReader<'a> {
    request: &'a Request,
}

impl<'a> CookieReader<'a> {
    pub(crate) const fn new(request: &'a Request) -> Self {
        Self { request }
    }

    fn text(&self, cx: &mut Cx, name: &str) -> Slot<Cow<'a, str>> {
        let mut values = Vec::new();
        for field in self.request.headers().get_all("cookie") {
            let pairs = field.as_bytes().split(|byte| *byte == b';');
            for pair in pairs.map(<[u8]>::trim_ascii) {
                let Some(value) = pair
                    .strip_prefix(name.as_bytes())
                    .and_then(|rest| rest.strip_prefix(b"="))
                else {
                    continue;
                };
                let Ok(value) = std::str::from_utf8(value) else {
                    cx.violation("syntax", "must be UTF-8");
                    return Slot::Invalid;
                };
                let bare = value
                    .strip_prefix('"')
                    .and_then(|value| value.strip_suffix('"'));
                values.push(Cow::Borrowed(bare.unwrap_or(value)));
            }
        }
        single(values, cx)
    }

    /// A scalar; the quotes that may stand around it are no part of it.
    pub fn scalar<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Cookie, name, |cx| {
            self.text(cx, name)
                .and_then(|text| read(schema, Text(text), cx))
        })
    }
}
