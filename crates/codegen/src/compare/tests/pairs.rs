//! `tests/pairs`: for each rule pairs of documents that break it, and others that do not.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::super::rules::{RULES, rule};
use super::super::{Verdict, arrived, gone};
use super::{judged, told, whole};
use crate::diagnostic::Diagnostics;
use crate::source::Library;

const FILES: [&str; 3] = ["document", "sent", "received"];

/// A pair of documents, named by what happens between them.
struct Case {
    rule: String,
    verdict: Verdict,
    name: String,
    patch: Value,
}

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pairs")
        .join(format!("{name}.yaml"));
    let text = fs::read_to_string(&path).expect("a readable file");
    let diagnostics = Diagnostics::default();
    let load = |_: &str| Ok(text.clone());
    let library = Library::new(&load, &diagnostics);
    let read = library.file(name, None).expect("YAML").to_json();
    drop(library);
    assert_eq!(diagnostics.into_sorted(), []);
    read
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for file in FILES {
        for (rule, verdicts) in read(file).as_object().expect("rules") {
            for (verdict, named) in verdicts.as_object().expect("breaks and keeps") {
                let verdict = match verdict.as_str() {
                    "breaks" => Verdict::Breaks,
                    "keeps" => Verdict::Keeps,
                    other => panic!("{rule} has no {other}"),
                };
                for (name, patch) in named.as_object().expect("cases") {
                    cases.push(Case {
                        rule: rule.clone(),
                        verdict,
                        name: name.clone(),
                        patch: patch.clone(),
                    });
                }
            }
        }
    }
    cases
}

/// The base with these values in these places.
fn patched(patch: &Map<String, Value>) -> Value {
    let mut document = read("base");
    for (pointer, value) in patch {
        let pointer = match pointer.strip_prefix('/') {
            Some(_) => pointer.clone(),
            None => format!("/components/schemas/{pointer}"),
        };
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
        let last = last.replace("~1", "/").replace("~0", "~");
        let parent = document
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("nothing is at {parent}"));
        let is_gone = value == "(gone)";
        match parent {
            Value::Object(members) if is_gone => {
                members.shift_remove(&last).expect("something to take away");
            }
            Value::Object(members) => {
                members.insert(last, value.clone());
            }
            Value::Array(items) => {
                let place: usize = last.parse().expect("a number");
                match items.get_mut(place) {
                    Some(_) if is_gone => drop(items.remove(place)),
                    Some(item) => *item = value.clone(),
                    None => items.push(value.clone()),
                }
            }
            other => panic!("{other} has no members"),
        }
    }
    document
}

#[test]
fn every_pair_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let base = Map::new();
        let judgements = match case.patch.as_object() {
            Some(patch) => {
                let part = |name: &str| patch.get(name).and_then(Value::as_object);
                let (before, after) = match part("after") {
                    Some(after) => (part("before").unwrap_or(&base), after),
                    None => (&base, patch),
                };
                judged(&patched(before), &patched(after))
            }
            None if case.patch == "(gone)" => {
                vec![gone(&whole(&patched(&base).to_string()), "gone.yaml")]
            }
            None => vec![arrived(&whole(&patched(&base).to_string()))],
        };
        let broken: Vec<_> = judgements
            .iter()
            .filter(|judgement| judgement.verdict == Verdict::Breaks)
            .collect();
        let right = match case.verdict {
            Verdict::Breaks => {
                !broken.is_empty()
                    && broken
                        .iter()
                        .all(|judgement| judgement.rule.name == case.rule)
            }
            _ => broken.is_empty() && !judgements.is_empty(),
        };
        if !right {
            let Case { rule, name, .. } = case;
            wrong.push(format!("{rule}: {name}:\n{}", told(&judgements)));
        }
    }
    assert!(cases.len() >= 100, "{} pairs", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_rule_has_pairs_both_ways() {
    let cases = cases();
    let mut lacking: Vec<String> = RULES
        .iter()
        .flat_map(|rule| [(rule, Verdict::Breaks), (rule, Verdict::Keeps)])
        .filter(|(rule, verdict)| {
            !cases
                .iter()
                .any(|case| case.rule == rule.name && case.verdict == *verdict)
        })
        .map(|(rule, verdict)| format!("{} has no pair that {}", rule.name, verdict.as_str()))
        .collect();
    lacking.extend(
        cases
            .iter()
            .filter(|case| rule(&case.rule).is_none())
            .map(|case| format!("there is no rule {}", case.rule)),
    );
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn rules_have_numbers_and_names_of_their_own() {
    for (place, rule) in RULES.iter().enumerate() {
        let others = &RULES[place + 1..];
        assert!(
            others
                .iter()
                .all(|other| other.number > rule.number && other.name != rule.name),
            "{} {}",
            rule.number,
            rule.name
        );
    }
}
