//! Requests that a document rules in, made from its own examples.

use serde_json::Value;

use crate::support::Answer;
use crate::support::client::{Client, encode};
use crate::support::document::{Document, Operation};

/// A request that can be changed before it is sent.
#[derive(Clone)]
pub(crate) struct Request {
    /// What it calls.
    pub(crate) operation: Operation<'static>,
    /// Path parameters.
    pub(crate) path: Vec<(&'static str, String)>,
    /// Query parameters.
    pub(crate) query: Vec<(&'static str, String)>,
    /// Header parameters.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Media type and content.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
}

impl Request {
    /// With what the operation requires and no more; a body is the first
    /// example.
    pub(crate) fn plain(operation: Operation<'static>) -> Self {
        let mut request = Self {
            operation,
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: operation
                .body()
                .map(|(media_type, _)| (media_type, written(&bodies(operation)[0]))),
        };
        for parameter in operation.parameters() {
            if parameter["required"] == true {
                let text = text_for(operation.document, &parameter["schema"]);
                request.set(parameter, text);
            }
        }
        request
    }

    /// Sets a parameter, in place of what it was.
    pub(crate) fn set(&mut self, parameter: &'static Value, text: String) {
        let name = parameter["name"].as_str().unwrap();
        let list = match parameter["in"].as_str().unwrap() {
            "path" => &mut self.path,
            "query" => &mut self.query,
            "header" => &mut self.headers,
            other => panic!("teach the matrix about parameters in {other}"),
        };
        list.retain(|(own, _)| *own != name);
        list.push((name, text));
    }

    /// With a JSON body.
    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Some(("application/json", written(body)));
        self
    }

    /// A text in its JSON body.
    pub(super) fn member(&self, name: &str) -> String {
        let (_, body) = self.body.as_ref().unwrap();
        let body: Value = serde_json::from_slice(body).unwrap();
        body[name].as_str().unwrap().to_owned()
    }

    /// Sends it as `client`.
    pub(crate) async fn send(&self, client: &Client) -> Answer {
        let mut call = client.call(self.operation.id);
        for (name, text) in &self.path {
            call = call.path(name, encode(text));
        }
        for (name, text) in &self.query {
            call = call.query(name, text);
        }
        for (name, text) in &self.headers {
            call = call.header(name, text);
        }
        if let Some((media_type, content)) = &self.body {
            call = call.body(media_type, content.clone());
        }
        call.send().await
    }
}

fn written(body: &Value) -> Vec<u8> {
    serde_json::to_vec(body).unwrap()
}

/// The examples of the operation's body.
pub(crate) fn bodies(operation: Operation<'static>) -> Vec<Value> {
    let Some((_, content)) = operation.body() else {
        return Vec::new();
    };
    let examples: Vec<Value> = match (content.get("example"), content.get("examples")) {
        (Some(example), _) => vec![example.clone()],
        (None, Some(examples)) => examples
            .as_object()
            .unwrap()
            .values()
            .map(|example| operation.document.resolve(example)["value"].clone())
            .collect(),
        (None, None) => Vec::new(),
    };
    assert!(
        !examples.is_empty(),
        "{} has no example of its body",
        operation.id
    );
    examples
}

/// The first text in the document's examples that `schema` takes.
pub(crate) fn text_for(document: &Document, schema: &Value) -> String {
    let validator = document.validator(schema);
    let mut texts = Vec::new();
    example_texts(&document.value["paths"], false, &mut texts);
    texts
        .into_iter()
        .find(|text| validator.is_valid(&Value::from(*text)))
        .unwrap_or_else(|| panic!("no example satisfies {schema}"))
        .to_owned()
}

fn example_texts<'a>(value: &'a Value, within: bool, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if within => texts.push(text),
        Value::Array(items) => items
            .iter()
            .for_each(|item| example_texts(item, within, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                let within = within || matches!(name.as_str(), "example" | "examples");
                example_texts(member, within, texts);
            }
        }
        _ => {}
    }
}
