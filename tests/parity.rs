//! The compiled routes are what the documents describe.
//!
//! poem-openapi derives a description from the code that decodes and answers. It is
//! compared with the hand-written document keyword by keyword, and so is the table of
//! compiled operations with the extensions of the document. What poem-openapi has no
//! words for stands in [`INEXPRESSIBLE`], which may only shrink: an entry that nothing
//! needs any more fails the test.

mod canonical;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use charter_contract::{CredentialKind, Operation as Compiled, Scheme};
use charter_server::documents::{self, Derived};
use serde_json::{Map, Value, json};

use self::canonical::Schemas;
use crate::support::document::{DOCUMENTS, Document, Operation};

/// What a document says and poem-openapi's description cannot.
struct Inexpressible {
    keyword: &'static str,
    /// What the document has there; anything, if this is null.
    documented: Value,
    why: &'static str,
}

fn inexpressible() -> Vec<Inexpressible> {
    let entry = |keyword, documented, why| Inexpressible {
        keyword,
        documented,
        why,
    };
    vec![
        entry(
            "additionalProperties",
            json!(false),
            "poem-openapi's schemas take a schema there, and have none that admits nothing. \
             `matrix::refusal` sends an unknown member to every object of every body.",
        ),
        entry(
            "links",
            Value::Null,
            "poem-openapi has no links. Schemathesis follows each of them.",
        ),
    ]
}

/// A tree of what one side says of an operation, and of the schemas it uses.
type Said = Map<String, Value>;

/// The document's side.
fn documented(document: &Document, schemas: &Schemas<'_>) -> BTreeMap<String, Said> {
    document
        .operations()
        .into_iter()
        .map(|operation| {
            let value = operation.value;
            let resolve = |value| document.resolve(value);
            let parameters: Map<String, Value> = operation
                .parameters()
                .into_iter()
                .map(|it| parameter(it, schemas))
                .collect();
            let body = value.get("requestBody").map(resolve);
            let answers: Map<String, Value> = value["responses"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(status, answer)| {
                    (
                        status.clone(),
                        self::answer(resolve(answer), &resolve, schemas),
                    )
                })
                .collect();
            let said = json!({
                "method": operation.method.to_lowercase(),
                "path": operation.path,
                "tags": value["tags"],
                "summary": value["summary"],
                "description": value["description"],
                "deprecated": value["deprecated"] == true,
                "security": value.get("security").unwrap_or(&document.value["security"]),
                "parameters": parameters,
                "body": body.map(|body| self::body(body, schemas)),
                "answers": answers,
            });
            (operation.id.to_owned(), said.as_object().unwrap().clone())
        })
        .collect()
}

/// The compiled side.
fn compiled(derived: &Derived, schemas: &Schemas<'_>) -> BTreeMap<String, Said> {
    let paths = derived.apis.iter().flat_map(|api| &api.paths);
    paths
        .flat_map(|path| path.operations.iter().map(move |it| (&path.path, it)))
        .map(|(path, operation)| {
            let value = serde_json::to_value(operation).unwrap();
            let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
            let parameters: Map<String, Value> = list("parameters")
                .iter()
                .map(|it| parameter(it, schemas))
                .collect();
            let body = value.get("requestBody").filter(|body| !body.is_null());
            let answers: Map<String, Value> = value["responses"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(status, answer)| (status.clone(), self::answer(answer, &|it| it, schemas)))
                .collect();
            let said = json!({
                "method": operation.method.as_str().to_lowercase(),
                "path": path,
                "tags": value["tags"],
                "summary": value["summary"],
                "description": value["description"],
                "deprecated": value["deprecated"] == true,
                "security": list("security"),
                "parameters": parameters,
                "body": body.map(|body| self::body(body, schemas)),
                "answers": answers,
            });
            let id = value["operationId"].as_str().unwrap().to_owned();
            (id, said.as_object().unwrap().clone())
        })
        .collect()
}

