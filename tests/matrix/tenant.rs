//! Another tenant's rows: not there, and left alone.

use poem::http::StatusCode;
use serde_json::Value;

use super::everything;
use super::request::{Request, bodies};
use crate::cases;
use crate::support::document::{self, Operation};
use crate::support::Client;

/// Where the document says that a value comes from: a link of another
/// operation's answer.
struct Source {
    operation: Operation<'static>,
    pointer: &'static str,
}

/// The sources of the path parameter `name`, those that create first. Operations
/// that need such values themselves are left out.
fn sources(operation: Operation<'static>, name: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for other in document::operations() {
        if other.path.contains('{') {
            continue;
        }
        for status in other.statuses() {
            let links = other.response(status).unwrap().get("links");
            for link in links.and_then(Value::as_object).into_iter().flat_map(|links| links.values()) {
                let link = other.document.resolve(link);
                let value = link["parameters"].get(name).and_then(Value::as_str);
                if let Some(pointer) = value.and_then(|value| value.strip_prefix("$response.body#"))
                    && link["operationId"] == operation.id
                {
                    sources.push(Source { operation: other, pointer });
                }
            }
        }
    }
    sources.sort_by_key(|source| source.operation.method == "GET");
    sources
}

/// A value that is `owner`'s, made or found as the document's links say.
async fn value_of(owner: &Client, operation: Operation<'static>, name: &str) -> String {
    let sources = sources(operation, name);
    assert!(!sources.is_empty(), "no link says where {name} of {} comes from", operation.id);
    for source in sources {
        let mut requests = vec![Request::plain(source.operation)];
        for body in bodies(source.operation) {
            requests.push(Request::plain(source.operation).json(&body));
        }
        for request in requests {
            let answer = request.send(owner).await;
            if let Some(value) = answer.body.pointer(source.pointer).and_then(Value::as_str) {
                return value.to_owned();
            }
        }
    }
    panic!("no link leads to {name} of {}", operation.id);
}

cases! {
    /// With the id of a row of the first tenant, the second one learns nothing
    /// and changes nothing; the first one reaches it.
    async fn ids_of_another_tenant(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        let mut tried = 0;
        for operation in document::operations() {
            if operation.is_public() {
                continue;
            }
            let mut request = Request::plain(operation);
            let in_path: Vec<&'static Value> = operation
                .parameters()
                .into_iter()
                .filter(|parameter| parameter["in"] == "path")
                .collect();
            if in_path.is_empty() {
                continue;
            }
            for parameter in in_path {
                let name = parameter["name"].as_str().unwrap();
                request.set(parameter, value_of(&ada.client, operation, name).await);
            }
            let before = (everything(&ada.client).await, everything(&olga.client).await);
            request.send(&olga.client).await.expect(404);
            let after = (everything(&ada.client).await, everything(&olga.client).await);
            assert_eq!(before, after, "{}", operation.id);

            let own = request.send(&ada.client).await;
            own.prove();
            assert_ne!(own.status, StatusCode::NOT_FOUND, "{}: {}", operation.id, own.body);
            assert!(own.status.as_u16() < 500, "{}", own.body);
            tried += 1;
        }
        assert!(tried > 3, "{tried}");
    }
}
