//! `application/x-www-form-urlencoded`: queries and forms.

use std::borrow::Cow;
use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::single;
use crate::cx::Cx;
use crate::field::Slot;

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
    pub(super) fn take_deep(
        &mut self,
        name: &str,
        cx: &mut Cx,
    ) -> Slot<Vec<(Cow<'a, str>, Cow<'a, str>)>> {
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

    /// The pairs that nothing took, but for those whose encoding is broken.
    pub(crate) fn rest(self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        self.pairs.into_iter().filter_map(|pair| match pair.value {
            PairValue::Text(text) => Some((pair.name, text)),
            PairValue::Broken | PairValue::Taken => None,
        })
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

pub(super) const BROKEN_ENCODING: &str = "percent-encoding must decode to UTF-8";

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
pub(super) fn well_formed(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        rest.as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}
