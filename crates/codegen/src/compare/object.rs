//! Members of objects: which there are, which must be, and what becomes of others.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::pair::{Pair, Side};
use super::rules::{
    READ_ONLY, REQUEST_ADDITIONAL, REQUEST_PROPERTY_ADDED, REQUEST_PROPERTY_CLAIMED,
    REQUEST_PROPERTY_REMOVED, REQUEST_PROPERTY_REQUIRED, RESPONSE_ADDITIONAL,
    RESPONSE_PROPERTY_ADDED, RESPONSE_PROPERTY_REMOVED, RESPONSE_PROPERTY_REQUIRED, Rule,
    WRITE_ONLY,
};
use super::schema::{COMPOSITION, View, alike};
use super::{Comparison, Direction, Rules, Shift};
use crate::source::{Node, Value};

const ADDED: Rules = Rules {
    request: &REQUEST_PROPERTY_ADDED,
    response: &RESPONSE_PROPERTY_ADDED,
};
const REMOVED: Rules = Rules {
    request: &REQUEST_PROPERTY_REMOVED,
    response: &RESPONSE_PROPERTY_REMOVED,
};
const REQUIRED: Rules = Rules {
    request: &REQUEST_PROPERTY_REQUIRED,
    response: &RESPONSE_PROPERTY_REQUIRED,
};
const ADDITIONAL: Rules = Rules {
    request: &REQUEST_ADDITIONAL,
    response: &RESPONSE_ADDITIONAL,
};

/// Members without a description of their own.
#[derive(Clone, Copy)]
pub(super) enum Others<'d> {
    /// Nothing is said, so any may be.
    Unsaid,
    /// Any may be.
    Open(Side<'d>),
    /// They follow this schema.
    Schema(Side<'d>),
    Closed(Side<'d>),
}

impl<'d> Others<'d> {
    pub(super) fn of(view: &View<'d>) -> Self {
        let mut others = Self::Unsaid;
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            for side in view.written(keyword) {
                others = match (side.node.map(|node| &node.value), others) {
                    (Some(Value::Bool(false)), _) => return Self::Closed(*side),
                    (_, Self::Schema(schema)) => Self::Schema(schema),
                    (Some(Value::Bool(true)), _) => Self::Open(*side),
                    (Some(Value::Object(object)), _) if object.is_empty() => Self::Open(*side),
                    _ => Self::Schema(*side),
                };
            }
        }
        others
    }

    fn side(self, view: &View<'d>) -> Side<'d> {
        match self {
            Self::Unsaid => Side {
                node: None,
                ..view.side("additionalProperties")
            },
            Self::Open(side) | Self::Schema(side) | Self::Closed(side) => side,
        }
    }
}

/// The described members of an object.
type Members<'d> = IndexMap<&'d str, Vec<Side<'d>>>;

fn members<'d>(view: &View<'d>) -> Members<'d> {
    let mut members = Members::new();
    for side in view.written("properties") {
        for name in side.names() {
            members.entry(name).or_default().push(side.member(name));
        }
    }
    members
}

fn required<'d>(view: &View<'d>) -> BTreeSet<&'d str> {
    view.written("required")
        .iter()
        .flat_map(|side| side.texts())
        .collect()
}

impl<'d> Comparison<'d> {
    pub(super) fn object(&mut self, old: &View<'d>, new: &View<'d>, direction: Direction) {
        let (was, is) = (members(old), members(new));
        let (was_required, is_required) = (required(old), required(new));
        let others = Others::of(old);
        let mut names: Vec<&str> = was.keys().copied().collect();
        names.extend(is.keys().filter(|name| !was.contains_key(*name)));
        for name in &names {
            let side = |members: &Members<'d>, view: &View<'d>| match members.get(name) {
                Some(sides) => sides[0],
                None => Side {
                    node: None,
                    ..view.side("properties")
                },
            };
            let pair = Pair {
                old: side(&was, old),
                new: side(&is, new),
            };
            let is_hidden = (
                self.is_hidden(self.old, pair.old, direction),
                self.is_hidden(self.new, pair.new, direction),
            );
            match (was.get(name), is.get(name), is_hidden) {
                (None, None, _) => {}
                (Some(_), Some(_), (true, true)) => {
                    if !pair.is_same() {
                        self.keeps(hiding(direction), pair);
                    }
                }
                // It had no place in this direction, and has none.
                (Some(_), None, (true, _)) | (None, Some(_), (_, true)) => {
                    self.keeps(hiding(direction), pair);
                }
                (Some(_), Some(_), (false, true)) => self.breaks(hiding(direction), pair),
                (Some(_), None, _) => self.breaks(REMOVED.of(direction), pair),
                (_, Some(_), (true, false)) | (None, Some(_), _) => {
                    let presence = if is_required.contains(name) {
                        Presence::Required
                    } else {
                        Presence::Optional
                    };
                    self.added(pair, presence, others, direction);
                }
                (Some(olds), Some(news), (false, false)) => {
                    self.net(pair, |own, pair| own.schema(pair, direction));
                    if olds.len() + news.len() > 2 && !alike(olds, news) {
                        self.breaks(COMPOSITION.of(direction), pair);
                    }
                    self.required(name, &was_required, &is_required, old, new, direction);
                }
            }
        }
        // Members that must be and are described by `additionalProperties` alone.
        for name in was_required.union(&is_required) {
            if !names.contains(name) {
                self.required(name, &was_required, &is_required, old, new, direction);
            }
        }
        self.others(old, new, direction);
    }

