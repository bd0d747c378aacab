//! Operations.

use super::{Fields, OrRef, Parameter, Read, RequestBody, Requirement, Response};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// The methods an operation can have. HEAD and OPTIONS are answered for every
/// path without being declared.
pub(super) const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) at: Place,
    pub(crate) id: Option<String>,
    pub(crate) id_at: Place,
    pub(crate) tags: Vec<(String, Place)>,
    pub(crate) tags_at: Place,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) parameters: Vec<OrRef<Parameter>>,
    pub(crate) body: Option<OrRef<RequestBody>>,
    pub(crate) responses: Vec<(String, Place, OrRef<Response>)>,
    pub(crate) security: Option<Vec<Requirement>>,
    pub(crate) idempotent: bool,
    pub(crate) audit: Option<String>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) even_time: bool,
}

/// `x-charter-rate-limit`.
#[derive(Clone, Debug)]
pub(crate) struct RateLimit {
    pub(crate) limit: u64,
    pub(crate) window_seconds: u64,
}

impl Read for Operation {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "an operation", diagnostics)?;
        let operation = Self {
            at: node.at.clone(),
            id: fields.required_string("operationId"),
            id_at: fields.place("operationId"),
            tags: fields.strings("tags"),
            tags_at: fields.place("tags"),
            summary: fields.string("summary"),
            description: fields.string("description"),
            deprecated: fields.flag("deprecated"),
            parameters: fields.read_list("parameters"),
            body: fields.read("requestBody"),
            responses: fields.read_map("responses"),
            security: fields.has("security").then(|| fields.read_list("security")),
            idempotent: fields.flag("x-charter-idempotent"),
            audit: fields.string("x-charter-audit"),
            rate_limit: fields.read("x-charter-rate-limit"),
            even_time: fields.flag("x-charter-even-time"),
        };
        fields.flag("x-charter-addition");
        fields.ignore(&["externalDocs"]);
        fields.finish();
        Some(operation)
    }
}

impl Read for RateLimit {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "`x-charter-rate-limit`", diagnostics)?;
        fields.require("limit");
        fields.require("window_seconds");
        let limit = fields.unsigned("limit");
        let window_seconds = fields.unsigned("window_seconds");
        fields.finish();
        Some(Self {
            limit: limit?,
            window_seconds: window_seconds?,
        })
    }
}
