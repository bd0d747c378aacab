//! Documents as text: a tree in which every value knows its file, line, column
//! and JSON pointer.

mod library;
mod parse;

use std::borrow::Cow;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Number;

pub(crate) use library::Library;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) file: Rc<str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) pointer: Rc<str>,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) value: Value,
}

/// What YAML and JSON have in common.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(Object),
}

/// An object in the order of its source.
pub(crate) type Object = IndexMap<String, Entry>;

/// A member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where the name of the member stands.
    pub(crate) key: Place,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn as_object(&self) -> Option<&Object> {
        match &self.value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.as_object()?.get(name).map(|entry| &entry.node)
    }

    /// The value below this one that `pointer` (such as `/components/schemas/Pet`) names.
    pub(crate) fn find(&self, pointer: &str) -> Option<&Node> {
        let mut node = self;
        for segment in pointer.split('/').skip(1) {
            let segment = unescape(segment);
            node = match &node.value {
                Value::Object(object) => &object.get(&*segment)?.node,
                Value::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The kind of value, as a reader of JSON calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// The value without its places.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(value) => serde_json::Value::Number(value.clone()),
            Value::String(value) => serde_json::Value::String(value.clone()),
            Value::Array(items) => items.iter().map(Node::to_json).collect(),
            Value::Object(object) => object
                .iter()
                .map(|(name, entry)| (name.clone(), entry.node.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// What the `segment` of a JSON pointer names.
fn unescape(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') {
        segment.replace("~1", "/").replace("~0", "~").into()
    } else {
        segment.into()
    }
}

/// `segment` as it is written within a JSON pointer.
pub(crate) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
