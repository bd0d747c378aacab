//! Values that exist: taken from the answers that the document's links name.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::request::{Request, bodies, text};
use crate::support::Client;
use crate::support::document::{self, Operation};

/// What a link fills in.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    /// A parameter, by its name.
    Parameter(&'a str),
    /// A member of the body, by its name.
    Member(&'a str),
}

/// Where links may begin.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Beginning {
    /// At answers of any operation, first of those that create.
    #[default]
    Anywhere,
    /// At answers of operations that change nothing.
    Reading,
}

/// Follows links; an answer that was made once is used again.
#[derive(Default)]
pub(crate) struct Links {
    beginning: Beginning,
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
    /// Follows links without changing anything.
    pub(crate) fn reading() -> Self {
        Self {
            beginning: Beginning::Reading,
            ..Self::default()
        }
    }

    /// A value that is `owner`'s, made or found as the document says; `None` when
    /// no link leads to the target.
    pub(crate) async fn value(
        &mut self,
        owner: &Client,
        operation: Operation<'static>,
        target: Target<'_>,
    ) -> Option<String> {
        for Source { operation, pointer } in sources(operation, target) {
            if self.beginning == Beginning::Reading && operation.method != "GET" {
                continue;
            }
            if let Some(value) = self
                .answers
                .get(operation.id)
                .and_then(|body| text(body.pointer(pointer)?))
            {
                return Some(value);
            }
            let Some(path) = self.path(owner, operation).await else {
                continue;
            };
            let mut requests = vec![Request::plain(operation)];
            requests.extend(
                bodies(operation)
                    .iter()
                    .map(|body| Request::plain(operation).with(body)),
            );
            for mut request in requests {
                request.path.clone_from(&path);
                let answer = request.send(owner).await;
                if let Some(value) = answer.body.pointer(pointer).and_then(text) {
                    self.answers.insert(operation.id, answer.body);
                    return Some(value);
                }
            }
        }
        None
    }

    /// The parameters of an operation's path; `None` when no link leads to one of them.
    pub(crate) fn path<'a>(
        &'a mut self,
        owner: &'a Client,
        operation: Operation<'static>,
    ) -> BoxFuture<'a, Option<Vec<(&'static str, String)>>> {
        // A path may need values that come from another one: the organisation of a project.
        Box::pin(async move {
            let mut path = Vec::new();
            for parameter in operation.parameters() {
                if parameter["in"] == "path" {
                    let name = parameter["name"].as_str().unwrap();
                    let value = self
                        .value(owner, operation, Target::Parameter(name))
                        .await?;
                    path.push((name, value));
                }
            }
            Some(path)
        })
    }

    /// A request in which all that links can fill in is `owner`'s.
    pub(crate) async fn fill(&mut self, owner: &Client, mut request: Request) -> Request {
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

/// The sources of `target`: those whose answers are about the caller before public
/// ones, and of each kind those that create first. An operation is no source for itself.
fn sources(operation: Operation<'static>, target: Target<'_>) -> Vec<Source> {
    let mut sources = Vec::new();
    for source in document::operations() {
        if source.id == operation.id {
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
