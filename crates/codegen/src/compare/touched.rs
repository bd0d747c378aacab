//! What need not be looked at: what is written alike, and refers to nothing that differs.

use std::collections::HashSet;

use super::Comparison;
use super::pair::Pair;
use crate::source::{Node, Value, escape};

impl<'d> Comparison<'d> {
    /// Finds the components that differ, and those that refer to them.
    pub(super) fn find_touched(&mut self) {
        let components = Pair::of(self.old, self.new).member("components");
        let mut alike: Vec<(String, Vec<&'d str>)> = Vec::new();
        for section in components.names() {
            let section_pair = components.member(section);
            for name in section_pair.names() {
                let pair = section_pair.member(name);
                let pointer = format!("#/components/{section}/{}", escape(name));
                if !pair.is_same() {
                    self.touched.insert(pointer);
                } else if let Some(node) = pair.old.node {
                    let mut references = Vec::new();
                    find_references(node, &mut references);
                    alike.push((pointer, references));
                }
            }
        }
        // Until nothing is added any more.
        while !self.touched.is_empty() {
            let (reached, rest): (Vec<_>, Vec<_>) = alike
                .into_iter()
                .partition(|(_, references)| is_among(references, &self.touched));
            if reached.is_empty() {
                return;
            }
            self.touched
                .extend(reached.into_iter().map(|(pointer, _)| pointer));
            alike = rest;
        }
    }

    /// Whether a value means what it meant. What an operation needs may stand outside of it.
    pub(super) fn is_untouched(&self, pair: Pair<'d>) -> bool {
        let root = Pair::of(self.old, self.new);
        let (Some(old), true) = (pair.old.node, pair.is_same()) else {
            return false;
        };
        let mut references = Vec::new();
        find_references(old, &mut references);
        root.member("security").is_same()
            && references
                .iter()
                .all(|one| one.starts_with("#/components/"))
            && !is_among(&references, &self.touched)
    }
}

fn is_among(references: &[&str], touched: &HashSet<String>) -> bool {
    // A reference may lead to a part of a component.
    references.iter().any(|reference| {
        let end = reference.match_indices('/').nth(3).map(|(end, _)| end);
        touched.contains(&reference[..end.unwrap_or(reference.len())])
    })
}

/// Every text called `$ref`, in examples as well, where it may be none.
fn find_references<'d>(node: &'d Node, found: &mut Vec<&'d str>) {
    match &node.value {
        Value::Object(object) => {
            for (name, entry) in object {
                match entry.node.as_str() {
                    Some(reference) if name == "$ref" => found.push(reference),
                    _ => find_references(&entry.node, found),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                find_references(item, found);
            }
        }
        _ => {}
    }
}
