//! Media types of bodies.

use super::parameter::read_examples;
use super::{Fields, Read, Schema};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// The content of a body in one media type.
#[derive(Clone, Debug)]
pub(crate) struct MediaType {
    pub(crate) at: Place,
    pub(crate) schema: Option<Schema>,
    /// How single members of a form are written.
    pub(crate) encoding: Vec<(String, Place, Encoding)>,
    pub(crate) examples: Vec<Node>,
}

/// How a member of a form is written.
#[derive(Clone, Debug)]
pub(crate) struct Encoding {
    /// Accepted media types of a part.
    pub(crate) content_types: Vec<String>,
    pub(crate) explode: Option<bool>,
    /// `x-charter-max-bytes`: the greatest accepted size of a part.
    pub(crate) max_bytes: Option<u64>,
}

impl Read for MediaType {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a media type", diagnostics)?;
        let media_type = Self {
            at: node.at.clone(),
            schema: fields.read("schema"),
            encoding: fields.read_map("encoding"),
            examples: read_examples(&mut fields),
        };
        fields.finish();
        Some(media_type)
    }
}

impl Read for Encoding {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "an encoding", diagnostics)?;
        if let Some(style) = fields.string("style")
            && style != "form"
        {
            fields.report(
                "style",
                format!("form fields have the style form, not {style}"),
            );
        }
        let encoding = Self {
            content_types: fields
                .string("contentType")
                .map(|types| types.split(',').map(|one| one.trim().to_owned()).collect())
                .unwrap_or_default(),
            explode: fields.boolean("explode"),
            max_bytes: fields.unsigned("x-charter-max-bytes"),
        };
        fields.finish();
        Some(encoding)
    }
}