/// A parameter under its place and name, with what an absent keyword means.
fn parameter(value: &Value, schemas: &Schemas<'_>) -> (String, Value) {
    let place = value["in"].as_str().unwrap();
    let style = value["style"].as_str().unwrap_or(match place {
        "query" | "cookie" => "form",
        _ => "simple",
    });
    let name = value["name"].as_str().unwrap();
    let said = json!({
        "description": value["description"],
        "required": value["required"] == true,
        "deprecated": value["deprecated"] == true,
        "style": style,
        "explode": value["explode"].as_bool().unwrap_or(style == "form"),
        "schema": schemas.canonical(&value["schema"]),
    });
    (format!("{place} {name}"), said)
}

fn body(value: &Value, schemas: &Schemas<'_>) -> Value {
    json!({
        "required": value["required"] == true,
        "content": content(value, schemas),
    })
}

fn answer<'a>(
    value: &'a Value,
    resolve: &dyn Fn(&'a Value) -> &'a Value,
    schemas: &Schemas<'_>,
) -> Value {
    let headers: Map<String, Value> = value
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, header)| {
            let header = resolve(header);
            let said = json!({
                "description": header["description"],
                "required": header["required"] == true,
                "deprecated": header["deprecated"] == true,
                "schema": schemas.canonical(&header["schema"]),
            });
            (name.to_lowercase(), said)
        })
        .collect();
    json!({
        "description": value["description"],
        "headers": headers,
        "content": content(value, schemas),
        "links": value.get("links"),
    })
}

fn content(holder: &Value, schemas: &Schemas<'_>) -> Map<String, Value> {
    let contents = holder.get("content").and_then(Value::as_object);
    contents
        .into_iter()
        .flatten()
        .map(|(media_type, content)| (media_type.clone(), schemas.canonical(&content["schema"])))
        .collect()
}

/// Compares two trees, counts what both say and lists where they differ.
#[derive(Default)]
struct Comparison {
    keywords: usize,
    differences: Vec<Difference>,
}

struct Difference {
    at: String,
    keyword: String,
    documented: Value,
    compiled: Value,
}

impl Comparison {
    fn of(documented: &Value, compiled: &Value) -> Self {
        let mut comparison = Self::default();
        comparison.compare("", "", documented, compiled);
        comparison
    }

    fn compare(&mut self, at: &str, keyword: &str, documented: &Value, compiled: &Value) {
        match (documented, compiled) {
            (Value::Object(ours), Value::Object(theirs)) => {
                let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
                for name in names {
                    let side = |members: &Map<String, Value>| {
                        members.get(name).cloned().unwrap_or_default()
                    };
                    self.compare(&format!("{at}/{name}"), name, &side(ours), &side(theirs));
                }
            }
            (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
                for (index, (one, other)) in ours.iter().zip(theirs).enumerate() {
                    self.compare(&format!("{at}/{index}"), keyword, one, other);
                }
            }
            (Value::Null, Value::Null) => {}
            _ if documented == compiled => self.keywords += 1,
            _ => self.differences.push(Difference {
                at: at.to_owned(),
                keyword: keyword.to_owned(),
                documented: documented.clone(),
                compiled: compiled.clone(),
            }),
        }
    }
}

/// The names of the schemas that a tree refers to.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.extend(reference.strip_prefix("#/components/schemas/"));
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// What an operation says, with the schemas that it reaches.
fn with_schemas(said: &Said, schemas: &Schemas<'_>) -> Value {
    let mut reached: BTreeMap<String, Value> = BTreeMap::new();
    let mut next = Value::Object(said.clone());
    loop {
        let mut names = BTreeSet::new();
        references(&next, &mut names);
        let new: Vec<(String, Value)> = names
            .into_iter()
            .filter(|name| !reached.contains_key(*name))
            .map(|name| {
                let schema = schemas.all.get(name).map(|it| schemas.canonical(it));
                (name.to_owned(), schema.unwrap_or_default())
            })
            .collect();
        if new.is_empty() {
            break;
        }
        next = new.iter().map(|(_, schema)| schema.clone()).collect();
        reached.extend(new);
    }
    let mut whole = said.clone();
    whole.insert("schemas".into(), json!(reached));
    Value::Object(whole)
}

