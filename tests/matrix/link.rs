//! Values that exist: taken from the answers that the document's links name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::request::{Request, bodies};
use crate::support::Client;
use crate::support::document::{self, Operation};

/// What a link fills in.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// A parameter, by its name.
    Parameter(&'a str),
    /// A member of the body, by its name.
    Member(&'a str),
}

/// Follows links; an answer that was made once is used again.
#[derive(Default)]
pub(super) struct Links {
    answers: BTreeMap<&'static str, Value>,
}

/// Where the document says that a value comes from.
struct Source {
    operation: Operation<'static>,
    pointer: &'static str,
}

/// What no link can say: a link stays within its document. The operation and its
/// parameter, and where that comes from.
const ACROSS_DOCUMENTS: &[(&str, &str, &str, &str)] = &[
    ("validateInviteToken", "token", "createInvite", "/token"),
    ("signUpWithInvite", "token", "createInvite", "/token"),
];

impl Links {
    /// A value that is `owner`'s, made or found as the document says; `None` when
    /// no link leads to the target.
    pub(super) async fn value(
        &mut self,
        owner: &Client,
        operation: Operation<'static>,
        target: Target<'_>,
    ) -> Option<String> {
        for Source { operation, pointer } in sources(operation, target) {
            if let Some(value) = self
                .answers
                .get(operation.id)
                .and_then(|body| text(body, pointer))
            {
                return Some(value);
            }
            let mut requests = vec![Request::plain(operation)];
            requests.extend(
                bodies(operation)
                    .iter()
                    .map(|body| Request::plain(operation).with(body)),
            );
            for request in requests {
                let answer = request.send(owner).await;
                if let Some(value) = text(&answer.body, pointer) {
                    self.answers.insert(operation.id, answer.body);
                    return Some(value);
                }
            }
        }
        None
    }

    /// A request in which all that links can fill in is `owner`'s.
    pub(super) async fn fill(&mut self, owner: &Client, mut request: Request) -> Request {
        for parameter in request.operation.parameters() {
            let name = parameter["name"].as_str().unwrap();
            if parameter["required"] == true
                && let Some(value) = self
                    .value(owner, request.operation, Target::Parameter(name))
                    .await
            {
                request.set(parameter, value);
            }
        }
        if let Some(mut body) = request.value() {
            let names: Vec<String> = body
                .as_object()
                .into_iter()
                .flat_map(|members| members.keys().cloned())
                .collect();
            for name in names {
                if let Some(value) = self
                    .value(owner, request.operation, Target::Member(&name))
                    .await
                {
                    body[&name] = value.into();
                }
            }
            request = request.with(&body);
        }
        request
    }
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    Some(body.pointer(pointer)?.as_str()?.to_owned())
}

/// The sources of `target`: those whose answers are about the caller before public
/// ones, and of each kind those that create first. Operations that need such values
/// themselves are left out.
fn sources(operation: Operation<'static>, target: Target<'_>) -> Vec<Source> {
    let mut sources = Vec::new();
    for source in document::operations() {
        if source.path.contains('{') {
            continue;
        }
        for status in source.statuses() {
            let links = source.response(status).unwrap().get("links");
            let links = links
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|links| links.values());
            for link in links {
                let link = source.document.resolve(link);
                let value = match target {
                    Target::Parameter(name) => link["parameters"].get(name),
                    Target::Member(name) => link["requestBody"].get(name),
                };
                let pointer = value
                    .and_then(Value::as_str)
                    .and_then(|value| value.strip_prefix("$response.body#"));
                if let Some(pointer) = pointer
                    && link["operationId"] == operation.id
                {
                    sources.push(Source {
                        operation: source,
                        pointer,
                    });
                }
            }
        }
    }
    for (id, parameter, source, pointer) in ACROSS_DOCUMENTS {
        let wanted = matches!(target, Target::Parameter(name) if name == *parameter);
        if wanted && *id == operation.id {
            sources.push(Source {
                operation: document::operation(source),
                pointer,
            });
        }
    }
    sources.sort_by_key(|source| {
        let Source { operation, .. } = source;
        (operation.is_public(), operation.method == "GET")
    });
    sources
}
