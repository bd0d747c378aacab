//! Keywords that bound a value.

use std::cmp::Ordering;

use serde_json::Number;

use super::pair::{Pair, Side, same};
use super::rules::{
    REQUEST_CONTENT, REQUEST_FORMAT, REQUEST_MAX_ITEMS, REQUEST_MAX_LENGTH, REQUEST_MAX_PROPERTIES,
    REQUEST_MAXIMUM, REQUEST_MIN_ITEMS, REQUEST_MIN_LENGTH, REQUEST_MIN_PROPERTIES,
    REQUEST_MINIMUM, REQUEST_MULTIPLE, REQUEST_PATTERN, REQUEST_UNIQUE, RESPONSE_CONTENT,
    RESPONSE_FORMAT, RESPONSE_MAX_ITEMS, RESPONSE_MAX_LENGTH, RESPONSE_MAX_PROPERTIES,
    RESPONSE_MAXIMUM, RESPONSE_MIN_ITEMS, RESPONSE_MIN_LENGTH, RESPONSE_MIN_PROPERTIES,
    RESPONSE_MINIMUM, RESPONSE_MULTIPLE, RESPONSE_PATTERN, RESPONSE_UNIQUE, UNJUDGED,
};
use super::schema::{View, alike};
use super::{Comparison, Direction, Rules, Shift};
use crate::source::{Node, Value};

macro_rules! pairs_of_rules {
    ($($id:ident = $request:ident, $response:ident;)*) => {
        $(const $id: Rules = Rules { request: &$request, response: &$response };)*
    };
}

pairs_of_rules! {
    FORMAT = REQUEST_FORMAT, RESPONSE_FORMAT;
    PATTERN = REQUEST_PATTERN, RESPONSE_PATTERN;
    MIN_LENGTH = REQUEST_MIN_LENGTH, RESPONSE_MIN_LENGTH;
    MAX_LENGTH = REQUEST_MAX_LENGTH, RESPONSE_MAX_LENGTH;
    MINIMUM = REQUEST_MINIMUM, RESPONSE_MINIMUM;
    MAXIMUM = REQUEST_MAXIMUM, RESPONSE_MAXIMUM;
    MULTIPLE = REQUEST_MULTIPLE, RESPONSE_MULTIPLE;
    MIN_ITEMS = REQUEST_MIN_ITEMS, RESPONSE_MIN_ITEMS;
    MAX_ITEMS = REQUEST_MAX_ITEMS, RESPONSE_MAX_ITEMS;
    UNIQUE = REQUEST_UNIQUE, RESPONSE_UNIQUE;
    MIN_PROPERTIES = REQUEST_MIN_PROPERTIES, RESPONSE_MIN_PROPERTIES;
    MAX_PROPERTIES = REQUEST_MAX_PROPERTIES, RESPONSE_MAX_PROPERTIES;
    CONTENT = REQUEST_CONTENT, RESPONSE_CONTENT;
}

/// Formats that hold every value of another one.
const WIDER_FORMATS: &[(&str, &str)] = &[("int32", "int64"), ("float", "double")];

/// A bound of numbers.
#[derive(Clone, Copy)]
struct Edge<'d> {
    number: &'d Number,
    kind: EdgeKind,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EdgeKind {
    Inclusive,
    Exclusive,
}

/// Which end of the numbers a bound is at.
#[derive(Clone, Copy)]
enum End {
    Low,
    High,
}

impl Edge<'_> {
    /// How much this one admits, compared with the other.
    fn tightness(self, other: Self, end: End) -> Ordering {
        let by_number = match end {
            End::Low => order(self.number, other.number),
            End::High => order(other.number, self.number),
        };
        by_number.then(self.kind.cmp(&other.kind))
    }
}

impl<'d> Comparison<'d> {
    /// One keyword of its own. Says nothing about those that it does not know.
    pub(super) fn constraint(&mut self, keyword: &str, pair: Pair<'d>, direction: Direction) {
        if pair.is_same() {
            return;
        }
        let counts = |rules, end| (rules, count_shift(pair, end));
        let (rules, shift) = match keyword {
            "minLength" => counts(MIN_LENGTH, End::Low),
            "maxLength" => counts(MAX_LENGTH, End::High),
            "minItems" => counts(MIN_ITEMS, End::Low),
            "maxItems" => counts(MAX_ITEMS, End::High),
            "minProperties" => counts(MIN_PROPERTIES, End::Low),
            "maxProperties" => counts(MAX_PROPERTIES, End::High),
            "uniqueItems" => (
                UNIQUE,
                match (pair.old.flag(), pair.new.flag()) {
                    (false, true) => Some(Shift::Narrower),
                    (true, false) => Some(Shift::Wider),
                    _ => Some(Shift::Same),
                },
            ),
            "format" => (FORMAT, Some(format_shift(pair))),
            "pattern" => (PATTERN, Some(presence_shift(pair))),
            "multipleOf" => (MULTIPLE, multiple_shift(pair)),
            "contentEncoding" | "contentMediaType" => (CONTENT, Some(Shift::Otherwise)),
            "contentSchema" => match (pair.old.node, pair.new.node) {
                (Some(_), Some(_)) => return self.schema(pair, direction),
                _ => (CONTENT, Some(Shift::Otherwise)),
            },
            _ => return,
        };
        // What cannot be read is left to the net.
        if let Some(shift) = shift {
            self.shift(rules, shift, pair, direction);
        }
    }

