//! Requests that a document rules in, made from its own examples.

use serde_json::Value;

use crate::support::Answer;
use crate::support::client::{Client, encode, encoded};
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
                .map(|(media_type, _)| (media_type, written(media_type, &bodies(operation)[0]))),
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

    /// With this body, written as the operation takes it, or in JSON if it takes none.
    pub(crate) fn with(mut self, body: &Value) -> Self {
        let media_type = self
            .operation
            .body()
            .map_or(JSON, |(media_type, _)| media_type);
        self.body = Some((media_type, written(media_type, body)));
        self
    }

    /// What its body says.
    pub(super) fn value(&self) -> Option<Value> {
        let (media_type, body) = self.body.as_ref()?;
        Some(match *media_type {
            FORM => url::form_urlencoded::parse(body)
                .map(|(name, text)| (name.into_owned(), Value::from(text)))
                .collect(),
            _ => serde_json::from_slice(body).unwrap(),
        })
    }

    /// A text in its body.
    pub(super) fn member(&self, name: &str) -> String {
        let body = self.value().unwrap();
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

/// Values.
pub(super) const JSON: &str = "application/json";

/// Texts by their names, as browsers post them.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a body can be written so: a form is nothing but texts.
pub(crate) fn can_say(media_type: &str, body: &Value) -> bool {
    media_type != FORM
        || body
            .as_object()
            .is_some_and(|members| members.values().all(Value::is_string))
}

fn written(media_type: &str, body: &Value) -> Vec<u8> {
    assert!(can_say(media_type, body), "{media_type} cannot say {body}");
    match (media_type, body) {
        (FORM, Value::Object(members)) => {
            let fields: Vec<(&str, &str)> = members
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str().unwrap()))
                .collect();
            encoded(&fields).into_bytes()
        }
        _ => serde_json::to_vec(body).unwrap(),
    }
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

/// The first text or number in the document's examples that `schema` takes.
pub(crate) fn text_for(document: &Document, schema: &Value) -> String {
    let validator = document.validator(schema);
    let mut scalars = Vec::new();
    example_scalars(&document.value["paths"], false, &mut scalars);
    let fitting = scalars.into_iter().find(|value| validator.is_valid(value));
    text(fitting.unwrap_or_else(|| panic!("no example satisfies {schema}"))).unwrap()
}

/// A text or a number as a parameter has it.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn example_scalars<'a>(value: &'a Value, within: bool, scalars: &mut Vec<&'a Value>) {
    match value {
        Value::String(_) | Value::Number(_) if within => scalars.push(value),
        Value::Array(items) => items
            .iter()
            .for_each(|item| example_scalars(item, within, scalars)),
        Value::Object(members) => {
            for (name, member) in members {
                let within = within || matches!(name.as_str(), "example" | "examples");
                example_scalars(member, within, scalars);
            }
        }
        _ => {}
    }
}
