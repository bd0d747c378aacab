//! Responses.

use super::{Fields, Header, Link, MediaType, OrRef, Read};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) at: Place,
    pub(crate) description: Option<String>,
    pub(crate) headers: Vec<(String, Place, OrRef<Header>)>,
    pub(crate) content: Vec<(String, Place, MediaType)>,
    pub(crate) links: Vec<(String, Place, OrRef<Link>)>,
}

impl Read for Response {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a response", diagnostics)?;
        let response = Self {
            at: node.at.clone(),
            description: fields.required_string("description"),
            headers: fields.read_map("headers"),
            content: fields.read_map("content"),
            links: fields.read_map("links"),
        };
        fields.finish();
        Some(response)
    }
}
