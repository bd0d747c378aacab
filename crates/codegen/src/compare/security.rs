//! Who may call an operation, and how credentials are sent.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::{Pair, Side};
use super::rules::{
    CREDENTIAL, SECURITY_NEEDED, SECURITY_REMOVED, SECURITY_SCHEME, SECURITY_SCOPE,
};
use super::{Comparison, Verdict};

/// One alternative: schemes that are needed together, each with its scopes. None needs nothing.
type Alternative<'d> = BTreeMap<&'d str, BTreeSet<&'d str>>;

impl<'d> Comparison<'d> {
    /// Whoever could call the old operation can call the new one.
    pub(super) fn security(&mut self, operation: Pair<'d>) {
        let root = Pair::of(self.old, self.new);
        let effective = |operation: Side<'d>, root: Side<'d>| {
            let own = operation.member("security");
            match own.node {
                Some(_) => own,
                None => root.member("security"),
            }
        };
        let pair = Pair {
            old: effective(operation.old, root.old),
            new: effective(operation.new, root.new),
        };
        let (old, new) = (alternatives(pair.old), alternatives(pair.new));
        let schemes = |one: &Alternative<'d>| one.keys().copied().collect::<Vec<_>>();
        let mut broken = false;
        for one in &old {
            let holds = |other: &Alternative<'d>| {
                other.iter().all(|(scheme, scopes)| {
                    one.get(scheme).is_some_and(|held| scopes.is_subset(held))
                })
            };
            if new.iter().any(holds) {
                continue;
            }
            broken = true;
            if one.is_empty() {
                self.breaks(&SECURITY_NEEDED, pair);
            } else if new.iter().any(|other| schemes(other) == schemes(one)) {
                self.breaks(&SECURITY_SCOPE, pair);
            } else {
                self.breaks(&SECURITY_REMOVED, pair);
            }
        }
        if broken || pair.is_same() {
            return;
        }
        let is_public = |list: &[Alternative<'d>]| list.iter().any(BTreeMap::is_empty);
        let named = |list: &[Alternative<'d>]| list.iter().map(schemes).collect::<Vec<_>>();
        if is_public(&new) && !is_public(&old) {
            self.keeps(&SECURITY_NEEDED, pair);
        } else if named(&old) == named(&new) {
            self.keeps(&SECURITY_SCOPE, pair);
        } else {
            self.keeps(&SECURITY_REMOVED, pair);
        }
    }

    /// A security scheme.
    pub(super) fn scheme(&mut self, pair: Pair<'d>) {
        match (pair.old.node, pair.new.node) {
            (None, _) => {
                self.keeps(&SECURITY_SCHEME, pair);
                return;
            }
            (_, None) => {
                self.breaks(&SECURITY_SCHEME, pair);
                return;
            }
            _ => {}
        }
        self.net(pair, |comparison, pair| {
            let pair = comparison.follow(pair);
            comparison.members(pair, |comparison, name, member| match name {
                "bearerFormat" if !member.is_same() => comparison.annotation(member),
                "x-charter-credential" if !member.is_same() => {
                    let (old, new) = (credentials(member.old), credentials(member.new));
                    let verdict = if old.is_subset(&new) {
                        Verdict::Keeps
                    } else {
                        Verdict::Breaks
                    };
                    comparison.judge(&CREDENTIAL, verdict, member);
                }
                "type" | "scheme" | "name" | "in" | "flows" | "openIdConnectUrl"
                    if !member.is_same() =>
                {
                    // Headers and HTTP schemes have no case.
                    let folded = |side: Side<'d>| side.text().map(str::to_lowercase);
                    if matches!(name, "scheme" | "name")
                        && folded(member.old).is_some()
                        && folded(member.old) == folded(member.new)
                        && pair.old.member("in").text() != Some("query")
                        && pair.old.member("in").text() != Some("cookie")
                    {
                        comparison.keeps(&SECURITY_SCHEME, member);
                    } else {
                        comparison.breaks(&SECURITY_SCHEME, member);
                    }
                }
                _ => {}
            });
        });
    }
}

/// What a scheme takes; both where it does not say.
fn credentials(side: Side<'_>) -> BTreeSet<&str> {
    match side.node {
        None => ["key", "session"].into(),
        Some(_) => side.texts().into_iter().collect(),
    }
}

fn alternatives(side: Side<'_>) -> Vec<Alternative<'_>> {
    let written: Vec<Alternative<'_>> = side
        .items()
        .iter()
        .map(|requirement| {
            let requirement = Side::of(requirement);
            requirement
                .names()
                .map(|scheme| {
                    (
                        scheme,
                        requirement.member(scheme).texts().into_iter().collect(),
                    )
                })
                .collect()
        })
        .collect();
    if written.is_empty() {
        return vec![Alternative::new()];
    }
    written
}
