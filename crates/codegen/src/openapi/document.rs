//! The document itself, its servers, components and paths.

use super::operation::METHODS;
use super::{Fields, Operation, OrRef, Parameter, Read, Requirement, Scheme, Tag};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// An OpenAPI document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// The path of the first server, `""` when there is none.
    pub(crate) base: String,
    pub(crate) tags: Vec<Tag>,
    pub(crate) paths: Vec<(String, Place, PathItem)>,
    pub(crate) security: Option<Vec<Requirement>>,
    pub(crate) schemes: Vec<(String, Place, OrRef<Scheme>)>,
    /// The component schemas that this file defines: name and place.
    pub(crate) schemas: Vec<(String, Place)>,
}

/// The operations of one path.
#[derive(Debug)]
pub(crate) struct PathItem {
    pub(crate) parameters: Vec<OrRef<Parameter>>,
    pub(crate) operations: Vec<(&'static str, Place, Operation)>,
}

impl Read for Document {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "an OpenAPI document", diagnostics)?;
        if let Some(version) = fields.required_string("openapi")
            && !version.starts_with("3.1.")
        {
            fields.report(
                "openapi",
                format!("documents are OpenAPI 3.1, this one says {version}"),
            );
        }
        fields.ignore(&["jsonSchemaDialect", "externalDocs"]);
        let (title, description) = fields
            .require("info")
            .and_then(|info| read_info(info, diagnostics))
            .unwrap_or_default();
        let base = fields
            .items("servers")
            .iter()
            .filter_map(|server| read_server(server, diagnostics))
            .next()
            .unwrap_or_default();
        let tags = fields.read_list("tags");
        let security = fields.has("security").then(|| fields.read_list("security"));
        let paths = fields.read_map("paths");
        let components = fields
            .take("components")
            .and_then(|node| read_components(node, diagnostics))
            .unwrap_or_default();
        if fields.has("webhooks") {
            fields.report("webhooks", "webhooks cannot be generated yet");
            fields.ignore(&["webhooks"]);
        }
        fields.finish();
        Some(Self {
            title,
            description,
            base,
            tags,
            paths,
            security,
            schemes: components.schemes,
            schemas: components.schemas,
        })
    }
}

fn read_info(node: &Node, diagnostics: &Diagnostics) -> Option<(String, Option<String>)> {
    let mut fields = Fields::open(node, "`info`", diagnostics)?;
    let title = fields.required_string("title");
    fields.required_string("version");
    let description = fields.string("description");
    fields.ignore(&["summary", "termsOfService", "contact", "license"]);
    fields.finish();
    Some((title.unwrap_or_default(), description))
}

/// The path of a server's URL.
fn read_server(node: &Node, diagnostics: &Diagnostics) -> Option<String> {
    let mut fields = Fields::open(node, "a server", diagnostics)?;
    let url = fields.required_string("url")?;
    fields.ignore(&["description"]);
    if fields.has("variables") {
        fields.report("variables", "server variables cannot be generated");
        fields.ignore(&["variables"]);
    }
    fields.finish();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url.as_str(),
    };
    Some(path.trim_end_matches('/').to_owned())
}

#[derive(Default)]
struct Components {
    schemes: Vec<(String, Place, OrRef<Scheme>)>,
    schemas: Vec<(String, Place)>,
}

/// Components are read where something refers to them; only what has a name
/// that others use without a reference is read here.
fn read_components(node: &Node, diagnostics: &Diagnostics) -> Option<Components> {
    let mut fields = Fields::open(node, "`components`", diagnostics)?;
    let schemes = fields.read_map("securitySchemes");
    let schemas = fields
        .members("schemas")
        .map(|(name, entry)| (name.to_owned(), entry.key.clone()))
        .collect();
    fields.ignore(&[
        "parameters",
        "responses",
        "headers",
        "requestBodies",
        "examples",
        "links",
    ]);
    fields.finish();
    Some(Components { schemes, schemas })
}

impl Read for PathItem {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a path", diagnostics)?;
        fields.ignore(&["summary", "description"]);
        let parameters = fields.read_list("parameters");
        let mut operations = Vec::new();
        for (name, entry) in fields.rest().collect::<Vec<_>>() {
            let Some(method) = METHODS.iter().find(|method| **method == name) else {
                continue;
            };
            fields.take(name);
            if let Some(operation) = Operation::read(&entry.node, diagnostics) {
                operations.push((*method, entry.key.clone(), operation));
            }
        }
        fields.finish();
        Some(Self {
            parameters,
            operations,
        })
    }
}
