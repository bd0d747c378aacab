//! The documents, as their readers have them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Every document that the service serves.
pub static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    charter_server::documents::all()
        .iter()
        .map(|served| Document::new(served.name, serde_json::from_str(&served.json).unwrap()))
        .collect()
});

/// One document.
pub struct Document {
    /// Its name, as in `openapi/<name>.yaml`.
    pub name: &'static str,
    /// The bundled document.
    pub value: Value,
    /// Making one takes longer than judging by it.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation of a document.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    /// Its document.
    pub document: &'a Document,
    /// `operationId`.
    pub id: &'a str,
    /// Its method, in capitals.
    pub method: &'static str,
    /// Its path with `{parameters}`.
    pub path: &'a str,
    /// The path item object that it belongs to.
    pub item: &'a Value,
    /// The operation object.
    pub value: &'a Value,
}

const METHODS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("patch", "PATCH"),
];

/// Every operation of every document.
pub fn operations() -> Vec<Operation<'static>> {
    DOCUMENTS.iter().flat_map(Document::operations).collect()
}

/// The operation with this id.
pub fn operation(id: &str) -> Operation<'static> {
    operations()
        .into_iter()
        .find(|operation| operation.id == id)
        .unwrap_or_else(|| panic!("no document has an operation {id}"))
}

impl Document {
    /// The document of this name.
    pub fn new(name: &'static str, value: Value) -> Self {
        Self {
            name,
            value,
            validators: Mutex::default(),
        }
    }

    /// Its operations in the document's order.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.value["paths"].as_object().unwrap() {
            for (key, method) in METHODS {
                if let Some(value) = item.get(key) {
                    operations.push(Operation {
                        document: self,
                        id: value["operationId"].as_str().unwrap(),
                        method,
                        path,
                        item,
                        value,
                    });
                }
            }
        }
        operations
    }

    /// Judges values by a schema of this document.
    pub fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let root = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": self.value["components"],
                "allOf": [schema],
            });
            let options = jsonschema::options();
            let options = options.should_validate_formats(true);
            Arc::new(options.build(&root).unwrap())
        });
        validator.clone()
    }

    /// What a `$ref` within the document leads to, or the value itself.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let target = self.value.pointer(&reference[1..]);
                self.resolve(target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => value,
        }
    }
}

impl<'a> Operation<'a> {
    /// Its tag, in snake case, as the name of a folder.
    pub fn tag(&self) -> String {
        snake_case(self.value["tags"][0].as_str().unwrap())
    }

    /// Its documented statuses, ascending.
    pub fn statuses(&self) -> Vec<u16> {
        let responses = self.value["responses"].as_object().unwrap();
        let mut statuses: Vec<u16> = responses.keys().map(|key| key.parse().unwrap()).collect();
        statuses.sort_unstable();
        statuses
    }

    /// Whether it needs no credential: the document demands none, or says so.
    pub fn is_public(&self) -> bool {
        [self.value, &self.document.value]
            .into_iter()
            .find_map(|holder| holder.get("security")?.as_array())
            .is_none_or(Vec::is_empty)
    }

    /// Whether every credential that it takes must have a scope.
    pub fn demands_scopes(&self) -> bool {
        let alternatives = self.value["security"].as_array().into_iter().flatten();
        let mut schemes = alternatives.flat_map(|one| one.as_object().unwrap().values());
        schemes.all(|scopes| !scopes.as_array().unwrap().is_empty())
    }

    /// The header that takes its credential instead of `Authorization`, where the
    /// document says so.
    pub fn key_header(&self) -> Option<&'a str> {
        let (name, _) = self.value["security"].get(0)?.as_object()?.iter().next()?;
        let schemes = &self.document.value["components"]["securitySchemes"];
        let scheme = self.document.resolve(&schemes[name]);
        (scheme["type"] == "apiKey").then(|| scheme["name"].as_str().unwrap())
    }

    /// Its response object for `status`.
    pub fn response(&self, status: u16) -> Option<&'a Value> {
        self.value["responses"]
            .get(status.to_string())
            .map(|response| self.document.resolve(response))
    }

    /// Its parameters, those of the path included, resolved.
    pub fn parameters(&self) -> Vec<&'a Value> {
        [self.item, self.value]
            .into_iter()
            .filter_map(|holder| holder.get("parameters")?.as_array())
            .flatten()
            .map(|parameter| self.document.resolve(parameter))
            .collect()
    }

    /// The media type and schema of its body.
    pub fn body(&self) -> Option<(&'a str, &'a Value)> {
        let body = self.document.resolve(self.value.get("requestBody")?);
        let (media_type, content) = body["content"].as_object()?.iter().next()?;
        Some((media_type, content))
    }

    /// What is wrong with a JSON body as its answer with `status`; none means
    /// valid.
    pub fn body_errors(&self, status: u16, media_type: &str, body: &Value) -> Vec<String> {
        let response = self.response(status).unwrap();
        let schema = &response["content"][media_type]["schema"];
        let validator = self.document.validator(schema);
        validator
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }
}

/// `updateMemberRole` as `update_member_role`.
pub fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text.replace(' ', "_")
}
