//! Alternatives: `oneOf`, `anyOf` and `discriminator`.

use std::collections::{BTreeMap, BTreeSet};

use super::constraint::equal;
use super::object::Others;
use super::pair::{Pair, Side, same};
use super::rules::{
    REQUEST_ALTERNATIVE_REMOVED, REQUEST_DISCRIMINATOR, REQUEST_OVERLAP,
    RESPONSE_ALTERNATIVE_ADDED, RESPONSE_ALTERNATIVE_REMOVED, RESPONSE_DISCRIMINATOR,
};
use super::schema::{COMPOSITION, View, component_name};
use super::{Comparison, Direction, Rules, Verdict};
use crate::source::Node;

const REMOVED: Rules = Rules {
    request: &REQUEST_ALTERNATIVE_REMOVED,
    response: &RESPONSE_ALTERNATIVE_REMOVED,
};
const DISCRIMINATOR: Rules = Rules {
    request: &REQUEST_DISCRIMINATOR,
    response: &RESPONSE_DISCRIMINATOR,
};

impl<'d> Comparison<'d> {
    pub(super) fn unions(
        &mut self,
        pair: Pair<'d>,
        old: &View<'d>,
        new: &View<'d>,
        direction: Direction,
    ) {
        match (old.unions.as_slice(), new.unions.as_slice()) {
            ([], []) => {}
            ([was], [is]) if was.0 == is.0 => {
                let pair = Pair {
                    old: was.1,
                    new: is.1,
                };
                let before = self.seen;
                self.alternatives(pair, &was.2, &is.2, new, direction);
                if self.seen == before && !pair.is_same() {
                    self.keeps(REMOVED.of(direction), pair);
                }
            }
            _ => self.breaks(COMPOSITION.of(direction), pair),
        }
    }

    fn alternatives(
        &mut self,
        pair: Pair<'d>,
        old: &[&'d Node],
        new: &[&'d Node],
        view: &View<'d>,
        direction: Direction,
    ) {
        let matched = self.matched(old, new);
        let mut changed = BTreeSet::new();
        for (old, place) in old.iter().zip(&matched) {
            let Some(place) = *place else {
                let pair = Pair {
                    old: Side::of(old),
                    new: Side::absent(pair.new.at),
                };
                self.breaks(REMOVED.of(direction), pair);
                continue;
            };
            let pair = Pair::of(old, new[place]);
            self.net(pair, |own, pair| own.schema(pair, direction));
            if self.differs(pair, direction) {
                changed.insert(place);
            }
        }
        for (place, node) in new.iter().enumerate() {
            if matched.contains(&Some(place)) {
                continue;
            }
            changed.insert(place);
            let pair = Pair {
                old: Side::absent(pair.old.at),
                new: Side::of(node),
            };
            match direction {
                Direction::Request => self.keeps(REMOVED.of(direction), pair),
                Direction::Response => self.breaks(&RESPONSE_ALTERNATIVE_ADDED, pair),
            }
        }
        // `oneOf` refuses what two alternatives admit.
        let is_exclusive = view.unions.iter().any(|(keyword, ..)| *keyword == "oneOf");
        if direction == Direction::Response || !is_exclusive || changed.is_empty() {
            return;
        }
        let apart = !view.written("discriminator").is_empty()
            || changed.iter().all(|place| {
                new.iter()
                    .enumerate()
                    .all(|(other, node)| other == *place || self.are_apart(new[*place], node))
            });
        let verdict = if apart {
            Verdict::Keeps
        } else {
            Verdict::Breaks
        };
        self.judge(&REQUEST_OVERLAP, verdict, pair);
    }

    /// For each old alternative the place of the new one that it became: the one of the same name,
    /// or that is written alike; what is left over goes in pairs if it can.
    fn matched(&mut self, old: &[&'d Node], new: &[&'d Node]) -> Vec<Option<usize>> {
        let name = |node: &'d Node| {
            Side::of(node)
                .member("$ref")
                .text()
                .and_then(component_name)
        };
        let mut matched: Vec<Option<usize>> = vec![None; old.len()];
        for round in 0..2 {
            for (place, old) in old.iter().enumerate() {
                if matched[place].is_some() {
                    continue;
                }
                let fits = |new: &'d Node| match round {
                    0 => name(old).is_some() && name(old) == name(new),
                    _ => same(old, new),
                };
                matched[place] = (0..new.len())
                    .find(|other| !matched.contains(&Some(*other)) && fits(new[*other]));
            }
        }
        let left: Vec<usize> = (0..new.len())
            .filter(|place| !matched.contains(&Some(*place)))
            .collect();
        let open = matched.iter().filter(|place| place.is_none()).count();
        if open == left.len() {
            let mut left = left.into_iter();
            for place in matched.iter_mut().filter(|place| place.is_none()) {
                *place = left.next();
            }
        }
        matched
    }

