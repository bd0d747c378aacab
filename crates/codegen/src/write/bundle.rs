//! One document without references to other files.

use std::collections::HashMap;

use crate::source::{Entry, Library, Node, Object, Place, Value, escape};

/// The document with what it refers to in other files moved into its own
/// components, everything else in its order. Each value keeps its place in the
/// file that it comes from.
pub(crate) fn bundle(document: &Node, library: &Library<'_>) -> Node {
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
        let at = document.at.clone();
        let section = object(&mut bundled)
            .and_then(|root| object_in(root, "components", &at))
            .and_then(|components| object_in(components, &section, &at));
        if let Some(section) = section {
            section.insert(name, member_of(&node.at, value));
        }
    }
    bundled
}

/// Two spaces, and a line feed at the end.
pub(super) fn json(value: &serde_json::Value) -> String {
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
    fn value(&mut self, node: &Node, literal: bool) -> Node {
        let value = match &node.value {
            Value::Object(object) => {
                let members = object.iter().map(|(name, entry)| {
                    let value = match (name.as_str(), entry.node.as_str()) {
                        ("$ref", Some(reference)) if !literal => {
                            text(self.reference(reference, &entry.node), &entry.node)
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
                    (name.clone(), member_of(&entry.key, value))
                });
                Value::Object(members.collect())
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item, literal)).collect())
            }
            other => other.clone(),
        };
        let at = node.at.clone();
        Node { at, value }
    }

    /// A discriminator's mapping, whose values are references.
    fn mapping(&mut self, node: &Node) -> Node {
        let members = node.as_object().into_iter().flatten().map(|(tag, entry)| {
            let written = entry.node.as_str().unwrap_or_default();
            let target = if written.contains(['/', '#']) {
                self.reference(written, &entry.node)
            } else {
                written.to_owned()
            };
            (
                tag.clone(),
                member_of(&entry.key, text(target, &entry.node)),
            )
        });
        let value = Value::Object(members.collect());
        let at = node.at.clone();
        Node { at, value }
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

fn object(node: &mut Node) -> Option<&mut Object> {
    match &mut node.value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The object that is the member `name`, made when it is not there.
fn object_in<'n>(members: &'n mut Object, name: &str, at: &Place) -> Option<&'n mut Object> {
    let entry = members.entry(name.to_owned()).or_insert_with(|| {
        let at = at.clone();
        let value = Value::Object(Object::new());
        member_of(&at.clone(), Node { at, value })
    });
    object(&mut entry.node)
}

fn member_of(key: &Place, node: Node) -> Entry {
    let key = key.clone();
    Entry { key, node }
}

/// A string in the place of another value.
fn text(text: String, instead: &Node) -> Node {
    let at = instead.at.clone();
    let value = Value::String(text);
    Node { at, value }
}
