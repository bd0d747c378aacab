//! One document without references to other files.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::source::{Library, Node, Value as Source, escape};

/// The document with what it refers to in other files moved into its own
/// components, everything else in its order.
pub(super) fn bundle(document: &Node, library: &Library<'_>) -> Value {
    let mut bundler = Bundler {
        home: document.at.file.to_string(),
        library,
        names: HashMap::new(),
        pending: Vec::new(),
    };
    // Names of the document's own components are taken.
    if let Some(components) = document.get("components").and_then(Node::as_object) {
        for (section, entry) in components {
            for (name, entry) in entry.node.as_object().into_iter().flatten() {
                let mut at = entry.node.at.clone();
                // A component that only refers to another file becomes what it
                // refers to.
                let reference = entry
                    .node
                    .as_object()
                    .filter(|members| members.len() == 1)
                    .and_then(|members| members.get("$ref"));
                if let Some(text) = reference.and_then(|reference| reference.node.as_str())
                    && let Some(target) = library.resolve(text, &at)
                    && target.node().at.file != at.file
                {
                    at = target.node().at.clone();
                    bundler.pending.push((
                        section.clone(),
                        name.clone(),
                        at.file.to_string(),
                        at.pointer.to_string(),
                    ));
                }
                bundler.names.insert(
                    (at.file.to_string(), at.pointer.to_string()),
                    (section.clone(), name.clone()),
                );
            }
        }
    }
    let mut bundled = bundler.value(document, false);
    while !bundler.pending.is_empty() {
        let (section, name, file, pointer) = bundler.pending.remove(0);
        let Some(node) = library
            .file(&file, None)
            .and_then(|root| root.find(&pointer).cloned())
        else {
            continue;
        };
        let value = bundler.value(&node, false);
        let components = member(&mut bundled, "components");
        let section = member(components, &section);
        if let Value::Object(section) = section {
            section.insert(name, value);
        }
    }
    bundled
}

/// Two spaces, and a line feed at the end.
pub(super) fn json(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

type Pending = (String, String, String, String);

struct Bundler<'a> {
    home: String,
    library: &'a Library<'a>,
    /// File and pointer of what is a component now: its section and name.
    names: HashMap<(String, String), (String, String)>,
    pending: Vec<Pending>,
}

impl Bundler<'_> {
    /// The value with its references led home. `literal` values are examples,
    /// in which `$ref` is a name like any other.
    fn value(&mut self, node: &Node, literal: bool) -> Value {
        match &node.value {
            Source::Object(object) => {
                let mut members = Map::new();
                for (name, entry) in object {
                    let value = match (name.as_str(), entry.node.as_str()) {
                        ("$ref", Some(reference)) if !literal => {
                            Value::String(self.reference(reference, &entry.node))
                        }
                        ("mapping", None) if !literal && object.contains_key("propertyName") => {
                            self.mapping(&entry.node)
                        }
                        _ => {
                            let literal = literal
                                || matches!(
                                    name.as_str(),
                                    "example" | "examples" | "default" | "enum" | "const"
                                ) && !is_example_map(name, node);
                            self.value(&entry.node, literal)
                        }
                    };
                    members.insert(name.clone(), value);
                }
                Value::Object(members)
            }
            Source::Array(items) => items.iter().map(|item| self.value(item, literal)).collect(),
            _ => node.to_json(),
        }
    }

    /// A discriminator's mapping, whose values are references.
    fn mapping(&mut self, node: &Node) -> Value {
        let members = node.as_object().into_iter().flatten().map(|(tag, entry)| {
            let text = entry.node.as_str().unwrap_or_default();
            let target = if text.contains(['/', '#']) {
                self.reference(text, &entry.node)
            } else {
                text.to_owned()
            };
            (tag.clone(), Value::String(target))
        });
        Value::Object(members.collect())
    }

    fn reference(&mut self, reference: &str, node: &Node) -> String {
        let Some(target) = self.library.resolve(reference, &node.at) else {
            return reference.to_owned();
        };
        let at = &target.node().at;
        if *at.file == *self.home {
            return format!("#{}", at.pointer);
        }
        let place = (at.file.to_string(), at.pointer.to_string());
        if let Some((section, name)) = self.names.get(&place) {
            return format!("#/components/{section}/{}", escape(name));
        }
        let segments: Vec<&str> = at.pointer.split('/').collect();
        let (section, wanted) = match segments.as_slice() {
            [_, "components", section, name] => ((*section).to_owned(), (*name).to_owned()),
            _ => (
                "schemas".to_owned(),
                segments.last().copied().unwrap_or("Schema").to_owned(),
            ),
        };
        let wanted = wanted.replace("~1", "/").replace("~0", "~");
        let name = crate::names::unique(wanted, "", |name| {
            self.names
                .values()
                .any(|(other, known)| *other == section && known == name)
        });
        self.pending.push((
            section.clone(),
            name.clone(),
            place.0.clone(),
            place.1.clone(),
        ));
        self.names.insert(place, (section.clone(), name.clone()));
        format!("#/components/{section}/{}", escape(&name))
    }
}

/// Whether `examples` is a map of Example objects, not a list of values.
fn is_example_map(name: &str, node: &Node) -> bool {
    name == "examples"
        && node
            .get("examples")
            .is_some_and(|examples| examples.as_object().is_some())
}

/// The member `name` of an object, made when it is not there.
fn member<'v>(value: &'v mut Value, name: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(members) => members
            .entry(name.to_owned())
            .or_insert_with(|| Value::Object(Map::new())),
        other => other,
    }
}