    /// Whether a member has no place in this direction.
    fn is_hidden(&mut self, root: &'d Node, side: Side<'d>, direction: Direction) -> bool {
        let Some(node) = side.node else {
            return false;
        };
        let view = self.view(root, node);
        view.flag(match direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        })
    }

    fn added(
        &mut self,
        pair: Pair<'d>,
        presence: Presence,
        others: Others<'d>,
        direction: Direction,
    ) {
        match (direction, presence, others) {
            (Direction::Request, Presence::Required, _) => {
                self.breaks(ADDED.of(direction), pair);
            }
            (Direction::Request, Presence::Optional, Others::Closed(_)) => {
                self.keeps(ADDED.of(direction), pair);
                self.keeps(&REQUEST_PROPERTY_CLAIMED, pair);
            }
            (Direction::Request, ..) => self.breaks(&REQUEST_PROPERTY_CLAIMED, pair),
            (Direction::Response, _, Others::Closed(_)) => {
                self.breaks(ADDED.of(direction), pair);
            }
            // It must be one of the others that were described.
            (Direction::Response, _, Others::Schema(schema)) => {
                self.keeps(ADDED.of(direction), pair);
                let pair = Pair {
                    old: schema,
                    new: pair.new,
                };
                self.schema(pair, direction);
            }
            (Direction::Response, ..) => self.keeps(ADDED.of(direction), pair),
        }
    }

    fn required(
        &mut self,
        name: &str,
        was: &BTreeSet<&'d str>,
        is: &BTreeSet<&'d str>,
        old: &View<'d>,
        new: &View<'d>,
        direction: Direction,
    ) {
        let shift = match (was.contains(name), is.contains(name)) {
            (false, true) => Shift::Narrower,
            (true, false) => Shift::Wider,
            _ => return,
        };
        let pair = Pair {
            old: Side {
                node: None,
                ..old.side("required")
            },
            new: Side {
                node: None,
                ..new.side("required")
            },
        };
        let shown = |required: &BTreeSet<&str>| {
            let how = if required.contains(name) {
                "required"
            } else {
                "optional"
            };
            format!("`{name}` is {how}")
        };
        let (was, is) = (shown(was), shown(is));
        self.judge_as(
            REQUIRED.of(direction),
            shift.verdict(direction),
            pair,
            was,
            is,
        );
    }

    fn others(&mut self, old: &View<'d>, new: &View<'d>, direction: Direction) {
        let (was, is) = (Others::of(old), Others::of(new));
        let pair = Pair {
            old: was.side(old),
            new: is.side(new),
        };
        let shift = match (was, is) {
            (Others::Schema(_), Others::Schema(_)) => {
                self.net(pair, |own, pair| own.schema(pair, direction));
                return;
            }
            (Others::Closed(_), Others::Closed(_))
            | (Others::Unsaid | Others::Open(_), Others::Unsaid | Others::Open(_)) => return,
            // Described members that do not come any more are missed.
            (Others::Schema(_) | Others::Open(_), Others::Closed(_)) => Shift::Otherwise,
            (Others::Unsaid, Others::Closed(_)) => Shift::Narrower,
            (Others::Closed(_), _) => Shift::Wider,
            (_, Others::Schema(_)) => Shift::Narrower,
            (Others::Schema(_), _) => Shift::Wider,
        };
        self.shift(ADDITIONAL, shift, pair, direction);
    }
}

#[derive(Clone, Copy)]
enum Presence {
    Required,
    Optional,
}

/// The rule about members that have no place in a direction.
const fn hiding(direction: Direction) -> &'static Rule {
    match direction {
        Direction::Request => &READ_ONLY,
        Direction::Response => &WRITE_ONLY,
    }
}