    /// `minimum` and `exclusiveMinimum`, `maximum` and `exclusiveMaximum`.
    pub(super) fn bounds(&mut self, old: &View<'d>, new: &View<'d>, direction: Direction) {
        let ends = [
            (MINIMUM, End::Low, ["minimum", "exclusiveMinimum"]),
            (MAXIMUM, End::High, ["maximum", "exclusiveMaximum"]),
        ];
        for (rules, end, keywords) in ends {
            if keywords
                .iter()
                .all(|keyword| alike(old.written(keyword), new.written(keyword)))
            {
                continue;
            }
            let pair = Pair {
                old: old.first_side(&keywords),
                new: new.first_side(&keywords),
            };
            let (Some(was), Some(is)) = (edge(old, keywords, end), edge(new, keywords, end)) else {
                self.breaks(&UNJUDGED, pair);
                continue;
            };
            let shift = match (was, is) {
                (None, None) => Shift::Same,
                (None, Some(_)) => Shift::Narrower,
                (Some(_), None) => Shift::Wider,
                (Some(was), Some(is)) => match is.tightness(was, end) {
                    Ordering::Greater => Shift::Narrower,
                    Ordering::Less => Shift::Wider,
                    Ordering::Equal => Shift::Same,
                },
            };
            self.shift(rules, shift, pair, direction);
        }
    }
}

/// The tightest bound at one end, if there is any; `None` when one is no number.
fn edge<'d>(view: &View<'d>, keywords: [&str; 2], end: End) -> Option<Option<Edge<'d>>> {
    let mut tightest: Option<Edge<'d>> = None;
    let kinds = [EdgeKind::Inclusive, EdgeKind::Exclusive];
    for (keyword, kind) in keywords.into_iter().zip(kinds) {
        for side in view.written(keyword) {
            let number = number(*side)?;
            let edge = Edge { number, kind };
            let is_tighter =
                tightest.is_none_or(|known| edge.tightness(known, end) == Ordering::Greater);
            if is_tighter {
                tightest = Some(edge);
            }
        }
    }
    Some(tightest)
}

fn number<'d>(side: Side<'d>) -> Option<&'d Number> {
    match &side.node?.value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// Numbers of things, of which there may be none or any number where nothing is said.
fn count_shift(pair: Pair<'_>, end: End) -> Option<Shift> {
    let count = |side: Side<'_>| match side.node {
        None => Some(None),
        Some(_) => side.unsigned().map(Some),
    };
    let (old, new) = (count(pair.old)?, count(pair.new)?);
    let tightness = match end {
        End::Low => new.unwrap_or(0).cmp(&old.unwrap_or(0)),
        End::High => old.unwrap_or(u64::MAX).cmp(&new.unwrap_or(u64::MAX)),
    };
    Some(match tightness {
        Ordering::Greater => Shift::Narrower,
        Ordering::Less => Shift::Wider,
        Ordering::Equal => Shift::Same,
    })
}

fn presence_shift(pair: Pair<'_>) -> Shift {
    match (pair.old.node, pair.new.node) {
        (None, Some(_)) => Shift::Narrower,
        (Some(_), None) => Shift::Wider,
        _ => Shift::Otherwise,
    }
}

fn format_shift(pair: Pair<'_>) -> Shift {
    let (Some(old), Some(new)) = (pair.old.text(), pair.new.text()) else {
        return presence_shift(pair);
    };
    if WIDER_FORMATS.contains(&(old, new)) {
        Shift::Wider
    } else if WIDER_FORMATS.contains(&(new, old)) {
        Shift::Narrower
    } else {
        Shift::Otherwise
    }
}

fn multiple_shift(pair: Pair<'_>) -> Option<Shift> {
    if pair.old.node.is_none() || pair.new.node.is_none() {
        return Some(presence_shift(pair));
    }
    let (old, new) = (number(pair.old)?, number(pair.new)?);
    Some(match (divides(new, old), divides(old, new)) {
        (true, true) => Shift::Same,
        (true, false) => Shift::Wider,
        (false, true) => Shift::Narrower,
        (false, false) => Shift::Otherwise,
    })
}

/// Whether `whole` is a multiple of `part`. Of fractions nobody can be certain.
fn divides(part: &Number, whole: &Number) -> bool {
    match (integer(part), integer(whole)) {
        (Some(part), Some(whole)) => part != 0 && whole % part == 0,
        _ => order(part, whole) == Ordering::Equal,
    }
}

fn integer(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

fn order(one: &Number, other: &Number) -> Ordering {
    if let (Some(one), Some(other)) = (integer(one), integer(other)) {
        return one.cmp(&other);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    float(one).total_cmp(&float(other))
}

/// Whether two values are the same, however their numbers are written.
pub(super) fn equal(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Number(one), Value::Number(other)) => order(one, other) == Ordering::Equal,
        _ => same(one, other),
    }
}