fn derived(name: &str) -> Derived {
    let mut all = documents::derived().into_iter();
    all.find(|derived| derived.name == name).unwrap()
}

/// Where `cargo xtask` gathers what was proven: in the target folder, wherever that is.
fn report() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("contract")
}

#[test]
fn the_derived_description_is_the_document() {
    let inexpressible = inexpressible();
    let mut needed = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut rows = Vec::new();
    for generated in documents::DOCUMENTS {
        let mut all = DOCUMENTS.iter();
        let document = all.find(|it| it.name == generated.name).unwrap();
        let derived = derived(generated.name);
        let ours = document.value["components"]["schemas"].as_object().unwrap();
        let theirs = serde_json::to_value(&derived.registry.schemas).unwrap();
        let theirs = theirs.as_object().unwrap();
        // Plain scalars have no type of their own in Rust, and an enumeration that the
        // document writes in place has one: both stand where they are used.
        let named = ours.keys().filter(|name| theirs.contains_key(*name));
        let named: BTreeSet<&str> = named.map(String::as_str).collect();
        let ours = Schemas {
            all: ours,
            named: named.clone(),
        };
        let theirs = Schemas { all: theirs, named };
        let documented = documented(document, &ours);
        let compiled = compiled(&derived, &theirs);
        let ids: Vec<_> = documented.keys().collect();
        assert_eq!(
            ids,
            compiled.keys().collect::<Vec<_>>(),
            "{}",
            generated.name
        );
        for (id, said) in documented {
            let comparison = Comparison::of(
                &with_schemas(&said, &ours),
                &with_schemas(&compiled[&id], &theirs),
            );
            let mut differences = Vec::new();
            let mut unsaid: BTreeMap<usize, usize> = BTreeMap::new();
            for difference in comparison.differences {
                let Difference {
                    at,
                    keyword,
                    documented,
                    compiled,
                } = difference;
                let known = inexpressible.iter().position(|known| {
                    known.keyword == keyword
                        && compiled.is_null()
                        && (known.documented.is_null() || known.documented == documented)
                });
                match known {
                    Some(known) => *unsaid.entry(known).or_default() += 1,
                    None => {
                        let told = format!("{at}: {documented} is compiled as {compiled}");
                        wrong.push(format!("{id} {told}"));
                        differences.push(told);
                    }
                }
            }
            let unsaid: Vec<String> = unsaid
                .into_iter()
                .map(|(known, times)| {
                    needed.insert(known);
                    let Inexpressible { keyword, why, .. } = &inexpressible[known];
                    format!("{keyword}, {times} times: {why}")
                })
                .collect();
            rows.push(json!({
                "document": generated.name,
                "operation": id,
                "keywords_compared": comparison.keywords,
                "differences": differences,
                "inexpressible": unsaid,
            }));
        }
    }
    fs::create_dir_all(report()).unwrap();
    fs::write(report().join("parity.json"), format!("{:#}", json!(rows))).unwrap();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let stale = inexpressible
        .iter()
        .enumerate()
        .filter(|(index, _)| !needed.contains(index));
    let stale: Vec<_> = stale.map(|(_, entry)| entry.keyword).collect();
    assert!(
        stale.is_empty(),
        "poem-openapi says these now, or nothing uses them: {stale:?}"
    );
}

