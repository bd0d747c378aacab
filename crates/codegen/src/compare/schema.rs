//! Schemas: what they consist of, their types and listed values.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::constraint::equal;
use super::pair::{Pair, Side, same};
use super::rules::{
    READ_ONLY, REDACTION, REQUEST_COMPOSITION, REQUEST_DEFAULT, REQUEST_ENUM, REQUEST_ITEMS,
    REQUEST_NULL, REQUEST_OWN_TYPE, REQUEST_TYPE, RESPONSE_COMPOSITION, RESPONSE_DEFAULT,
    RESPONSE_ENUM, RESPONSE_ENUM_REMOVED, RESPONSE_ITEMS, RESPONSE_NULL, RESPONSE_OWN_TYPE,
    RESPONSE_TYPE, SCHEMA_NAME, UNJUDGED, WRITE_ONLY,
};
use super::{ANNOTATIONS, Comparison, Direction, Rules, Shift, Verdict};
use crate::source::{Node, Place, Value};

pub(super) const COMPOSITION: Rules = Rules {
    request: &REQUEST_COMPOSITION,
    response: &RESPONSE_COMPOSITION,
};
const TYPE: Rules = Rules {
    request: &REQUEST_TYPE,
    response: &RESPONSE_TYPE,
};
const NULL: Rules = Rules {
    request: &REQUEST_NULL,
    response: &RESPONSE_NULL,
};
const ITEMS: Rules = Rules {
    request: &REQUEST_ITEMS,
    response: &RESPONSE_ITEMS,
};
const DEFAULT: Rules = Rules {
    request: &REQUEST_DEFAULT,
    response: &RESPONSE_DEFAULT,
};
const OWN_TYPE: Rules = Rules {
    request: &REQUEST_OWN_TYPE,
    response: &RESPONSE_OWN_TYPE,
};

/// A keyword with its place, once for each part of a schema that has it.
type Written<'d> = Vec<Side<'d>>;

/// What a schema consists of: all that must hold at once, wherever it is written. References are
/// followed, `allOf` is spread out, and null as an alternative is set apart.
pub(super) struct View<'d> {
    at: &'d Place,
    parts: Vec<&'d Node>,
    /// The component that it is.
    pub(super) name: Option<&'d str>,
    /// The components in `allOf`.
    bases: Vec<&'d str>,
    /// Null is one of the alternatives.
    null: bool,
    /// `oneOf` and `anyOf`, without null.
    pub(super) unions: Vec<(&'d str, Side<'d>, Vec<&'d Node>)>,
    keywords: IndexMap<&'d str, Written<'d>>,
}

impl<'d> View<'d> {
    pub(super) fn written(&self, keyword: &str) -> &[Side<'d>] {
        self.keywords.get(keyword).map_or(&[], Vec::as_slice)
    }

    /// Where the keyword stands first.
    pub(super) fn side(&self, keyword: &str) -> Side<'d> {
        match self.written(keyword) {
            [first, ..] => *first,
            [] => Side::absent(self.at),
        }
    }

    /// The first of these keywords that is written.
    pub(super) fn first_side(&self, keywords: &[&str]) -> Side<'d> {
        keywords
            .iter()
            .map(|keyword| self.side(keyword))
            .find(|side| side.node.is_some())
            .unwrap_or(Side::absent(self.at))
    }

    /// The types, null among them; `None` where any may be.
    pub(super) fn types(&self) -> Option<BTreeSet<&'d str>> {
        let mut all: Option<BTreeSet<&str>> = None;
        for side in self.written("type") {
            let types: BTreeSet<&str> = match side.text() {
                Some(one) => [one].into(),
                None => side.texts().into_iter().collect(),
            };
            all = Some(match all {
                None => types,
                Some(known) => known.intersection(&types).copied().collect(),
            });
        }
        all
    }

    /// The values of `enum` and `const`; `None` where any may be.
    pub(super) fn values(&self) -> Option<Vec<&'d Node>> {
        let mut all: Option<Vec<&Node>> = None;
        let lists = self
            .written("enum")
            .iter()
            .map(|side| side.items().iter().collect());
        let constants = self
            .written("const")
            .iter()
            .map(|side| side.node.into_iter().collect());
        for list in lists.chain(constants) {
            let list: Vec<&Node> = list;
            all = Some(match all {
                None => list,
                Some(known) => known
                    .into_iter()
                    .filter(|one| list.iter().any(|other| equal(one, other)))
                    .collect(),
            });
        }
        all
    }

    pub(super) fn flag(&self, keyword: &str) -> bool {
        self.written(keyword).iter().any(|side| side.flag())
    }
}

