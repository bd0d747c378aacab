//! Request bodies.

use super::{Fields, MediaType, Read};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// A request body.
#[derive(Debug)]
pub(crate) struct RequestBody {
    pub(crate) at: Place,
    pub(crate) description: Option<String>,
    pub(crate) required: bool,
    pub(crate) content: Vec<(String, Place, MediaType)>,
    /// `x-charter-body-limit`: the greatest accepted number of bytes.
    pub(crate) limit: Option<u64>,
}

impl Read for RequestBody {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a request body", diagnostics)?;
        fields.require("content");
        let body = Self {
            at: node.at.clone(),
            description: fields.string("description"),
            required: fields.flag("required"),
            content: fields.read_map("content"),
            limit: fields.unsigned("x-charter-body-limit"),
        };
        fields.finish();
        Some(body)
    }
}
