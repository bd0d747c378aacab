//! Operations: their names and promises, parameters and bodies.

use super::pair::{Pair, Side};
use super::root::names;
use super::rules::{
    AUDIT_EVENT, BODY_LIMIT, BODY_REMOVED, BODY_REQUIRED, EVEN_TIME, IDEMPOTENT, OPERATION_ID,
    OPERATION_TAG, PARAMETER_ADDED, PARAMETER_LOCATION, PARAMETER_NAME, PARAMETER_NOTATION,
    PARAMETER_ORDER, PARAMETER_REMOVED, PARAMETER_REQUIRED, PART_BYTES, PART_MEDIA_TYPE,
    PART_NOTATION, RATE_LIMIT, REQUEST_MEDIA_TYPE, Rule,
};
use super::{Comparison, Direction, Verdict};

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Whether a member of a path is an operation.
pub(super) fn is_method(name: &str) -> bool {
    METHODS.contains(&name)
}

/// A parameter, by what it is found with.
struct Parameter<'d> {
    /// Where it stands: `in`.
    location: &'d str,
    /// Its name; for a path its place within it.
    name: String,
    /// Where it is written, or the reference to it.
    side: Side<'d>,
}

impl<'d> Comparison<'d> {
    /// `path` is the old one, `item` the path with its own parameters.
    pub(super) fn operation(&mut self, path: &'d str, item: Pair<'d>, operation: Pair<'d>) {
        let before = self.seen;
        self.parameters(path, item, operation);
        let parameters_judged = self.seen > before;
        let before = self.seen;
        self.security(operation);
        let security_judged = self.seen > before;
        self.members(operation, |comparison, name, member| match name {
            "operationId" if !member.is_same() => comparison.breaks(&OPERATION_ID, member),
            "tags" => comparison.tags(member),
            "parameters" if parameters_judged => comparison.seen += 1,
            "parameters" if !member.is_same() => comparison.keeps(&PARAMETER_LOCATION, member),
            "security" if security_judged => comparison.seen += 1,
            // It says of its own what the document says for all, or the other way round.
            "security" if !member.is_same() => comparison.annotation(member),
            "requestBody" => comparison.body(member),
            "responses" => comparison.responses(member),
            "x-charter-idempotent" => comparison.promise(&IDEMPOTENT, member),
            "x-charter-even-time" => comparison.promise(&EVEN_TIME, member),
            "x-charter-audit" if !member.is_same() => match member.old.node {
                None => comparison.keeps(&AUDIT_EVENT, member),
                Some(_) => comparison.breaks(&AUDIT_EVENT, member),
            },
            "x-charter-rate-limit" => comparison.rate_limit(member),
            _ => {}
        });
    }

    /// A flag that must not go.
    pub(super) fn promise(&mut self, rule: &'static Rule, pair: Pair<'d>) {
        if pair.is_same() {
            return;
        }
        if pair.old.flag() && !pair.new.flag() {
            self.breaks(rule, pair);
        } else {
            self.keeps(rule, pair);
        }
    }

    /// A flag that must not come.
    pub(super) fn demand(&mut self, rule: &'static Rule, pair: Pair<'d>) {
        if pair.is_same() {
            return;
        }
        if pair.new.flag() && !pair.old.flag() {
            self.breaks(rule, pair);
        } else {
            self.keeps(rule, pair);
        }
    }

    fn tags(&mut self, pair: Pair<'d>) {
        if pair.is_same() {
            return;
        }
        let first = |side: Side<'d>| side.texts().first().copied();
        if first(pair.old) == first(pair.new) {
            self.keeps(&OPERATION_TAG, pair);
        } else {
            self.breaks(&OPERATION_TAG, pair);
        }
    }

    fn rate_limit(&mut self, pair: Pair<'d>) {
        let (Some(_), Some(_)) = (pair.old.node, pair.new.node) else {
            self.demand_of_presence(&RATE_LIMIT, pair);
            return;
        };
        self.members(pair, |comparison, name, member| {
            if member.is_same() {
                return;
            }
            match (name, member.old.unsigned(), member.new.unsigned()) {
                ("limit", Some(old), Some(new)) if old <= new => {
                    comparison.keeps(&RATE_LIMIT, member);
                }
                ("window_seconds", Some(old), Some(new)) if old >= new => {
                    comparison.keeps(&RATE_LIMIT, member);
                }
                ("limit" | "window_seconds", ..) => comparison.breaks(&RATE_LIMIT, member),
                _ => {}
            }
        });
    }

    /// Something that breaks senders where it is new.
    fn demand_of_presence(&mut self, rule: &'static Rule, pair: Pair<'d>) {
        match (pair.old.node, pair.new.node) {
            (None, Some(_)) => self.breaks(rule, pair),
            (Some(_), None) => self.keeps(rule, pair),
            _ => {}
        }
    }

