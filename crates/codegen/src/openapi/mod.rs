//! The objects of an OpenAPI 3.1 document as they are written: one module for
//! each, references not followed yet.
//!
//! Nothing is skipped silently: [`Fields`] reports every member that its reader
//! did not ask for.

mod document;
mod header;
mod link;
mod media_type;
mod operation;
mod parameter;
mod request_body;
mod response;
mod schema;
mod security;
mod tag;

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Number;

pub(crate) use document::{Document, PathItem};
pub(crate) use header::Header;
pub(crate) use link::{Link, LinkParameter};
pub(crate) use media_type::MediaType;
pub(crate) use operation::Operation;
pub(crate) use parameter::{Location, Parameter, Style};
pub(crate) use request_body::RequestBody;
pub(crate) use response::Response;
pub(crate) use schema::{Additional, CONSTRAINTS, Discriminator, Schema, Type};
pub(crate) use security::{Credential, Requirement, Scheme, SchemeKind};
pub(crate) use tag::Tag;

use crate::diagnostic::Diagnostics;
use crate::source::{Entry, Node, Object, Place, Value};

/// Something that can be read from a value of a document.
pub(crate) trait Read: Sized {
    /// Reads it; `None` when it is not even of the right kind. Problems are reported.
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self>;
}

/// An object, or a `$ref` to one.
#[derive(Clone, Debug)]
pub(crate) enum OrRef<T> {
    Ref(Reference),
    Here(Rc<T>),
}

/// A `$ref`.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) text: String,
    pub(crate) at: Place,
}

impl<T: Read> Read for OrRef<T> {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let Some(entry) = node.as_object().and_then(|object| object.get("$ref")) else {
            return T::read(node, diagnostics).map(|value| Self::Here(Rc::new(value)));
        };
        let mut fields = Fields::open(node, "a reference", diagnostics)?;
        let text = fields.string("$ref")?;
        // Texts beside a reference are for readers of the document only.
        fields.ignore(&["summary", "description"]);
        fields.finish();
        Some(Self::Ref(Reference {
            text,
            at: entry.node.at.clone(),
        }))
    }
}

/// The members of an object, each of which has to be taken.
pub(crate) struct Fields<'n, 'd> {
    what: &'static str,
    at: &'n Place,
    object: &'n Object,
    taken: HashSet<&'n str>,
    diagnostics: &'d Diagnostics,
}

impl<'n, 'd> Fields<'n, 'd> {
    /// Opens `node`, which should be `what` (with its article: `an operation`).
    pub(crate) fn open(
        node: &'n Node,
        what: &'static str,
        diagnostics: &'d Diagnostics,
    ) -> Option<Self> {
        let Some(object) = node.as_object() else {
            diagnostics.report(
                &node.at,
                format!(
                    "expected {what}, which is an object, but found {}",
                    node.kind()
                ),
            );
            return None;
        };
        Some(Self {
            what,
            at: &node.at,
            object,
            taken: HashSet::new(),
            diagnostics,
        })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The member `name`, if it is there.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'n Node> {
        let (name, entry) = self.object.get_key_value(name)?;
        self.taken.insert(name);
        Some(&entry.node)
    }