/// What stands in the table of compiled operations, as the document would have
/// said it.
fn described(compiled: &Compiled) -> Value {
    let Compiled {
        id,
        method,
        path,
        tag,
        security,
        body,
        status,
        idempotent,
        audit,
        rate_limit,
        even_time,
        statuses,
        ..
    } = compiled;
    json!({
        "id": id,
        "method": method.as_str(),
        "path": path,
        "tag": tag,
        "security": security
            .iter()
            .map(|requirement| {
                let scheme = match requirement.scheme {
                    Scheme::Bearer => "bearer".to_owned(),
                    Scheme::Header(name) => format!("header {name}"),
                };
                let credentials: Vec<_> = requirement
                    .credentials
                    .iter()
                    .map(|kind| match kind {
                        CredentialKind::Key => "key",
                        CredentialKind::Session => "session",
                    })
                    .collect();
                json!({
                    "scheme": scheme,
                    "credentials": credentials,
                    "scopes": requirement.scopes,
                })
            })
            .collect::<Vec<_>>(),
        "body": body.as_ref().map(|rule| json!({
            "media_type": rule.media_type,
            "required": rule.required,
            "max_bytes": rule.max_bytes,
        })),
        "status": status,
        "idempotent": idempotent,
        "audit": audit,
        "rate_limit": rate_limit.map(|limit| json!({
            "limit": limit.limit,
            "window_seconds": limit.window_seconds,
        })),
        "even_time": even_time,
        "statuses": statuses,
    })
}

/// The same from the document itself.
fn extended(operation: Operation<'static>) -> Value {
    let value = operation.value;
    let scheme = |name: &str| {
        let schemes = &operation.document.value["components"]["securitySchemes"];
        let scheme = operation.document.resolve(&schemes[name]);
        match (&scheme["type"], &scheme["scheme"]) {
            (kind, scheme) if kind == "http" && scheme == "bearer" => "bearer".to_owned(),
            (kind, _) if kind == "apiKey" && scheme["in"] == "header" => {
                format!("header {}", scheme["name"].as_str().unwrap().to_lowercase())
            }
            other => panic!("{name}: {other:?}"),
        }
    };
    let credentials = |name: &str| {
        let schemes = &operation.document.value["components"]["securitySchemes"];
        let scheme = operation.document.resolve(&schemes[name]);
        match scheme.get("x-charter-credential") {
            Some(credentials) => credentials.clone(),
            None => json!(["key", "session"]),
        }
    };
    let security: Vec<Value> = value["security"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|requirement| requirement.as_object().unwrap())
        .map(|(name, scopes)| {
            json!({
                "scheme": scheme(name),
                "credentials": credentials(name),
                "scopes": scopes,
            })
        })
        .collect();
    let body = value.get("requestBody").map(|body| {
        let body = operation.document.resolve(body);
        json!({
            "media_type": operation.body().unwrap().0,
            "required": body["required"] == true,
            "max_bytes": body.get("x-charter-max-bytes").cloned().unwrap_or_default(),
        })
    });
    let success = operation
        .statuses()
        .into_iter()
        .find(|status| *status < 400)
        .unwrap();
    json!({
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "tag": value["tags"][0],
        "security": security,
        "body": body,
        "status": success,
        "idempotent": value["x-charter-idempotent"] == true,
        "audit": value["x-charter-audit"],
        "rate_limit": value["x-charter-rate-limit"],
        "even_time": value["x-charter-even-time"] == true,
        "statuses": operation.statuses(),
    })
}

#[test]
fn compiled_operations_are_those_of_the_documents() {
    for generated in documents::DOCUMENTS {
        let document = DOCUMENTS
            .iter()
            .find(|document| document.name == generated.name)
            .unwrap();
        let mut compiled: Vec<Value> = generated
            .operations
            .iter()
            .map(|it| described(it))
            .collect();
        let mut extended: Vec<Value> = document.operations().into_iter().map(extended).collect();
        let by_id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        compiled.sort_by_key(by_id);
        extended.sort_by_key(by_id);
        assert_eq!(compiled, extended);
    }
}
