//! Cookie parameters.

use std::borrow::Cow;

use poem::Request;

use super::{read, single};
use crate::cx::Cx;
use crate::field::Slot;
use crate::schema::Schema;
use crate::text::Text;
use crate::violation::Location;

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
