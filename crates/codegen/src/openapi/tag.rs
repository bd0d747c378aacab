//! Tags.

use super::{Fields, Read};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// A tag: one module of the generated crate.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) at: Place,
}

impl Read for Tag {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a tag", diagnostics)?;
        let name = fields.required_string("name");
        let description = fields.string("description");
        fields.ignore(&["externalDocs", "summary"]);
        fields.finish();
        Some(Self {
            name: name?,
            description,
            at: node.at.clone(),
        })
    }
}
