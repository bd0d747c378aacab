//! `openapi/changes.yaml`: the breaking changes that are meant.

use serde_json::{Map, Value, json};

use super::judgement::{Judgement, Spot};
use super::rules::{RULES, Rule};
use super::version::Version;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::openapi::{Fields, Read};
use crate::source::{Library, Node};
use crate::write;

/// Everything that a file declares.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// In the order of the file.
    pub declared: Vec<Declared>,
}

/// A breaking change that is meant.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Where it stands.
    pub at: Spot,
    /// The document, by its name without extension.
    pub document: String,
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// The one operation that breaks.
    pub operation: Option<String>,
    /// Where in the old or the new document.
    pub pointer: Option<String>,
    /// The version of the document in which it comes.
    pub since: Version,
    /// Why it has to be.
    pub reason: String,
}

impl Changes {
    /// Reads the file `name`, whose text is `text`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let diagnostics = Diagnostics::default();
        let load = |_: &str| Ok(text.to_owned());
        let library = Library::new(&load, &diagnostics);
        let changes = library
            .file(name, None)
            .and_then(|node| Self::of(&node, &diagnostics));
        drop(library);
        match changes {
            Some(changes) if diagnostics.is_empty() => Ok(changes),
            _ => Err(diagnostics.into_sorted()),
        }
    }

    fn of(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a file of changes", diagnostics)?;
        fields.require("changes");
        let declared: Vec<Declared> = fields.read_list("changes");
        fields.finish();
        for (place, one) in declared.iter().enumerate() {
            let twice = declared.iter().take(place).any(|other| {
                other.document == one.document
                    && other.rule.number == one.rule.number
                    && other.operation == one.operation
                    && other.pointer == one.pointer
            });
            if twice && let Some(node) = node.find(&one.at.pointer) {
                diagnostics.report(&node.at, "this stands here twice");
            }
        }
        Some(Self { declared })
    }

    /// The changes of one document as a file of their own; `None` when it has none.
    #[must_use]
    pub fn to_yaml(&self, document: &str) -> Option<String> {
        let declared: Vec<Value> = self
            .declared
            .iter()
            .filter(|one| one.document == document)
            .map(Declared::to_json)
            .collect();
        (!declared.is_empty()).then(|| write::yaml(&json!({ "changes": declared })))
    }
}

impl Declared {
    /// Whether it speaks of what was found. A finding that several operations share is declared by
    /// its pointer.
    #[must_use]
    pub fn covers(&self, document: &str, judgement: &Judgement) -> bool {
        let operation = self
            .operation
            .as_ref()
            .is_none_or(|operation| judgement.operations == [operation.as_str()]);
        let pointer = self.pointer.as_ref().is_none_or(|pointer| {
            judgement.old.pointer == *pointer || judgement.new.pointer == *pointer
        });
        self.document == document
            && self.rule.number == judgement.rule.number
            && operation
            && pointer
    }

    fn to_json(&self) -> Value {
        let mut members = Map::new();
        let mut insert = |name: &str, value: &str| members.insert(name.to_owned(), value.into());
        insert("document", &self.document);
        insert("rule", self.rule.name);
        if let Some(operation) = &self.operation {
            insert("operation", operation);
        }
        if let Some(pointer) = &self.pointer {
            insert("pointer", pointer);
        }
        insert("since", &self.since.to_string());
        insert("reason", &self.reason);
        members.into()
    }
}

impl Read for Declared {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a change", diagnostics)?;
        let document = fields.required_string("document");
        let rule = fields.required_string("rule").and_then(|name| {
            let rule = RULES.iter().find(|rule| rule.name == name);
            if rule.is_none() {
                fields.report("rule", format!("there is no rule `{name}`"));
            }
            rule.copied()
        });
        let operation = fields.string("operation");
        let pointer = fields.string("pointer");
        if operation.is_none() && pointer.is_none() {
            fields.report("", "a change needs `operation` or `pointer`");
        }
        let since = fields.required_string("since").and_then(|text| {
            text.parse::<Version>()
                .map_err(|error| fields.report("since", error))
                .ok()
        });
        let reason = fields.required_string("reason");
        if reason
            .as_ref()
            .is_some_and(|reason| reason.trim().is_empty())
        {
            fields.report("reason", "a reason has words");
        }
        fields.finish();
        Some(Self {
            at: Spot::from(&node.at),
            document: document?,
            rule: rule?,
            operation,
            pointer,
            since: since?,
            reason: reason?.trim().to_owned(),
        })
    }
}
