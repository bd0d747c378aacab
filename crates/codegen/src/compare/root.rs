//! The document as a whole: what it is, where it is, and its operations.

use super::operation::is_method;
use super::pair::{Pair, Side};
use super::rules::{DIALECT, OPERATION, PARAMETER_NAME, SERVERS, VERSION};
use super::{Comparison, Direction, Verdict};
use crate::source::Node;

impl<'d> Comparison<'d> {
    pub(super) fn root(&mut self) {
        let root = Pair::of(self.old, self.new);
        self.find_touched();
        self.members(root, |comparison, name, member| match name {
            "openapi" => comparison.dialect(member),
            "jsonSchemaDialect" if !member.is_same() => comparison.breaks(&DIALECT, member),
            "info" => comparison.info(member),
            "servers" => comparison.servers(member),
            // Operations name their tags, and that counts.
            "tags" if !member.is_same() => comparison.annotation(member),
            "paths" => comparison.paths(member),
            // Each operation was asked what it needs.
            "security" if !member.is_same() => comparison.annotation(member),
            // Looked at when everything that refers to them was.
            "components" if !member.is_same() => comparison.seen += 1,
            _ => {}
        });
        self.components(root.member("components"));
    }

    fn dialect(&mut self, pair: Pair<'d>) {
        if pair.is_same() {
            return;
        }
        let minor = |side: Side<'d>| {
            side.text()
                .map(|version| version.splitn(3, '.').take(2).collect::<Vec<_>>())
        };
        if minor(pair.old).is_some() && minor(pair.old) == minor(pair.new) {
            self.keeps(&DIALECT, pair);
        } else {
            self.breaks(&DIALECT, pair);
        }
    }

    fn info(&mut self, pair: Pair<'d>) {
        self.members(pair, |comparison, name, member| match name {
            "version" if !member.is_same() => comparison.version(member),
            "termsOfService" | "contact" | "license" if !member.is_same() => {
                comparison.annotation(member);
            }
            _ => {}
        });
    }

    fn version(&mut self, pair: Pair<'d>) {
        let numbers = |side: Side<'d>| {
            side.text()?
                .split('.')
                .map(|part| part.parse::<u64>().ok())
                .collect::<Option<Vec<_>>>()
        };
        match (numbers(pair.old), numbers(pair.new)) {
            (Some(old), Some(new)) if old < new => self.keeps(&VERSION, pair),
            _ => self.breaks(&VERSION, pair),
        }
    }

    fn servers(&mut self, pair: Pair<'d>) {
        let same = |old: &Node, new: &Node| {
            let pair = Pair::of(old, new);
            pair.member("url").is_same() && pair.member("variables").is_same()
        };
        let (old, new) = (pair.old.items(), pair.new.items());
        if pair.is_same() {
            return;
        }
        let is_first = match (old.first(), new.first()) {
            (Some(old), Some(new)) => same(old, new),
            (None, None) => true,
            _ => false,
        };
        let others = old.iter().all(|old| new.iter().any(|new| same(old, new)));
        // Nothing but what is known here may be what differs.
        let known = old.iter().chain(new).all(|server| {
            Side::of(server)
                .names()
                .all(|name| matches!(name, "url" | "variables" | "description"))
        });
        if !known {
            return;
        }
        if is_first && others {
            self.keeps(&SERVERS, pair);
        } else {
            self.breaks(&SERVERS, pair);
        }
    }

    /// Paths are the same when they differ in the names of their parameters only.
    fn paths(&mut self, paths: Pair<'d>) {
        let find = |side: Side<'d>, wanted: &str| {
            if let Some((path, _)) = side.object()?.get_key_value(wanted) {
                return Some(path.as_str());
            }
            let wanted = template(wanted);
            side.names().find(|path| template(path) == wanted)
        };
        for path in paths.old.names() {
            let old = paths.old.member(path);
            let found = find(paths.new, path);
            let new = match found {
                Some(path) => paths.new.member(path),
                None => Side::absent(paths.new.at),
            };
            if found.is_some_and(|found| found != path) {
                self.breaks(&PARAMETER_NAME, Pair { old, new });
            }
            self.net(Pair { old, new }, |comparison, pair| {
                comparison.path(path, pair);
            });
        }
        for path in paths.new.names() {
            if find(paths.old, path).is_none() {
                let old = Side::absent(paths.old.at);
                let new = paths.new.member(path);
                self.net(Pair { old, new }, |comparison, pair| {
                    comparison.path(path, pair);
                });
            }
        }
    }

    fn path(&mut self, path: &'d str, pair: Pair<'d>) {
        let pair = self.follow(pair);
        let shared = pair.member("parameters");
        let is_alone = shared.is_same() && (shared.old.node.is_none() || self.is_untouched(shared));
        for method in pair.names().into_iter().filter(|name| is_method(name)) {
            let operation = pair.member(method);
            // An operation that is the same takes other parameters when its path does.
            if !is_alone || !self.is_untouched(operation) {
                self.alarm(operation, |comparison, operation| {
                    comparison.method(path, method, pair, operation);
                });
            }
        }
        self.members(pair, |comparison, name, member| match name {
            // Each operation has looked at them.
            "parameters" if !member.is_same() => comparison.annotation(member),
            _ if is_method(name) => comparison.seen += 1,
            _ => {}
        });
    }

    fn method(&mut self, path: &'d str, method: &str, item: Pair<'d>, operation: Pair<'d>) {
        let Some(old) = operation.old.node else {
            let is = format!("{} {path}", method.to_uppercase());
            let was = "absent".to_owned();
            self.judge_as(&OPERATION, Verdict::Keeps, operation, was, is);
            return;
        };
        self.operation = Side::of(old).member("operationId").text();
        self.met.clear();
        if operation.new.node.is_some() {
            self.operation(path, item, operation);
        } else {
            let is = match self.whereabouts() {
                Some(place) => format!("absent; its operationId is at {place}"),
                None => "absent".to_owned(),
            };
            let was = format!("{} {path}", method.to_uppercase());
            self.judge_as(&OPERATION, Verdict::Breaks, operation, was, is);
        }
        self.operation = None;
    }

    /// Where the new document has the operation that is being looked at.
    fn whereabouts(&self) -> Option<String> {
        let paths = Side::of(self.new).member("paths");
        for path in paths.names() {
            for method in paths.member(path).names().filter(|name| is_method(name)) {
                let id = paths.member(path).member(method).member("operationId");
                if id.text().is_some() && id.text() == self.operation {
                    return Some(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
        None
    }

    /// Security schemes, and whatever no operation has led to.
    fn components(&mut self, components: Pair<'d>) {
        self.members(components, |comparison, section, section_pair| {
            for name in section_pair.names() {
                let member = section_pair.member(name);
                if section == "securitySchemes" {
                    comparison.scheme(member);
                    continue;
                }
                let followed = comparison.is_followed(section, name);
                // Of what nobody refers to, nobody hears.
                let is_everywhere = member.old.node.is_some() && member.new.node.is_some();
                if member.is_same() {
                    continue;
                }
                if !is_everywhere && !followed {
                    comparison.annotation(member);
                } else if !followed && section == "schemas" {
                    comparison.net(member, |comparison, member| {
                        comparison.met.clear();
                        comparison.schema(member, Direction::Request);
                        comparison.schema(member, Direction::Response);
                    });
                } else if followed {
                    // Judged where it is used.
                    comparison.seen += 1;
                }
            }
        });
    }

    fn is_followed(&self, section: &str, name: &str) -> bool {
        let pointer = format!("/components/{section}/{}", crate::source::escape(name));
        self.followed.contains(pointer.as_str())
    }
}

/// The path without the names of its parameters.
fn template(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment.find('{') {
            Some(_) => names(segment).fold(segment.to_owned(), |segment, name| {
                segment.replace(&format!("{{{name}}}"), "{}")
            }),
            None => segment.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// The names of the parameters of a path, in their order.
pub(super) fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}
