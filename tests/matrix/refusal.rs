//! Requests that break their document: refused with the place and the rule,
//! before anything happens.

use std::collections::BTreeSet;

use poem::http::{Method, StatusCode, Uri};
use poem::{Body, Request as HttpRequest};
use serde_json::{Value, json};

use super::breakage::{Breakage, Broken, BrokenText, breakages, broken_texts};
use super::request::{FORM, JSON, Request, bodies, can_say};
use super::{everything, with_status};
use crate::cases;
use crate::support::Answer;
use crate::support::document::{self, Operation};

/// The server's limit unless it is configured.
const BODY_LIMIT: usize = 1 << 20;

/// Refused with 400, for this reason among others.
#[track_caller]
pub(crate) fn refused(answer: &Answer, what: &str, violation: &Value) {
    let id = answer.operation.id;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "{id}, {what}: {}",
        answer.body
    );
    answer.prove();
    let there = answer.body["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|error| {
            violation
                .as_object()
                .unwrap()
                .iter()
                .all(|(member, value)| error.get(member) == Some(value))
        });
    assert!(there, "{id}, {what}: {violation} is not in {}", answer.body);
}

fn with_body() -> Vec<Operation<'static>> {
    document::operations()
        .into_iter()
        .filter(|operation| operation.body().is_some())
        .collect()
}

