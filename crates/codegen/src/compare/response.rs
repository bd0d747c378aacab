//! Responses: statuses, media types, headers, links and types of problem.

use std::collections::BTreeSet;

use super::pair::{Pair, Side};
use super::rules::{
    HEADER_NOTATION, HEADER_REMOVED, HEADER_REQUIRED, LINK, PROBLEM_TYPE, RESPONSE_MEDIA_TYPE,
    STATUS_DEMAND, STATUS_FAILURE, STATUS_REMOVED, STATUS_SUCCESS,
};
use super::{Comparison, Direction, Verdict};
use crate::source::Node;

/// Failures that say what a request lacks.
const DEMANDS: &[&str] = &["401", "403", "406", "407", "426", "428", "511"];

const PROBLEM: &str = "application/problem+json";

impl<'d> Comparison<'d> {
    pub(super) fn responses(&mut self, pair: Pair<'d>) {
        for status in pair.names() {
            let response = pair.member(status);
            match (response.old.node, response.new.node) {
                (Some(_), Some(_)) => self.net(response, Self::response),
                (Some(_), None) => self.breaks(&STATUS_REMOVED, response),
                _ if !status.starts_with(['4', '5']) => self.breaks(&STATUS_SUCCESS, response),
                _ if DEMANDS.contains(&status) => self.breaks(&STATUS_DEMAND, response),
                _ => {
                    let target = self.target(self.new, response.new);
                    let content: Vec<&str> = target.member("content").names().collect();
                    if content == [PROBLEM] {
                        self.keeps(&STATUS_FAILURE, response);
                    } else {
                        self.breaks(&STATUS_FAILURE, response);
                    }
                }
            }
        }
    }

    fn response(&mut self, pair: Pair<'d>) {
        let pair = self.follow(pair);
        self.members(pair, |comparison, name, member| match name {
            "headers" => comparison.headers(member),
            "content" => comparison.response_content(member),
            "links" => {
                for link in member.names() {
                    comparison.link(member.member(link));
                }
                if member.names().is_empty() && !member.is_same() {
                    comparison.keeps(&LINK, member);
                }
            }
            _ => {}
        });
    }

    fn response_content(&mut self, pair: Pair<'d>) {
        for media_type in pair.names() {
            let content = pair.member(media_type);
            if content.old.node.is_some() && content.new.node.is_some() {
                self.media_type(content, Direction::Response);
                if media_type == PROBLEM {
                    self.problem_types(content);
                }
            } else {
                self.breaks(&RESPONSE_MEDIA_TYPE, content);
            }
        }
        // No content, written down or not.
        if pair.names().is_empty() && !pair.is_same() {
            self.keeps(&RESPONSE_MEDIA_TYPE, pair);
        }
    }

    /// The `type` of each example must still be there.
    fn problem_types(&mut self, pair: Pair<'d>) {
        let old = self.types_of(self.old, pair.old);
        let new = self.types_of(self.new, pair.new);
        if old == new {
            return;
        }
        let verdict = if old.is_subset(&new) {
            Verdict::Keeps
        } else {
            Verdict::Breaks
        };
        let listed = |types: &BTreeSet<&str>| types.iter().copied().collect::<Vec<_>>().join(", ");
        self.judge_as(&PROBLEM_TYPE, verdict, pair, listed(&old), listed(&new));
    }

    fn types_of(&mut self, root: &'d Node, content: Side<'d>) -> BTreeSet<&'d str> {
        let mut types = BTreeSet::new();
        types.extend(content.member("example").member("type").text());
        let examples = content.member("examples");
        for name in examples.names() {
            let example = self.target(root, examples.member(name));
            types.extend(example.member("value").member("type").text());
        }
        types
    }

    fn headers(&mut self, pair: Pair<'d>) {
        // Names of headers have no case.
        let find = |side: Side<'d>, wanted: &str| {
            side.names().find(|name| name.eq_ignore_ascii_case(wanted))
        };
        for name in pair.old.names() {
            let old = pair.old.member(name);
            match find(pair.new, name) {
                None => {
                    let new = Side::absent(pair.new.at);
                    self.breaks(&HEADER_REMOVED, Pair { old, new });
                }
                Some(other) => {
                    let new = pair.new.member(other);
                    if name != other {
                        self.keeps(&HEADER_REMOVED, Pair { old, new });
                    }
                    self.net(Pair { old, new }, Self::header);
                }
            }
        }
        for name in pair.new.names() {
            if find(pair.old, name).is_none() {
                let old = Side::absent(pair.old.at);
                let new = pair.new.member(name);
                self.keeps(&HEADER_REMOVED, Pair { old, new });
            }
        }
        if pair.names().is_empty() && !pair.is_same() {
            self.keeps(&HEADER_REMOVED, pair);
        }
    }

    fn header(&mut self, pair: Pair<'d>) {
        let pair = self.follow(pair);
        self.members(pair, |comparison, name, member| match name {
            "required" => comparison.promise(&HEADER_REQUIRED, member),
            "style" | "explode" if !member.is_same() => {
                let written = |side: Side<'d>| match (name, side.node) {
                    ("style", None) => "\"simple\"".to_owned(),
                    (_, None) => "false".to_owned(),
                    _ => side.shown(),
                };
                if written(member.old) == written(member.new) {
                    comparison.keeps(&HEADER_NOTATION, member);
                } else {
                    comparison.breaks(&HEADER_NOTATION, member);
                }
            }
            "schema" if member.old.node.is_some() && member.new.node.is_some() => {
                comparison.schema(member, Direction::Response);
            }
            _ => {}
        });
    }

    fn link(&mut self, pair: Pair<'d>) {
        match (pair.old.node, pair.new.node) {
            (None, _) => self.keeps(&LINK, pair),
            (_, None) => self.breaks(&LINK, pair),
            _ => self.net(pair, |comparison, pair| {
                let pair = comparison.follow(pair);
                comparison.members(pair, |comparison, _, member| {
                    if !member.is_same() {
                        comparison.breaks(&LINK, member);
                    }
                });
            }),
        }
    }
}
