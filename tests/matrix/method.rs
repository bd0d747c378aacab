//! Methods: those that a path has, and all others.

use std::collections::{BTreeMap, BTreeSet};

use poem::Request as HttpRequest;
use poem::http::{Method, StatusCode, Uri};
use serde_json::Value;

use super::request::Request;
use crate::cases;
use crate::support::Client;
use crate::support::document;

/// The methods that the documents have for each path, and a path with values in
/// place of its parameters.
fn paths() -> BTreeMap<&'static str, (String, BTreeSet<&'static str>)> {
    let mut paths = BTreeMap::new();
    for operation in document::operations() {
        let (path, methods) = paths
            .entry(operation.path)
            .or_insert_with(|| (operation.path.to_owned(), BTreeSet::new()));
        for (name, value) in Request::plain(operation).path {
            *path = path.replace(&format!("{{{name}}}"), &value);
        }
        methods.insert(operation.method);
    }
    paths
}

async fn send(
    client: &Client,
    method: &str,
    path: &str,
) -> (StatusCode, poem::http::HeaderMap, Vec<u8>) {
    let request = HttpRequest::builder()
        .method(method.parse::<Method>().unwrap())
        .uri(path.parse::<Uri>().unwrap())
        .finish();
    let mut response = client.send(request).await;
    let body = response.take_body().into_vec().await.unwrap();
    (response.status(), response.headers().clone(), body)
}

cases! {
    async fn methods_that_a_path_lacks(world: World) {
        let (ada, _) = world.organisation().await;
        for (path, methods) in paths().values() {
            let mut allowed: Vec<&str> = methods.iter().copied().chain(["OPTIONS"]).collect();
            if methods.contains("GET") {
                allowed.push("HEAD");
            }
            allowed.sort_unstable();
            let allowed = allowed.join(", ");

            let (status, headers, body) = send(&ada.client, "OPTIONS", path).await;
            assert_eq!(status, StatusCode::NO_CONTENT, "OPTIONS {path}");
            assert_eq!(headers["allow"], allowed.as_str(), "OPTIONS {path}");
            assert!(body.is_empty());

            for method in ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
                if allowed.split(", ").any(|allowed| allowed == method) {
                    continue;
                }
                // With a credential and without: it is the same refusal.
                for client in [&ada.client, &world.anonymous] {
                    let (status, headers, body) = send(client, method, path).await;
                    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                    assert_eq!(headers["allow"], allowed.as_str(), "{method} {path}");
                    assert_eq!(headers["content-type"], "application/problem+json");
                    if method != "HEAD" {
                        let problem: Value = serde_json::from_slice(&body).unwrap();
                        assert_eq!(problem["type"], "/problems/method-not-allowed");
                        assert_eq!(problem["request_id"], headers["x-request-id"].to_str().unwrap());
                    }
                }
            }
        }
    }

    /// HEAD is GET without the content.
    async fn head(world: World) {
        let (ada, _) = world.organisation().await;
        for (path, methods) in paths().values() {
            // What the metrics count changes from request to request.
            if !methods.contains("GET") || path == "/metrics" {
                continue;
            }
            for client in [&ada.client, &world.anonymous] {
                let (status, headers, body) = send(client, "GET", path).await;
                let (head_status, head_headers, head_body) = send(client, "HEAD", path).await;
                assert_eq!(status, head_status, "{path}");
                assert!(head_body.is_empty(), "{path}");
                assert_eq!(headers.get("content-type"), head_headers.get("content-type"), "{path}");
                assert_eq!(headers.get("etag"), head_headers.get("etag"), "{path}");
                let length: usize = head_headers["content-length"].to_str().unwrap().parse().unwrap();
                assert_eq!(length, body.len(), "{path}");
            }
        }
    }

    /// What no document has is a problem as well.
    async fn paths_that_nobody_has(world: World) {
        let (ada, _) = world.organisation().await;
        // A slash at the end makes another path, and so does its absence.
        let slashed: Vec<String> = paths()
            .values()
            .map(|(path, _)| match path.strip_suffix('/') {
                Some(bare) => bare.to_owned(),
                None => format!("{path}/"),
            })
            .collect();
        let others = [ "/v1", "/v1/organisation", "/v2/organisations", "/V1/organisations", "/v1//organisations"];
        for path in slashed.iter().map(String::as_str).chain(others) {
            for method in ["GET", "POST", "OPTIONS"] {
                let (status, headers, body) = send(&ada.client, method, path).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
                assert_eq!(headers["content-type"], "application/problem+json");
                let problem: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(problem["type"], "/problems/not-found");
                assert_eq!(problem["status"], 404);
                assert_eq!(problem["request_id"], headers["x-request-id"].to_str().unwrap());
            }
        }
    }
}
