//! Path, query, header and cookie parameters.
//!
//! Each reader takes its parameters by name and schema; what is left over in a
//! query is refused by [`QueryReader::finish`].

use std::borrow::Cow;

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
    pairs: Vec<(Cow<'a, str>, Option<Cow<'a, str>>)>,
}

impl<'a> Pairs<'a> {
    /// Parses `application/x-www-form-urlencoded`; text that does not decode to
    /// UTF-8 is a violation.
    pub(crate) fn parse(text: &'a str, cx: &mut Cx) -> Self {
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => pairs.push((name, Some(value))),
                _ => cx.violation("syntax", "percent-encoding must decode to UTF-8"),
            }
        }
        Self { pairs }
    }

    /// Takes every value of `name`.
    pub(crate) fn take(&mut self, name: &str) -> Vec<Cow<'a, str>> {
        self.pairs
            .iter_mut()
            .filter(|(own, _)| own == name)
            .filter_map(|(_, value)| value.take())
            .collect()
    }

    /// Takes every `name[member]=value`.
    fn take_deep(&mut self, name: &str) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        self.pairs
            .iter_mut()
            .filter_map(|(own, value)| {
                let member = own
                    .strip_prefix(name)?
                    .strip_prefix('[')?
                    .strip_suffix(']')?;
                Some((Cow::Owned(member.to_owned()), value.take()?))
            })
            .collect()
    }

    /// The names that nothing took, each once.
    pub(crate) fn left(self) -> Vec<Cow<'a, str>> {
        let mut names: Vec<Cow<'a, str>> = Vec::new();
        for (name, value) in self.pairs {
            if value.is_some() && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

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
    match schema.decode(input, cx) {
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
    let slot = cx.notation(Source::Json, |cx| read(schema, &mut input, cx));
    if matches!(slot, Slot::Invalid) {
        return slot;
    }
    match input.end() {
        Ok(()) => slot,
        Err(error) => {
            cx.violation("syntax", error.to_string());
            Slot::Invalid
        }
    }
}

/// One text, or none; a second one is a violation.
pub(crate) fn single<'a>(values: Vec<Cow<'a, str>>, cx: &mut Cx) -> Slot<Cow<'a, str>> {
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
pub(crate) fn exploded<'a>(values: Vec<Cow<'a, str>>) -> Slot<Vec<Cow<'a, str>>> {
    match values.as_slice() {
        [] => Slot::Absent,
        [only] if only.is_empty() => Slot::Value(Vec::new()),
        _ => Slot::Value(values),
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

    /// A scalar.
    pub fn scalar<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let values = self.pairs.take(name);
        if values.is_empty() {
            return Slot::Absent;
        }
        cx.parameter(Location::Query, name, |cx| match single(values, cx) {
            Slot::Value(text) => read(schema, Text(text), cx),
            _ => Slot::Invalid,
        })
    }

    /// `style: form, explode: true`: one pair for each item.
    pub fn exploded<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        match exploded(self.pairs.take(name)) {
            Slot::Value(values) => cx.parameter(Location::Query, name, |cx| {
                read(schema, ListText(values), cx)
            }),
            _ => Slot::Absent,
        }
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
        let values = self.pairs.take(name);
        if values.is_empty() {
            return Slot::Absent;
        }
        cx.parameter(Location::Query, name, |cx| match single(values, cx) {
            Slot::Value(text) => read(schema, ListText(split(text, delimiter)), cx),
            _ => Slot::Invalid,
        })
    }

    /// `style: deepObject`: `name[member]=value`.
    pub fn deep_object<S: Schema>(
        &mut self,
        cx: &mut Cx,
        name: &str,
        schema: &S,
    ) -> Slot<S::Value> {
        let members = self.pairs.take_deep(name);
        if members.is_empty() {
            return Slot::Absent;
        }
        cx.parameter(Location::Query, name, |cx| {
            read(schema, MapText(members), cx)
        })
    }

    /// `content: application/json`: the value is JSON text.
    pub fn json<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let values = self.pairs.take(name);
        if values.is_empty() {
            return Slot::Absent;
        }
        cx.parameter(Location::Query, name, |cx| match single(values, cx) {
            Slot::Value(text) => read_json(schema, text.as_bytes(), cx),
            _ => Slot::Invalid,
        })
    }

    /// `contentEncoding: base64` around JSON text; the URL-safe alphabet is
    /// taken too.
    pub fn base64_json<S: Schema>(
        &mut self,
        cx: &mut Cx,
        name: &str,
        schema: &S,
    ) -> Slot<S::Value> {
        let values = self.pairs.take(name);
        if values.is_empty() {
            return Slot::Absent;
        }
        cx.parameter(Location::Query, name, |cx| {
            let Slot::Value(text) = single(values, cx) else {
                return Slot::Invalid;
            };
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
                cx.violation("unknown", format!("there is no query parameter {name}"));
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

    /// A scalar. The router has matched, so it is always there.
    pub fn scalar<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let Some(text) = self.request.raw_path_param(name) else {
            return Slot::Absent;
        };
        cx.parameter(Location::Path, name, |cx| {
            read(schema, Text(Cow::Borrowed(text)), cx)
        })
    }

    /// `style: simple`: items delimited by commas.
    pub fn delimited<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let Some(text) = self.request.raw_path_param(name) else {
            return Slot::Absent;
        };
        cx.parameter(Location::Path, name, |cx| {
            read(schema, ListText(split(Cow::Borrowed(text), ',')), cx)
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
        cx.parameter(Location::Header, name, |cx| match self.text(cx, name) {
            Slot::Value(text) => read(schema, Text(text), cx),
            Slot::Invalid => Slot::Invalid,
            Slot::Absent => Slot::Absent,
        })
    }

    /// `style: simple`: items delimited by commas, white space around them.
    pub fn delimited<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        cx.parameter(Location::Header, name, |cx| match self.text(cx, name) {
            Slot::Value(text) => {
                let items = split(text, ',')
                    .into_iter()
                    .map(|item| Cow::Owned(item.trim().to_owned()))
                    .collect();
                read(schema, ListText(items), cx)
            }
            Slot::Invalid => Slot::Invalid,
            Slot::Absent => Slot::Absent,
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

    /// A scalar.
    pub fn scalar<S: Schema>(&self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let values: Vec<Cow<'_, str>> = self
            .request
            .headers()
            .get_all("cookie")
            .iter()
            .filter_map(|field| field.to_str().ok())
            .flat_map(|field| field.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(own, _)| *own == name)
            .map(|(_, value)| Cow::Borrowed(value.trim_matches('"')))
            .collect();
        if values.is_empty() {
            return Slot::Absent;
        }
        cx.parameter(Location::Cookie, name, |cx| match single(values, cx) {
            Slot::Value(text) => read(schema, Text(text), cx),
            _ => Slot::Invalid,
        })
    }
}