    fn parameters(&mut self, path: &'d str, item: Pair<'d>, operation: Pair<'d>) {
        let new_path = self.path_of(item.new).unwrap_or(path);
        let old = self.parameters_of(self.old, path, item.old, operation.old);
        let new = self.parameters_of(self.new, new_path, item.new, operation.new);
        let find = |list: &[Parameter<'d>], wanted: &Parameter<'d>| {
            list.iter()
                .position(|one| one.location == wanted.location && one.name == wanted.name)
        };
        let mut places = Vec::new();
        for one in &old {
            if let Some(place) = find(&new, one) {
                places.push(place);
                let pair = Pair {
                    old: one.side,
                    new: new[place].side,
                };
                self.net(pair, Self::parameter);
                continue;
            }
            let elsewhere = new
                .iter()
                .find(|other| other.name == one.name && find(&old, other).is_none());
            match elsewhere {
                Some(other) => self.breaks(
                    &PARAMETER_LOCATION,
                    Pair {
                        old: one.side,
                        new: other.side,
                    },
                ),
                None => {
                    let new = Side::absent(operation.new.at);
                    let pair = Pair { old: one.side, new };
                    self.breaks(&PARAMETER_REMOVED, pair);
                }
            }
        }
        if !places.is_sorted() {
            let pair = operation.member("parameters");
            let listed = |list: &[Parameter<'d>]| {
                list.iter()
                    .map(|one| one.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let (was, is) = (listed(&old), listed(&new));
            self.judge_as(&PARAMETER_ORDER, Verdict::Breaks, pair, was, is);
        }
        for one in &new {
            let is_known = find(&old, one).is_some()
                || old
                    .iter()
                    .any(|other| other.name == one.name && find(&new, other).is_none());
            if is_known {
                continue;
            }
            let old = Side::absent(operation.old.at);
            let pair = Pair { old, new: one.side };
            if self.target(self.new, one.side).member("required").flag() {
                self.breaks(&PARAMETER_ADDED, pair);
            } else {
                self.keeps(&PARAMETER_ADDED, pair);
            }
        }
    }

    /// The path whose item stands here in the new document.
    fn path_of(&self, item: Side<'d>) -> Option<&'d str> {
        let node = item.node?;
        let paths = Side::of(self.new).member("paths");
        paths.names().find(|path| {
            paths
                .member(path)
                .node
                .is_some_and(|other| std::ptr::eq(other, node))
        })
    }

    /// What a path and an operation declare; the operation's own take the place of the path's.
    fn parameters_of(
        &mut self,
        root: &'d crate::source::Node,
        path: &'d str,
        item: Side<'d>,
        operation: Side<'d>,
    ) -> Vec<Parameter<'d>> {
        let mut found: Vec<Parameter<'d>> = Vec::new();
        let shared = item.member("parameters").items();
        for node in shared.iter().chain(operation.member("parameters").items()) {
            let side = Side::of(node);
            let target = self.target(root, side);
            let location = target.member("in").text().unwrap_or_default();
            let written = target.member("name").text().unwrap_or_default();
            let name = match location {
                "header" => written.to_lowercase(),
                "path" => names(path)
                    .position(|name| name == written)
                    .map_or_else(|| written.to_owned(), |place| format!("{{{place}}}")),
                _ => written.to_owned(),
            };
            found.retain(|one| one.location != location || one.name != name);
            found.push(Parameter {
                location,
                name,
                side,
            });
        }
        found
    }

    fn parameter(&mut self, pair: Pair<'d>) {
        let pair = self.follow(pair);
        let notation = Notation::of(pair.old) == Notation::of(pair.new);
        let is_path = pair.old.member("in").text() == Some("path");
        self.members(pair, |comparison, name, member| match name {
            "name" if !member.is_same() => {
                if is_path {
                    comparison.breaks(&PARAMETER_NAME, member);
                } else {
                    comparison.keeps(&PARAMETER_NAME, member);
                }
            }
            "required" => comparison.demand(&PARAMETER_REQUIRED, member),
            "style" | "explode" | "allowReserved" | "allowEmptyValue" if !member.is_same() => {
                if notation {
                    comparison.keeps(&PARAMETER_NOTATION, member);
                } else {
                    comparison.breaks(&PARAMETER_NOTATION, member);
                }
            }
            "schema" | "content" if member.old.node.is_none() || member.new.node.is_none() => {
                comparison.breaks(&PARAMETER_NOTATION, member);
            }
            "schema" => comparison.schema(member, Direction::Request),
            "content" => {
                for media_type in member.names() {
                    let content = member.member(media_type);
                    if content.old.node.is_none() || content.new.node.is_none() {
                        comparison.breaks(&PARAMETER_NOTATION, content);
                    } else {
                        comparison.media_type(content, Direction::Request);
                    }
                }
            }
            _ => {}
        });
    }

    fn body(&mut self, pair: Pair<'d>) {
        match (pair.old.node, pair.new.node) {
            (None, Some(_)) => {
                if self.target(self.new, pair.new).member("required").flag() {
                    self.breaks(&BODY_REQUIRED, pair);
                } else {
                    self.keeps(&BODY_REQUIRED, pair);
                }
                return;
            }
            (Some(_), None) => {
                self.breaks(&BODY_REMOVED, pair);
                return;
            }
            _ => {}
        }
        let pair = self.follow(pair);
        self.members(pair, |comparison, name, member| match name {
            "required" => comparison.demand(&BODY_REQUIRED, member),
            "content" => {
                for media_type in member.names() {
                    let content = member.member(media_type);
                    match (content.old.node, content.new.node) {
                        (Some(_), Some(_)) => {
                            comparison.media_type(content, Direction::Request);
                        }
                        (None, _) => comparison.keeps(&REQUEST_MEDIA_TYPE, content),
                        _ => comparison.breaks(&REQUEST_MEDIA_TYPE, content),
                    }
                }
            }
            "x-charter-body-limit" if !member.is_same() => {
                match (member.old.unsigned(), member.new.unsigned()) {
                    (Some(old), Some(new)) if old <= new => comparison.keeps(&BODY_LIMIT, member),
                    _ => comparison.breaks(&BODY_LIMIT, member),
                }
            }
            _ => {}
        });
    }

    /// A body in one media type, on either side.
    pub(super) fn media_type(&mut self, pair: Pair<'d>, direction: Direction) {
        self.net(pair, |comparison, pair| {
            comparison.members(pair, |comparison, name, member| match name {
                "schema" if member.old.node.is_some() && member.new.node.is_some() => {
                    comparison.schema(member, direction);
                }
                "encoding" if direction == Direction::Request => {
                    for part in member.names() {
                        comparison.part(member.member(part));
                    }
                    if !member.is_same() && member.names().is_empty() {
                        comparison.keeps(&PART_NOTATION, member);
                    }
                }
                _ => {}
            });
        });
    }

    fn part(&mut self, pair: Pair<'d>) {
        let before = self.seen;
        self.members(pair, |comparison, name, member| match name {
            "contentType" if !member.is_same() => {
                let types = |side: Side<'d>| side.text().map(media_types);
                let kept = match (types(member.old), types(member.new)) {
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some(old), Some(new)) => old
                        .iter()
                        .all(|one| new.iter().any(|other| covers(other, one))),
                };
                if kept && member.new.node.is_none_or(|node| node.as_str().is_some()) {
                    comparison.keeps(&PART_MEDIA_TYPE, member);
                } else {
                    comparison.breaks(&PART_MEDIA_TYPE, member);
                }
            }
            "x-charter-max-bytes" if !member.is_same() => {
                match (member.old.unsigned(), member.new.unsigned()) {
                    (Some(old), Some(new)) if old <= new => comparison.keeps(&PART_BYTES, member),
                    (Some(_), None) if member.new.node.is_none() => {
                        comparison.keeps(&PART_BYTES, member);
                    }
                    _ => comparison.breaks(&PART_BYTES, member),
                }
            }
            "style" | "explode" | "allowReserved" | "headers" if !member.is_same() => {
                let written = |side: Side<'d>| match name {
                    "style" => side.text().unwrap_or("form").to_owned(),
                    "explode" => side.node.map_or("true".to_owned(), |_| side.shown()),
                    "allowReserved" => side.flag().to_string(),
                    _ => side.shown(),
                };
                if written(member.old) == written(member.new) {
                    comparison.keeps(&PART_NOTATION, member);
                } else {
                    comparison.breaks(&PART_NOTATION, member);
                }
            }
            _ => {}
        });
        // An entry that says nothing.
        if self.seen == before && pair.names().is_empty() && !pair.is_same() {
            self.keeps(&PART_NOTATION, pair);
        }
    }
}

fn media_types(text: &str) -> Vec<String> {
    text.split(',')
        .map(|one| one.trim().to_lowercase())
        .collect()
}

/// Whether the media type or range `wide` admits everything that `narrow` does.
fn covers(wide: &str, narrow: &str) -> bool {
    if wide == narrow || wide == "*/*" {
        return true;
    }
    match wide.strip_suffix('*') {
        Some(kind) => narrow.starts_with(kind),
        None => false,
    }
}

/// How a parameter is written, defaults filled in.
#[derive(PartialEq)]
struct Notation<'d> {
    style: &'d str,
    explode: String,
    reserved: bool,
    empty: bool,
}

impl<'d> Notation<'d> {
    fn of(side: Side<'d>) -> Self {
        let default = match side.member("in").text() {
            Some("path" | "header") => "simple",
            _ => "form",
        };
        let written = side.member("style");
        let style = match written.node {
            None => default,
            Some(node) => node.as_str().unwrap_or("?"),
        };
        let explode = side.member("explode");
        Self {
            style,
            explode: match explode.node {
                None => (style == "form").to_string(),
                Some(_) => explode.shown(),
            },
            reserved: side.member("allowReserved").flag(),
            empty: side.member("allowEmptyValue").flag(),
        }
    }
}
