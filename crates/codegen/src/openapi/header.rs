//! Headers of responses.

use super::parameter::read_examples;
use super::{Fields, Read, Schema};
use crate::diagnostic::Diagnostics;
use crate::source::Node;

/// A header of a response.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) description: Option<String>,
    pub(crate) required: bool,
    pub(crate) schema: Option<Schema>,
    pub(crate) examples: Vec<Node>,
}

impl Read for Header {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a header", diagnostics)?;
        fields.require("schema");
        if let Some(style) = fields.string("style")
            && style != "simple"
        {
            fields.report(
                "style",
                format!("headers have the style simple, not {style}"),
            );
        }
        let header = Self {
            description: fields.string("description"),
            required: fields.flag("required"),
            schema: fields.read("schema"),
            examples: read_examples(&mut fields),
        };
        fields.ignore(&["deprecated", "explode"]);
        fields.finish();
        Some(header)
    }
}
