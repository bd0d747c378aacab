//! The same value in two documents.

use std::collections::HashSet;

use crate::source::{Node, Object, Place, Value};

/// A value of one document, or the place where it is missing.
#[derive(Clone, Copy)]
pub(super) struct Side<'d> {
    pub(super) node: Option<&'d Node>,
    pub(super) at: &'d Place,
}

/// A value in the old and in the new document.
#[derive(Clone, Copy)]
pub(super) struct Pair<'d> {
    pub(super) old: Side<'d>,
    pub(super) new: Side<'d>,
}

impl<'d> Side<'d> {
    pub(super) fn of(node: &'d Node) -> Self {
        Self {
            node: Some(node),
            at: &node.at,
        }
    }

    /// Nothing, where something could be expected.
    pub(super) fn absent(at: &'d Place) -> Self {
        Self { node: None, at }
    }

    /// The member `name`; where there is none, the object that lacks it.
    pub(super) fn member(self, name: &str) -> Self {
        match self.object().and_then(|object| object.get(name)) {
            Some(entry) => Self {
                node: Some(&entry.node),
                at: &entry.key,
            },
            None => Self::absent(self.at),
        }
    }

    pub(super) fn object(self) -> Option<&'d Object> {
        self.node?.as_object()
    }

    pub(super) fn text(self) -> Option<&'d str> {
        self.node?.as_str()
    }

    /// Whether it says `true`; nothing said is false.
    pub(super) fn flag(self) -> bool {
        matches!(self.node.map(|node| &node.value), Some(Value::Bool(true)))
    }

    pub(super) fn unsigned(self) -> Option<u64> {
        match &self.node?.value {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(super) fn items(self) -> &'d [Node] {
        match self.node.map(|node| &node.value) {
            Some(Value::Array(items)) => items,
            _ => &[],
        }
    }

    /// The texts of an array.
    pub(super) fn texts(self) -> Vec<&'d str> {
        self.items().iter().filter_map(Node::as_str).collect()
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'d str> {
        self.object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
    }

    /// The value in one line.
    pub(super) fn shown(self) -> String {
        const WIDTH: usize = 120;
        let Some(node) = self.node else {
            return "absent".to_owned();
        };
        let text = node.to_json().to_string();
        if text.chars().count() <= WIDTH {
            return text;
        }
        text.chars().take(WIDTH).chain("...".chars()).collect()
    }
}

impl<'d> Pair<'d> {
    pub(super) fn of(old: &'d Node, new: &'d Node) -> Self {
        Self {
            old: Side::of(old),
            new: Side::of(new),
        }
    }

    pub(super) fn member(self, name: &str) -> Self {
        Self {
            old: self.old.member(name),
            new: self.new.member(name),
        }
    }

    /// The names of members on either side, each once.
    pub(super) fn names(self) -> Vec<&'d str> {
        let mut seen = HashSet::new();
        self.old
            .names()
            .chain(self.new.names())
            .filter(|name| seen.insert(*name))
            .collect()
    }

    /// Whether both sides are written alike, references and all.
    pub(super) fn is_same(self) -> bool {
        match (self.old.node, self.new.node) {
            (None, None) => true,
            (Some(old), Some(new)) => same(old, new),
            _ => false,
        }
    }
}

/// Whether two values are the same JSON. Members have no order.
pub(super) fn same(old: &Node, new: &Node) -> bool {
    match (&old.value, &new.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(old), Value::Bool(new)) => old == new,
        (Value::Number(old), Value::Number(new)) => old == new,
        (Value::String(old), Value::String(new)) => old == new,
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => old
            .values()
            .zip(new.values())
            .all(|(old, new)| same(&old.node, &new.node)),
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old
                    .iter()
                    .all(|(name, old)| new.get(name).is_some_and(|new| same(&old.node, &new.node)))
        }
        _ => false,
    }
}
