//! The licences of everything that is linked, against the exact list in `deny.toml`.
//!
//! Exact means both ways: every crate can be used under licences of the list, and the list
//! holds no licence that no crate needs. `deny.toml` is cargo-deny's file, so that tool
//! agrees where it is installed; this check needs nothing but cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::failure::{Context, Failure, wrong};
use crate::step::{Step, Tally};
use crate::workshop::Workshop;
use crate::workspace;

pub(crate) fn check(step: &Step, _: &Workshop) -> Result<Tally, Failure> {
    let path = workspace::root().join("deny.toml");
    let text = fs::read_to_string(&path).context(path.display())?;
    let allowed = allowed(&text)?;
    let crates = crates(step)?;

    let mut problems = Vec::new();
    let mut needed = BTreeSet::new();
    let mut expressions: BTreeMap<&str, Expression> = BTreeMap::new();
    for (name, licence) in &crates {
        match Expression::parse(licence) {
            Ok(expression) => {
                if !expression.allows(&|licence| allowed.contains(licence)) {
                    problems.push(format!(
                        "{name} is under {licence}, which is not in the list"
                    ));
                }
                expressions.insert(licence, expression);
            }
            Err(why) => problems.push(format!("{name}: {licence:?}: {why}")),
        }
    }
    for licence in &allowed {
        // Needed: without it, something that is allowed would not be.
        let indispensable = expressions.values().any(|expression| {
            expression.allows(&|other| allowed.contains(other))
                && !expression.allows(&|other| other != licence && allowed.contains(other))
        });
        if indispensable {
            needed.insert(licence.as_str());
        } else {
            problems.push(format!("{licence} is in the list, but no crate needs it"));
        }
    }
    if problems.is_empty() {
        return Ok(Tally::of(crates.len(), "crates").and(needed.len(), "licences"));
    }
    wrong(format!(
        "the list [licenses] allow in deny.toml and the crates disagree:\n  {}",
        problems.join("\n  ")
    ))
}

/// The list, from `[licenses] allow`.
fn allowed(text: &str) -> Result<BTreeSet<String>, Failure> {
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return wrong(format!("deny.toml: {error}")),
    };
    let allowed: Option<BTreeSet<String>> = table
        .get("licenses")
        .and_then(|licenses| licenses.get("allow"))
        .and_then(toml::Value::as_array)
        .and_then(|list| {
            list.iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect()
        });
    match allowed {
        Some(allowed) => Ok(allowed),
        None => wrong("deny.toml has no list [licenses] allow"),
    }
}

/// Every crate that Cargo.lock brings, on any platform, and the expression of its licence.
fn crates(step: &Step) -> Result<Vec<(String, String)>, Failure> {
    step.note("asking cargo for every crate");
    let output = workspace::cargo()
        .args(["metadata", "--locked", "--format-version", "1"])
        .stdin(Stdio::null())
        .output()
        .context("cargo metadata")?;
    if !output.status.success() {
        return wrong(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let metadata: Value = match serde_json::from_slice(&output.stdout) {
        Ok(metadata) => metadata,
        Err(error) => return wrong(format!("cargo metadata: {error}")),
    };
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages
        .map(|package| {
            let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
            (
                format!("{} {}", text("name"), text("version")),
                text("license"),
            )
        })
        .collect())
}

/// An SPDX licence expression.
enum Expression {
    /// One licence, with its exception if it has one: `Apache-2.0 WITH LLVM-exception`.
    Licence(String),
    Any(Vec<Expression>),
    All(Vec<Expression>),
}

impl Expression {
    /// Reads an expression. Older manifests write `/` where `OR` is meant.
    fn parse(text: &str) -> Result<Self, String> {
        let spaced = text
            .replace('/', " OR ")
            .replace('(', " ( ")
            .replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = words.as_slice();
        let expression = Self::any(&mut rest)?;
        match rest {
            [] => Ok(expression),
            [word, ..] => Err(format!("{word} is out of place")),
        }
    }

    fn any(words: &mut &[&str]) -> Result<Self, String> {
        let mut terms = vec![Self::all(words)?];
        while let ["OR", rest @ ..] = *words {
            *words = rest;
            terms.push(Self::all(words)?);
        }
        Ok(Self::Any(terms))
    }

    fn all(words: &mut &[&str]) -> Result<Self, String> {
        let mut terms = vec![Self::term(words)?];
        while let ["AND", rest @ ..] = *words {
            *words = rest;
            terms.push(Self::term(words)?);
        }
        Ok(Self::All(terms))
    }

    fn term(words: &mut &[&str]) -> Result<Self, String> {
        match *words {
            ["(", rest @ ..] => {
                *words = rest;
                let inner = Self::any(words)?;
                let [")", rest @ ..] = *words else {
                    return Err("a parenthesis stays open".to_owned());
                };
                *words = rest;
                Ok(inner)
            }
            ["AND" | "OR" | "WITH" | ")", ..] | [] => Err("a licence is missing".to_owned()),
            [licence, "WITH", exception, rest @ ..] => {
                *words = rest;
                Ok(Self::Licence(format!("{licence} WITH {exception}")))
            }
            [licence, rest @ ..] => {
                *words = rest;
                Ok(Self::Licence((*licence).to_owned()))
            }
        }
    }

    /// Whether licences that `accept` takes are enough.
    fn allows(&self, accept: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Licence(licence) => accept(licence),
            Self::Any(terms) => terms.iter().any(|term| term.allows(accept)),
            Self::All(terms) => terms.iter().all(|term| term.allows(accept)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    fn allows(expression: &str, accepted: &[&str]) -> bool {
        match Expression::parse(expression) {
            Ok(expression) => expression.allows(&|licence| accepted.contains(&licence)),
            Err(why) => panic!("{expression}: {why}"),
        }
    }

    #[test]
    fn or_takes_either_and_and_takes_both() {
        assert!(allows("MIT/Apache-2.0", &["MIT"]));
        assert!(allows(
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            &["MIT", "Unicode-3.0"]
        ));
        assert!(!allows("(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT"]));
        assert!(!allows("MIT AND ISC OR GPL-3.0", &["MIT"]));
        assert!(!allows("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"]));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "AND MIT"] {
            assert!(Expression::parse(text).is_err(), "{text:?}");
        }
    }
}
