//! The documents say nothing that is not so: their examples, their problems and
//! their links hold, and they are served as they are.

use std::collections::BTreeSet;

use charter_contract::kind;
use charter_server::documents;
use poem::Request;
use poem::http::{StatusCode, Uri};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::document::{self, DOCUMENTS, Document};

/// The hand-written documents.
fn hand_written() -> impl Iterator<Item = &'static Document> {
    DOCUMENTS.iter().filter(|document| {
        documents::DOCUMENTS
            .iter()
            .any(|generated| generated.name == document.name)
    })
}

/// The values of `example` and `examples` at one place.
fn examples<'a>(document: &'a Document, holder: &'a Value) -> Vec<&'a Value> {
    let several = holder.get("examples").and_then(Value::as_object);
    holder
        .get("example")
        .into_iter()
        .chain(several.into_iter().flat_map(|several| {
            several
                .values()
                .map(|example| &document.resolve(example)["value"])
        }))
        .collect()
}

/// Every schema in the document that has examples beside it: parameters,
/// headers, contents of bodies and answers, and schemas with examples of their
/// own.
fn exemplified(document: &'static Document) -> Vec<(String, &'static Value, Vec<&'static Value>)> {
    fn walk(
        document: &'static Document,
        at: &str,
        value: &'static Value,
        found: &mut Vec<(String, &'static Value, Vec<&'static Value>)>,
    ) {
        match value {
            Value::Object(members) => {
                if let Some(schema) = members.get("schema") {
                    found.push((at.to_owned(), schema, examples(document, value)));
                } else if let (Some(_), Some(example)) =
                    (members.get("type"), members.get("example"))
                {
                    found.push((at.to_owned(), value, vec![example]));
                } else if let (Some(_), Some(Value::Array(several))) =
                    (members.get("type"), members.get("examples"))
                {
                    found.push((at.to_owned(), value, several.iter().collect()));
                }
                for (name, member) in members {
                    if !matches!(name.as_str(), "example" | "examples") {
                        walk(document, &format!("{at}/{name}"), member, found);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    walk(document, &format!("{at}/{index}"), item, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, "", &document.value, &mut found);
    found
}

#[test]
fn examples_satisfy_their_schemas() {
    let mut counted = 0;
    for document in DOCUMENTS.iter() {
        for (at, schema, examples) in exemplified(document) {
            let validator = document.validator(schema);
            for example in examples {
                let errors: Vec<String> = validator
                    .iter_errors(example)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(
                    errors.is_empty(),
                    "{} {at}: {errors:#?}\n{example:#}",
                    document.name
                );
                counted += 1;
            }
        }
    }
    assert!(counted > 50, "{counted}");
}

/// Every request and every answer with content has an example.
#[test]
fn contents_have_examples() {
    for document in hand_written() {
        for operation in document.operations() {
            if let Some((_, content)) = operation.body() {
                assert!(
                    !examples(document, content).is_empty(),
                    "the body of {}",
                    operation.id
                );
            }
            for status in operation.statuses() {
                let contents = operation.response(status).unwrap().get("content");
                for content in contents
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|all| all.values())
                {
                    assert!(
                        !examples(document, content).is_empty(),
                        "{} {status}",
                        operation.id
                    );
                }
            }
        }
    }
}

/// The problems that examples show are those that the server has, under the same
/// title and status.
#[test]
fn problems_in_examples_exist() {
    let mut shown = BTreeSet::new();
    for operation in document::operations() {
        for status in operation.statuses() {
            let response = operation.response(status).unwrap();
            let content = &response["content"]["application/problem+json"];
            if status < 400 {
                assert!(content.is_null(), "{} {status}", operation.id);
                continue;
            }
            assert!(
                !content.is_null(),
                "{} {status} is no problem",
                operation.id
            );
            for example in examples(operation.document, content) {
                let slug = example["type"]
                    .as_str()
                    .unwrap()
                    .strip_prefix("/problems/")
                    .unwrap();
                let kind = kind::ALL
                    .iter()
                    .find(|kind| kind.slug == slug)
                    .unwrap_or_else(|| panic!("{}: there is no problem {slug}", operation.id));
                assert_eq!(example["title"], kind.title, "{} {slug}", operation.id);
                assert_eq!(example["status"], kind.status, "{} {slug}", operation.id);
                assert_eq!(kind.status, status, "{} {slug}", operation.id);
                shown.insert(slug.to_owned());
            }
        }
    }
    assert!(shown.len() > 15, "{shown:?}");
}

/// A link leads to an operation that exists and gives it parameters and members
/// that it has.
#[test]
fn links_lead_somewhere() {
    let mut counted = 0;
    for operation in document::operations() {
        for status in operation.statuses() {
            let links = operation.response(status).unwrap().get("links");
            for (name, link) in links.and_then(Value::as_object).into_iter().flatten() {
                let link = operation.document.resolve(link);
                let target = document::operation(link["operationId"].as_str().unwrap());
                for parameter in link["parameters"]
                    .as_object()
                    .into_iter()
                    .flat_map(|all| all.keys())
                {
                    let known = target
                        .parameters()
                        .iter()
                        .any(|own| own["name"] == parameter.as_str());
                    assert!(known, "{} {name}: {parameter}", operation.id);
                }
                if let Some(body) = link.get("requestBody") {
                    assert!(target.body().is_some(), "{} {name}: {body}", operation.id);
                }
                counted += 1;
            }
        }
    }
    assert!(counted > 10, "{counted}");
}

/// The scopes that a key can be given are those that operations demand.
#[test]
fn every_scope_is_good_for_something() {
    let mut known = BTreeSet::new();
    for document in hand_written() {
        if let Some(scopes) = document.value["components"]["schemas"]["Scope"]["enum"].as_array() {
            known.extend(
                scopes
                    .iter()
                    .map(|scope| scope.as_str().unwrap().to_owned()),
            );
        }
    }
    let demanded: BTreeSet<String> = documents::scopes().into_iter().map(str::to_owned).collect();
    assert_eq!(known, demanded);
}

/// Every mutation is audited, and nothing that only reads is.
#[test]
fn mutations_are_audited() {
    for document in hand_written() {
        for operation in document.operations() {
            let audited = operation.value.get("x-charter-audit").is_some();
            assert_eq!(audited, operation.method != "GET", "{}", operation.id);
        }
    }
}

/// The form for older generators has the same operations, parameters and
/// answers, in the words of 3.0 alone.
#[test]
fn the_3_0_form_says_the_same() {
    for served in documents::all() {
        let new: Value = serde_json::from_str(&served.json).unwrap();
        let old: Value = serde_json::from_str(&served.json_3_0).unwrap();
        assert_eq!(new["openapi"], "3.1.0", "{}", served.name);
        assert!(
            old["openapi"].as_str().unwrap().starts_with("3.0."),
            "{}",
            served.name
        );
        only_3_0(&old, served.name, "");
        references_resolve(&old, &old);
        let old = Document::new(served.name, old);
        let new = Document::new(served.name, new);
        let outline = |document: &Document| -> Vec<Value> {
            document
                .operations()
                .iter()
                .map(|operation| {
                    let parameters: Vec<Value> = operation
                        .parameters()
                        .iter()
                        .map(|parameter| {
                            json!([parameter["name"], parameter["in"], parameter["required"]])
                        })
                        .collect();
                    let answers: Vec<Value> = operation
                        .statuses()
                        .into_iter()
                        .map(|status| {
                            let response = operation.response(status).unwrap();
                            let names = |member: &str| -> Vec<String> {
                                let all = response.get(member).and_then(Value::as_object);
                                all.into_iter()
                                    .flat_map(|all| all.keys().cloned())
                                    .collect()
                            };
                            json!([status, names("content"), names("headers")])
                        })
                        .collect();
                    json!({
                        "id": operation.id,
                        "method": operation.method,
                        "path": operation.path,
                        "tags": operation.value["tags"],
                        "parameters": parameters,
                        "body": operation.body().map(|(media_type, _)| media_type),
                        "answers": answers,
                    })
                })
                .collect()
        };
        assert_eq!(outline(&old), outline(&new), "{}", served.name);
    }
}

/// No keyword that 3.0 does not have.
fn only_3_0(value: &Value, name: &str, at: &str) {
    match value {
        Value::Object(members) => {
            for (keyword, member) in members {
                let place = format!("{at}/{keyword}");
                match keyword.as_str() {
                    "type" if at.contains("schema") || at.contains("properties") => {
                        let fine = !member.is_array() && member != "null";
                        assert!(fine, "{name} {place}: {member}");
                    }
                    "const" | "contentEncoding" | "contentMediaType" | "prefixItems" | "$defs" => {
                        panic!("{name} {place}")
                    }
                    _ => {}
                }
                if !matches!(
                    keyword.as_str(),
                    "example" | "examples" | "enum" | "default"
                ) {
                    only_3_0(member, name, &place);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| only_3_0(item, name, at)),
        _ => {}
    }
}

fn references_resolve(root: &Value, value: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                assert!(
                    root.pointer(&reference[1..]).is_some(),
                    "{reference} leads nowhere"
                );
            }
            members
                .values()
                .for_each(|member| references_resolve(root, member));
        }
        Value::Array(items) => items.iter().for_each(|item| references_resolve(root, item)),
        _ => {}
    }
}

/// References of a bundle stay within it, so that it can be read alone.
#[test]
fn bundles_are_whole() {
    for document in DOCUMENTS.iter() {
        references_resolve(&document.value, &document.value);
    }
}

/// What is served is what was generated, byte for byte.
#[tokio::test]
async fn documents_are_served_as_they_are() {
    let world = World::sqlite().await;
    for served in documents::all() {
        let name = served.name;
        for (path, media_type, text) in [
            (
                format!("/openapi/{name}.json"),
                "application/json",
                &served.json,
            ),
            (
                format!("/openapi/{name}.yaml"),
                "application/yaml",
                &served.yaml,
            ),
            (
                format!("/openapi/3.0/{name}.json"),
                "application/json",
                &served.json_3_0,
            ),
        ] {
            let request = Request::builder()
                .uri(path.parse::<Uri>().unwrap())
                .finish();
            let mut response = world.anonymous.send(request).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()["content-type"], media_type, "{path}");
            let body = response.take_body().into_vec().await.unwrap();
            assert_eq!(body, text.as_bytes(), "{path}");
        }
    }
    for generated in documents::DOCUMENTS {
        let folder = format!(
            "{}/../crates/api/{}",
            env!("CARGO_MANIFEST_DIR"),
            generated.name
        );
        for (file, text) in [
            ("openapi.json", generated.json),
            ("openapi.yaml", generated.yaml),
            ("openapi-3.0.json", generated.json_3_0),
        ] {
            let bundle = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
            assert_eq!(bundle, text, "{folder}/{file}");
        }
    }
}

/// The page about each kind of problem is where `type` says.
#[tokio::test]
async fn problems_are_explained() {
    let world = World::sqlite().await;
    for kind in kind::ALL {
        let path = format!("/problems/{}", kind.slug);
        let request = Request::builder()
            .uri(path.parse::<Uri>().unwrap())
            .finish();
        let mut response = world.anonymous.send(request).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let body: Value = response.take_body().into_json().await.unwrap();
        assert_eq!(body["type"], path.as_str());
        assert_eq!(body["title"], kind.title);
        assert_eq!(body["status"], kind.status);
    }
}
