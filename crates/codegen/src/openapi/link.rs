//! Links: which operation a value of a response leads to.

use super::{Fields, Read};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) operation_id: Option<String>,
    pub(crate) operation_at: Place,
    pub(crate) parameters: Vec<(String, Place, LinkParameter)>,
    pub(crate) body_at: Option<Place>,
}

/// The value of a parameter of a link: a constant or a run-time expression.
#[derive(Debug)]
pub(crate) struct LinkParameter {
    pub(crate) expression: Option<String>,
    pub(crate) at: Place,
}

impl Read for Link {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a link", diagnostics)?;
        if fields.has("operationRef") {
            fields.report("operationRef", "name the operation by `operationId`");
            fields.ignore(&["operationRef"]);
        }
        let link = Self {
            operation_id: fields.required_string("operationId"),
            operation_at: fields.place("operationId"),
            parameters: fields.read_map("parameters"),
            body_at: fields.take("requestBody").map(|body| body.at.clone()),
        };
        fields.ignore(&["description", "server"]);
        fields.finish();
        Some(link)
    }
}

impl Read for LinkParameter {
    fn read(node: &Node, _: &Diagnostics) -> Option<Self> {
        Some(Self {
            expression: node
                .as_str()
                .filter(|text| text.starts_with('$'))
                .map(str::to_owned),
            at: node.at.clone(),
        })
    }
}