    /// Whether anything but texts is different.
    fn differs(&mut self, pair: Pair<'d>, direction: Direction) -> bool {
        let mut alone = Comparison::new(self.old, self.new);
        alone.touched.clone_from(&self.touched);
        alone.schema(pair, direction);
        alone
            .found
            .iter()
            .any(|judgement| judgement.verdict != Verdict::Annotation)
    }

    /// Whether no value fits both: types, a listed value, or a member that one needs and the other
    /// refuses keep them apart.
    fn are_apart(&mut self, one: &'d Node, other: &'d Node) -> bool {
        let one = self.view(self.new, one);
        let other = self.view(self.new, other);
        let (Some(types), Some(others)) = (one.types(), other.types()) else {
            return listed_apart(&one, &other);
        };
        let number: BTreeSet<&str> = ["integer", "number"].into();
        let are_numbers = !types.is_disjoint(&number) && !others.is_disjoint(&number);
        if types.is_disjoint(&others) && !are_numbers {
            return true;
        }
        // Members say nothing about anything but objects.
        let objects: BTreeSet<&str> = ["object"].into();
        if types != objects || others != objects {
            return listed_apart(&one, &other);
        }
        needs_what_is_refused(&one, &other)
            || needs_what_is_refused(&other, &one)
            || self.tagged_apart(&one, &other)
    }

    /// Whether a member that both need lists other values in each.
    fn tagged_apart(&mut self, one: &View<'d>, other: &View<'d>) -> bool {
        let both = needed(one);
        let members: Vec<(&'d Node, &'d Node)> = needed(other)
            .into_iter()
            .filter(|name| both.contains(name))
            .filter_map(|name| Some((member(one, name)?, member(other, name)?)))
            .collect();
        members.into_iter().any(|(one, other)| {
            let one = self.view(self.new, one);
            let other = self.view(self.new, other);
            listed_apart(&one, &other)
        })
    }

    pub(super) fn discriminator(
        &mut self,
        pair: Pair<'d>,
        old: &View<'d>,
        new: &View<'d>,
        direction: Direction,
    ) {
        let rule = DISCRIMINATOR.of(direction);
        if pair.old.node.is_none() || pair.new.node.is_none() {
            self.breaks(rule, pair);
            return;
        }
        let (was, is) = (mapping(pair.old, old), mapping(pair.new, new));
        let kept = was
            .iter()
            .all(|(value, target)| is.get(value) == Some(target));
        let same = was == is;
        self.members(pair, |comparison, name, member| match name {
            "propertyName" if !member.is_same() => comparison.breaks(rule, member),
            "mapping" if !member.is_same() && same => comparison.keeps(rule, member),
            "mapping" if !member.is_same() && kept && direction == Direction::Request => {
                comparison.keeps(rule, member);
            }
            "mapping" if !member.is_same() => comparison.breaks(rule, member),
            _ => {}
        });
    }
}

/// Where the values of a discriminator lead: the names of schemas, unless it says otherwise.
fn mapping<'d>(side: Side<'d>, view: &View<'d>) -> BTreeMap<&'d str, &'d str> {
    let mut mapping: BTreeMap<&str, &str> = view
        .unions
        .iter()
        .flat_map(|(.., alternatives)| alternatives)
        .filter_map(|one| Side::of(one).member("$ref").text())
        .filter_map(component_name)
        .map(|name| (name, name))
        .collect();
    let written = side.member("mapping");
    for value in written.names() {
        let target = written.member(value).text().unwrap_or_default();
        mapping.insert(value, component_name(target).unwrap_or(target));
    }
    mapping
}

fn listed_apart(one: &View<'_>, other: &View<'_>) -> bool {
    match (one.values(), other.values()) {
        (Some(one), Some(other)) => !one
            .iter()
            .any(|value| other.iter().any(|known| equal(value, known))),
        _ => false,
    }
}

fn needed<'d>(view: &View<'d>) -> Vec<&'d str> {
    view.written("required")
        .iter()
        .flat_map(|side| side.texts())
        .collect()
}

fn member<'d>(view: &View<'d>, name: &str) -> Option<&'d Node> {
    view.written("properties")
        .iter()
        .find_map(|side| side.member(name).node)
}

fn needs_what_is_refused(one: &View<'_>, other: &View<'_>) -> bool {
    matches!(Others::of(other), Others::Closed(_))
        && needed(one)
            .into_iter()
            .any(|name| member(other, name).is_none())
}