cases! {
    /// What the document shows as an example is taken, whatever one comes with.
    async fn examples_are_taken(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let session = world.session_of(&ada).await;
        // The person of the examples, or signing in would be a failure each time.
        let email = Request::plain(document::operation("signIn")).member("email");
        world.account("Ines Laurent", &email).await;
        for operation in with_body() {
            for body in bodies(operation) {
                for client in [&ada.client, &session] {
                    let answer = Request::plain(operation).with(&body).send(client).await;
                    answer.prove();
                    let status = answer.status.as_u16();
                    assert!(![400, 413, 415, 422, 429].contains(&status) && status < 500, "{body}: {}", answer.body);
                }
            }
        }
    }

    /// Each keyword of each body is broken once.
    async fn bodies_that_break_their_schema(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        let mut tried = 0;
        for operation in with_body() {
            let (media_type, content) = operation.body().unwrap();
            // What one example leaves out another one has.
            let mut never: Option<BTreeSet<String>> = None;
            for base in bodies(operation) {
                let Broken { breakages, left_out } = breakages(operation.document, &content["schema"], &base);
                let left_out = BTreeSet::from_iter(left_out);
                never = Some(match never {
                    Some(never) => &never & &left_out,
                    None => left_out,
                });
                for Breakage { body, pointer, keyword } in breakages {
                    if !can_say(media_type, &body) {
                        continue;
                    }
                    let answer = Request::plain(operation).with(&body).send(&ada.client).await;
                    let violation = json!({"in": "body", "pointer": pointer, "keyword": keyword});
                    refused(&answer, &body.to_string(), &violation);
                    tried += 1;
                }
            }
            let never = never.unwrap_or_default();
            assert!(never.is_empty(), "{}: give an example with {never:?}", operation.id);
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
        assert!(tried > 100, "{tried}");
    }

    /// What is no JSON, or not one value, is told apart from a wrong value.
    async fn bodies_that_cannot_be_read(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        for operation in with_body() {
            let (media_type, good) = Request::plain(operation).body.unwrap();
            if media_type != JSON {
                continue;
            }
            let good = String::from_utf8(good).unwrap();
            let bodies: [Vec<u8>; 10] = [
                b"nonsense".to_vec(),
                b"{".to_vec(),
                b"{\"a\"}".to_vec(),
                format!("{good}{good}").into(),
                format!("{good},").into(),
                format!("[{good}").into(),
                good.replacen('{', "{'a': 1,", 1).into(),
                [good.as_bytes(), b"\xff"].concat(),
                b"\"\\ud800\"".to_vec(),
                b"   ".to_vec(),
            ];
            for body in bodies {
                let mut request = Request::plain(operation);
                let what = String::from_utf8_lossy(&body).into_owned();
                request.body = Some((JSON, body));
                let answer = request.send(&ada.client).await;
                refused(&answer, &what, &json!({"in": "body", "keyword": "syntax"}));
            }
            // Deeper than any stack: refused in whatever words.
            for deep in ["[", "{\"a\":"] {
                let mut request = Request::plain(operation);
                request.body = Some((JSON, deep.repeat(100_000).into()));
                refused(&request.send(&ada.client).await, "deep", &json!({"in": "body"}));
            }
            // A member that stands twice means neither.
            let object: Value = serde_json::from_str(&good).unwrap();
            if let Some((name, value)) = object.as_object().and_then(|object| object.iter().next()) {
                let mut request = Request::plain(operation);
                let twice = good.replacen('{', &format!("{{{}:{value},", json!(name)), 1);
                request.body = Some((JSON, twice.clone().into()));
                let answer = request.send(&ada.client).await;
                let pointer = format!("/{name}");
                refused(&answer, &twice, &json!({"in": "body", "pointer": pointer, "keyword": "duplicate"}));
            }
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
    }

    /// What is no form, and a field that stands twice.
    async fn forms_that_cannot_be_read(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        let mut tried = 0;
        for operation in with_body() {
            let (media_type, good) = Request::plain(operation).body.unwrap();
            if media_type != FORM {
                continue;
            }
            let name = bodies(operation)[0].as_object().unwrap().keys().next().unwrap().clone();
            let good = String::from_utf8(good).unwrap();
            for (body, pointer, keyword) in [
                (b"%zz=1".to_vec(), String::new(), "syntax"),
                (b"%ff=1".to_vec(), String::new(), "syntax"),
                (b"a=\xff".to_vec(), String::new(), "syntax"),
                (format!("{name}=%").into(), format!("/{name}"), "syntax"),
                (format!("{name}=%zz").into(), format!("/{name}"), "syntax"),
                (format!("{name}=%ff").into(), format!("/{name}"), "syntax"),
                (format!("{good}&{good}").into(), format!("/{name}"), "duplicate"),
            ] {
                let mut request = Request::plain(operation);
                let what = String::from_utf8_lossy(&body).into_owned();
                request.body = Some((FORM, body));
                let answer = request.send(&ada.client).await;
                refused(&answer, &what, &json!({"in": "body", "pointer": pointer, "keyword": keyword}));
                tried += 1;
            }
        }
        assert!(tried > 0);
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
    }

    /// A body that is required and missing, and one that nobody asked for.
    async fn bodies_that_should_be_there_or_not(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        for operation in document::operations() {
            match operation.body() {
                Some((media_type, _)) => {
                    let mut request = Request::plain(operation);
                    request.body = None;
                    let answer = request.send(&ada.client).await;
                    // No form is an empty one: what it lacks are fields.
                    let violation = match media_type {
                        FORM => json!({"in": "body", "keyword": "required"}),
                        _ => json!({"in": "body", "pointer": "", "keyword": "required"}),
                    };
                    refused(&answer, "no body", &violation);
                }
                None if !operation.is_public() => {
                    let request = Request::plain(operation).with(&json!({}));
                    request.send(&ada.client).await.expect(400);
                }
                None => {}
            }
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
    }

    /// Each keyword of each parameter is broken once, and each is given twice
    /// and, where it is required, left out.
    async fn parameters_that_break_their_schema(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        let mut tried = 0;
        for operation in document::operations() {
            for parameter in operation.parameters() {
                let plain = Request::plain(operation);
                let name = parameter["name"].as_str().unwrap();
                let location = parameter["in"].as_str().unwrap();
                let violation = |keyword: &str| json!({"in": location, "parameter": name, "keyword": keyword});
                let present = [&plain.path, &plain.query, &plain.headers]
                    .into_iter()
                    .flatten()
                    .find(|(own, _)| *own == name)
                    .map(|(_, text)| text.as_str());
                for BrokenText { text, keyword } in broken_texts(operation.document, parameter, present) {
                    let mut request = plain.clone();
                    request.set(parameter, text.clone());
                    let answer = request.send(&ada.client).await;
                    refused(&answer, &format!("{name}={text:?}"), &violation(keyword));
                    tried += 1;
                }
                if location == "query" {
                    let mut request = plain.clone();
                    request.set(parameter, "1".to_owned());
                    request.query.push((name, "1".to_owned()));
                    refused(&request.send(&ada.client).await, name, &violation("duplicate"));
                    tried += 1;
                }
                if location != "path" && parameter["required"] == true {
                    let mut request = plain.clone();
                    request.query.retain(|(own, _)| *own != name);
                    request.headers.retain(|(own, _)| *own != name);
                    refused(&request.send(&ada.client).await, name, &violation("required"));
                    tried += 1;
                }
            }
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
        assert!(tried > 50, "{tried}");
    }

    /// Nobody is left to believe that a misspelt parameter did something.
    async fn parameters_that_no_operation_has(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        for operation in document::operations() {
            let mut request = Request::plain(operation);
            request.query.push(("unexpected", "1".to_owned()));
            let client = if operation.is_public() {
                &world.anonymous
            } else {
                &ada.client
            };
            let answer = request.send(client).await.snapshot(400, "unknown_parameter");
            let violation = json!({"in": "query", "parameter": "unexpected", "keyword": "unknown"});
            refused(&answer, "unexpected", &violation);
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
    }

    /// The name of a parameter has its case, and percent-encoding must decode.
    async fn queries_that_cannot_be_read(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        for query in ["Limit=1", "limit=%zz", "limit=1&%ff=1", "%6cimit=nonsense", "limit"] {
            let request = HttpRequest::builder()
                .method(Method::GET)
                .uri(format!("/v1/organisations?{query}").parse::<Uri>().unwrap())
                .finish();
            let response = ada.client.send(request).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        }
    }

    async fn bodies_of_another_media_type(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        for operation in with_status(415) {
            let (own, content) = Request::plain(operation).body.unwrap();
            for media_type in [
                if own == FORM { JSON } else { FORM },
                "application/problem+json",
                "application/json; charset=iso-8859-1",
                "application/jsonx",
                "nonsense",
                "",
            ] {
                let mut request = Request::plain(operation);
                request.body = Some((media_type, content.clone()));
                request.send(&ada.client).await.expect(415);
            }
            let mut request = Request::plain(operation);
            request.body = Some(("text/plain", content));
            request.send(&ada.client).await.snapshot(415, "wrong_media_type");
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
        let with_body: Vec<_> = with_body().iter().map(|operation| operation.id).collect();
        let documented: Vec<_> = with_status(415).iter().map(|operation| operation.id).collect();
        assert_eq!(with_body, documented, "whoever takes a body documents 415");
    }

    /// The limit is exact, and a body that does not say its length is counted.
    async fn bodies_that_are_too_large(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        let padded = |operation, length: usize| {
            let mut request = Request::plain(operation);
            let (_, content) = request.body.as_mut().unwrap();
            content.resize(length, b' ');
            request
        };
        for operation in with_status(413) {
            padded(operation, BODY_LIMIT + 1)
                .send(&ada.client)
                .await
                .snapshot(413, "too_large");
            let request = padded(operation, BODY_LIMIT + 1);
            let (media_type, content) = request.body.clone().unwrap();
            let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
                content.chunks(65_536).map(|piece| Ok(piece.to_vec())).collect();
            let mut path = operation.path.to_owned();
            for (name, value) in &request.path {
                path = path.replace(&format!("{{{name}}}"), value);
            }
            let streamed = HttpRequest::builder()
                .method(operation.method.parse::<Method>().unwrap())
                .uri(path.parse::<Uri>().unwrap())
                .header("content-type", media_type)
                .body(Body::from_bytes_stream(futures_util::stream::iter(pieces)));
            let response = ada.client.send(streamed).await;
            assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{}", operation.id);
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
        for operation in with_status(413) {
            let answer = padded(operation, BODY_LIMIT).send(&ada.client).await;
            answer.prove();
            assert_ne!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", operation.id);
        }
        let with_body: Vec<_> = with_body().iter().map(|operation| operation.id).collect();
        let documented: Vec<_> = with_status(413).iter().map(|operation| operation.id).collect();
        assert_eq!(with_body, documented, "whoever takes a body documents 413");
    }
}