impl<'d> Comparison<'d> {
    /// What the schema `node` consists of.
    pub(super) fn view(&mut self, root: &'d Node, node: &'d Node) -> View<'d> {
        let mut view = View {
            at: &node.at,
            parts: Vec::new(),
            name: None,
            bases: Vec::new(),
            null: false,
            unions: Vec::new(),
            keywords: IndexMap::new(),
        };
        self.add(root, node, &mut view);
        view
    }

    fn add(&mut self, root: &'d Node, node: &'d Node, view: &mut View<'d>) {
        if view.parts.iter().any(|part| std::ptr::eq(*part, node)) {
            return;
        }
        view.parts.push(node);
        let Some(object) = node.as_object() else {
            if !matches!(node.value, Value::Bool(true)) {
                view.keywords.entry("").or_default().push(Side::of(node));
            }
            return;
        };
        for (keyword, entry) in object {
            let side = Side {
                node: Some(&entry.node),
                at: &entry.key,
            };
            match keyword.as_str() {
                "$ref" => {
                    if let Some(target) = side
                        .text()
                        .and_then(|reference| self.component(root, reference))
                    {
                        view.name = view.name.or(side.text().and_then(component_name));
                        self.add(root, target, view);
                        continue;
                    }
                }
                "allOf" => {
                    let name = view.name;
                    for part in side.items() {
                        view.bases.extend(
                            Side::of(part)
                                .member("$ref")
                                .text()
                                .and_then(component_name),
                        );
                        self.add(root, part, view);
                    }
                    view.name = name;
                    continue;
                }
                "oneOf" | "anyOf" if !side.items().is_empty() => {
                    let (nulls, others): (Vec<&Node>, Vec<&Node>) =
                        side.items().iter().partition(|one| is_null_schema(one));
                    view.null |= !nulls.is_empty();
                    match others.as_slice() {
                        [only] if !nulls.is_empty() => self.add(root, only, view),
                        _ => view.unions.push((keyword, side, others)),
                    }
                    continue;
                }
                _ => {}
            }
            view.keywords.entry(keyword).or_default().push(side);
        }
    }

    /// Judges a schema, and everything below it.
    pub(super) fn schema(&mut self, pair: Pair<'d>, direction: Direction) {
        let (Some(old_node), Some(new_node)) = (pair.old.node, pair.new.node) else {
            return;
        };
        let before = self.seen;
        let old = self.view(self.old, old_node);
        let new = self.view(self.new, new_node);
        let addresses = |view: &View<'d>| {
            let parts = view.parts.iter();
            parts.map(|part| std::ptr::from_ref(*part).addr()).collect()
        };
        // What contains itself is the same as far as it was followed.
        if !self
            .met
            .insert((addresses(&old), addresses(&new), direction))
        {
            self.seen += 1;
            return;
        }
        self.schema_name(pair, &old, &new);
        self.group(&["type", "enum", "const"], &old, &new, direction, |own| {
            own.types(&old, &new, direction);
            own.null(&old, &new, direction);
            own.values(&old, &new, direction);
        });
        self.group(
            &[
                "properties",
                "required",
                "additionalProperties",
                "unevaluatedProperties",
            ],
            &old,
            &new,
            direction,
            |own| own.object(&old, &new, direction),
        );
        self.bounds(&old, &new, direction);
        self.unions(pair, &old, &new, direction);
        let keywords: BTreeSet<&str> = old
            .keywords
            .keys()
            .chain(new.keywords.keys())
            .copied()
            .collect();
        for keyword in keywords {
            let (was, is) = (old.written(keyword), new.written(keyword));
            let before = self.seen;
            let pair = Pair {
                old: old.side(keyword),
                new: new.side(keyword),
            };
            if ANNOTATIONS.contains(&keyword) {
                if !alike(was, is) {
                    self.annotation(pair);
                }
                continue;
            }
            if GROUPS.contains(&keyword) {
                continue;
            }
            if !alike(was, is) && (several(was) || several(is)) {
                self.breaks(COMPOSITION.of(direction), pair);
                continue;
            }
            self.keyword(keyword, pair, &old, &new, direction);
            if self.seen == before && !alike(was, is) {
                self.breaks(&UNJUDGED, pair);
            }
        }
        // All keywords are the same, so what differs is how they are put together.
        if self.seen == before && !pair.is_same() {
            self.keeps(COMPOSITION.of(direction), pair);
        }
    }

    fn keyword(
        &mut self,
        keyword: &str,
        pair: Pair<'d>,
        old: &View<'d>,
        new: &View<'d>,
        direction: Direction,
    ) {
        match keyword {
            "items" => self.subschema(ITEMS, pair, direction),
            "default" if !pair.is_same() => {
                let kept = match (pair.old.node, pair.new.node) {
                    (Some(old), Some(new)) => equal(old, new),
                    _ => false,
                };
                let verdict = if kept {
                    Verdict::Keeps
                } else {
                    Verdict::Breaks
                };
                self.judge(DEFAULT.of(direction), verdict, pair);
            }
            "discriminator" => self.discriminator(pair, old, new, direction),
            // Members that only one direction has were set apart.
            "readOnly" if !pair.is_same() => self.keeps(&READ_ONLY, pair),
            "writeOnly" if !pair.is_same() => self.keeps(&WRITE_ONLY, pair),
            "x-charter-redact" => self.promise(&REDACTION, pair),
            "x-charter-type" | "x-charter-type-id" if !pair.is_same() => {
                self.breaks(OWN_TYPE.of(direction), pair);
            }
            _ => self.constraint(keyword, pair, direction),
        }
    }

    /// A schema that describes a part; without it anything may be.
    pub(super) fn subschema(&mut self, rules: Rules, pair: Pair<'d>, direction: Direction) {
        let shift = match (pair.old.node, pair.new.node) {
            (Some(_), Some(_)) => return self.net(pair, |own, pair| own.schema(pair, direction)),
            (None, Some(_)) => Shift::Narrower,
            (Some(_), None) => Shift::Wider,
            (None, None) => return,
        };
        self.shift(rules, shift, pair, direction);
    }

    pub(super) fn shift(
        &mut self,
        rules: Rules,
        shift: Shift,
        pair: Pair<'d>,
        direction: Direction,
    ) {
        self.judge(rules.of(direction), shift.verdict(direction), pair);
    }

    /// Keywords that are judged together, for what they say and not for how they say it.
    fn group(
        &mut self,
        keywords: &[&str],
        old: &View<'d>,
        new: &View<'d>,
        direction: Direction,
        judge: impl FnOnce(&mut Self),
    ) {
        let before = self.seen;
        judge(self);
        let written = |keyword: &&&str| !alike(old.written(keyword), new.written(keyword));
        if let Some(keyword) = keywords.iter().find(written)
            && self.seen == before
        {
            let pair = Pair {
                old: old.side(keyword),
                new: new.side(keyword),
            };
            self.keeps(COMPOSITION.of(direction), pair);
        }
    }

    fn schema_name(&mut self, pair: Pair<'d>, old: &View<'d>, new: &View<'d>) {
        let named = |name: Option<&str>| match name {
            Some(name) => name.to_owned(),
            None => "no name".to_owned(),
        };
        if old.name != new.name {
            let verdict = match old.name {
                None => Verdict::Keeps,
                Some(_) => Verdict::Breaks,
            };
            let (was, is) = (named(old.name), named(new.name));
            self.judge_as(&SCHEMA_NAME, verdict, pair, was, is);
        }
        if old.bases != new.bases {
            let verdict = if old.bases.iter().all(|base| new.bases.contains(base)) {
                Verdict::Keeps
            } else {
                Verdict::Breaks
            };
            let (was, is) = (old.bases.join(", "), new.bases.join(", "));
            self.judge_as(&SCHEMA_NAME, verdict, pair, was, is);
        }
    }

    fn types(&mut self, old: &View<'d>, new: &View<'d>, direction: Direction) {
        let without_null = |view: &View<'d>| {
            view.types().map(|mut types| {
                types.remove("null");
                types
            })
        };
        let (was, is) = (without_null(old), without_null(new));
        if was == is {
            return;
        }
        let takes_all = match (&was, &is) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(was), Some(is)) => was
                .iter()
                .all(|one| is.contains(one) || *one == "integer" && is.contains("number")),
        };
        let shift = match direction {
            Direction::Request if takes_all => Shift::Wider,
            Direction::Response if was.is_none() => Shift::Narrower,
            _ => Shift::Otherwise,
        };
        let pair = Pair {
            old: old.side("type"),
            new: new.side("type"),
        };
        self.shift(TYPE, shift, pair, direction);
    }

    fn null(&mut self, old: &View<'d>, new: &View<'d>, direction: Direction) {
        let (was, is) = (
            self.admits_null(self.old, old, 0),
            self.admits_null(self.new, new, 0),
        );
        let shift = match (was, is) {
            (true, false) => Shift::Narrower,
            (false, true) => Shift::Wider,
            _ => return,
        };
        let shown = |admitted| {
            if admitted {
                "null or a value"
            } else {
                "a value"
            }
        };
        let pair = Pair {
            old: Side {
                node: None,
                ..old.side("type")
            },
            new: Side {
                node: None,
                ..new.side("type")
            },
        };
        self.judge_as(
            NULL.of(direction),
            shift.verdict(direction),
            pair,
            shown(was).to_owned(),
            shown(is).to_owned(),
        );
    }

    /// Whether null is one of the values. Alternatives within alternatives end somewhere.
    fn admits_null(&mut self, root: &'d Node, view: &View<'d>, depth: usize) -> bool {
        const DEEPEST: usize = 16;
        if view.null {
            return true;
        }
        let by_type = view.types().is_none_or(|types| types.contains("null"));
        let by_value = view
            .values()
            .is_none_or(|values| values.iter().any(|value| is_null(value)));
        by_type
            && by_value
            && view.unions.iter().all(|(.., alternatives)| {
                alternatives.iter().any(|one| {
                    let one = self.view(root, one);
                    depth == DEEPEST || self.admits_null(root, &one, depth + 1)
                })
            })
    }

    fn values(&mut self, old: &View<'d>, new: &View<'d>, direction: Direction) {
        let values = |view: &View<'d>| {
            view.values().map(|values| {
                values
                    .into_iter()
                    .filter(|one| !is_null(one))
                    .collect::<Vec<_>>()
            })
        };
        let lacks = |some: &[&Node], others: &[&Node]| {
            some.iter()
                .any(|one| !others.iter().any(|other| equal(one, other)))
        };
        let (gone, came) = match (values(old), values(new)) {
            (None, None) => (false, false),
            (None, Some(_)) => (true, false),
            (Some(_), None) => (false, true),
            (Some(old), Some(new)) => (lacks(&old, &new), lacks(&new, &old)),
        };
        let pair = Pair {
            old: old.first_side(&["enum", "const"]),
            new: new.first_side(&["enum", "const"]),
        };
        match (direction, gone, came) {
            (_, false, false) => {}
            (Direction::Request, true, _) => self.breaks(&REQUEST_ENUM, pair),
            (Direction::Request, false, true) => self.keeps(&REQUEST_ENUM, pair),
            (Direction::Response, ..) => {
                if came {
                    self.breaks(&RESPONSE_ENUM, pair);
                }
                if gone && old.values().is_some() {
                    self.breaks(&RESPONSE_ENUM_REMOVED, pair);
                } else if gone {
                    self.keeps(&RESPONSE_ENUM_REMOVED, pair);
                }
            }
        }
    }
}

/// Keywords that are judged in groups.
const GROUPS: &[&str] = &[
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
];

/// Whether a keyword is written alike in the parts of two schemas.
pub(super) fn alike(old: &[Side<'_>], new: &[Side<'_>]) -> bool {
    old.len() == new.len()
        && old
            .iter()
            .zip(new)
            .all(|(old, new)| match (old.node, new.node) {
                (Some(old), Some(new)) => same(old, new),
                (old, new) => old.is_none() && new.is_none(),
            })
}

/// Whether parts of one schema write a keyword differently.
fn several(written: &[Side<'_>]) -> bool {
    written
        .iter()
        .zip(written.iter().skip(1))
        .any(|(one, next)| !alike(&[*one], &[*next]))
}

fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}

/// `type: 'null'`.
fn is_null_schema(node: &Node) -> bool {
    let kind = Side::of(node).member("type");
    kind.text() == Some("null") || kind.texts() == ["null"]
}

/// The name of the component that a reference leads to.
pub(super) fn component_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}