    /// The member `name`, which has to be there.
    pub(crate) fn require(&mut self, name: &str) -> Option<&'n Node> {
        let found = self.take(name);
        if found.is_none() {
            self.diagnostics
                .report(self.at, format!("{} needs `{name}`", self.what));
        }
        found
    }

    fn expect<T>(
        &self,
        node: &Node,
        what: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = read(&node.value);
        if value.is_none() {
            self.diagnostics
                .report(&node.at, format!("expected {what}, found {}", node.kind()));
        }
        value
    }

    fn text(&self, node: &Node) -> Option<String> {
        self.expect(node, "a string", |value| match value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// A string.
    pub(crate) fn string(&mut self, name: &str) -> Option<String> {
        let node = self.take(name)?;
        self.text(node)
    }

    /// A string that has to be there.
    pub(crate) fn required_string(&mut self, name: &str) -> Option<String> {
        let node = self.require(name)?;
        self.text(node)
    }

    /// A list of strings, each with its place.
    pub(crate) fn strings(&mut self, name: &str) -> Vec<(String, Place)> {
        let items = self.items(name);
        items
            .iter()
            .filter_map(|item| Some((self.text(item)?, item.at.clone())))
            .collect()
    }

    /// A flag, false when absent.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.boolean(name).unwrap_or(false)
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, name: &str) -> Option<bool> {
        let node = self.take(name)?;
        self.expect(node, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    /// A number.
    pub(crate) fn number(&mut self, name: &str) -> Option<Number> {
        let node = self.take(name)?;
        self.expect(node, "a number", |value| match value {
            Value::Number(number) => Some(number.clone()),
            _ => None,
        })
    }

    /// A whole number that is not negative.
    pub(crate) fn unsigned(&mut self, name: &str) -> Option<u64> {
        let node = self.take(name)?;
        self.expect(
            node,
            "a whole number that is not negative",
            |value| match value {
                Value::Number(number) => number.as_u64(),
                _ => None,
            },
        )
    }

    /// The items of an array; none when absent.
    pub(crate) fn items(&mut self, name: &str) -> &'n [Node] {
        let Some(node) = self.take(name) else {
            return &[];
        };
        match &node.value {
            Value::Array(items) => items,
            _ => {
                self.diagnostics.report(
                    &node.at,
                    format!("expected an array, found {}", node.kind()),
                );
                &[]
            }
        }
    }

    /// The members of an object; none when absent.
    pub(crate) fn members(&mut self, name: &str) -> impl Iterator<Item = (&'n str, &'n Entry)> {
        let object = self.take(name).and_then(|node| match &node.value {
            Value::Object(object) => Some(object),
            _ => {
                self.diagnostics.report(
                    &node.at,
                    format!("expected an object, found {}", node.kind()),
                );
                None
            }
        });
        object
            .into_iter()
            .flatten()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// Reads the member `name` as `T`.
    pub(crate) fn read<T: Read>(&mut self, name: &str) -> Option<T> {
        T::read(self.take(name)?, self.diagnostics)
    }

    /// Reads each member of the object `name` as `T`.
    pub(crate) fn read_map<T: Read>(&mut self, name: &str) -> Vec<(String, Place, T)> {
        let diagnostics = self.diagnostics;
        self.members(name)
            .filter_map(|(name, entry)| {
                let value = T::read(&entry.node, diagnostics)?;
                Some((name.to_owned(), entry.key.clone(), value))
            })
            .collect()
    }

    /// Reads each item of the array `name` as `T`.
    pub(crate) fn read_list<T: Read>(&mut self, name: &str) -> Vec<T> {
        let diagnostics = self.diagnostics;
        self.items(name)
            .iter()
            .filter_map(|item| T::read(item, diagnostics))
            .collect()
    }

    /// Members that say nothing to the generator.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.take(name);
        }
    }

    /// The place of the member `name`, or of the whole object.
    pub(crate) fn place(&self, name: &str) -> Place {
        self.object
            .get(name)
            .map_or_else(|| self.at.clone(), |entry| entry.key.clone())
    }

    pub(crate) fn report(&self, name: &str, message: impl Into<String>) {
        self.diagnostics.report(&self.place(name), message);
    }

    pub(crate) fn at(&self) -> &'n Place {
        self.at
    }

    /// The names nobody has taken yet, without extensions of other tools.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&'n str, &'n Entry)> {
        self.object
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
            .filter(|(name, _)| !self.taken.contains(name))
            .filter(|(name, _)| !name.starts_with("x-") || name.starts_with("x-charter-"))
    }

    /// Reports every member that nobody has taken.
    pub(crate) fn finish(self) {
        for (name, entry) in self.rest() {
            self.diagnostics.report(
                &entry.key,
                format!("{} has no `{name}` that Charter knows", self.what),
            );
        }
    }
}
