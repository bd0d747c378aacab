//! Operations of the service itself, which no hand-written document has:
//! health, readiness, metrics, version. Their document is derived by utoipa.

use std::sync::Arc;

use charter_contract::{Location, Problem as Refusal, Violation, kind};
use charter_persistence::Store;
use poem::http::header::CONTENT_TYPE;
use poem::{Request, Response, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use crate::documents::Document;
use crate::metrics::Metrics;
use crate::middleware::OperationName;
use crate::resource::Read;

/// How long to wait before asking again whether requests can be served.
const RETRY_AFTER_SECONDS: u64 = 5;

/// One of these operations.
#[derive(Clone)]
pub struct Probe {
    question: Question,
    store: Store,
    metrics: Arc<Metrics>,
}

/// What a probe asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Question {
    /// Does the process live?
    Health,
    /// Can it serve?
    Readiness,
    /// What has it done?
    Metrics,
    /// What is it?
    Version,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Health, Self::Readiness, Self::Metrics, Self::Version];

    /// Where it is asked.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Health => "/healthz",
            Self::Readiness => "/readyz",
            Self::Metrics => "/metrics",
            Self::Version => "/version",
        }
    }

    /// Its operationId.
    const fn operation(self) -> &'static str {
        match self {
            Self::Health => "getHealth",
            Self::Readiness => "getReadiness",
            Self::Metrics => "getMetrics",
            Self::Version => "getVersion",
        }
    }
}

impl Probe {
    /// Answers `question` from `store` and `metrics`.
    pub fn new(question: Question, store: Store, metrics: Arc<Metrics>) -> Self {
        Self {
            question,
            store,
            metrics,
        }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        // The router takes a trailing slash for nothing.
        if request.uri().path() != self.question.path() {
            return Err(Refusal::new(
                &kind::NOT_FOUND,
                "There is nothing at this path.",
            ));
        }
        refuse_parameters(request)?;
        match self.question {
            Question::Health => Ok(json_answer(&health())),
            Question::Readiness => match self.store.ready().await {
                Ok(true) => Ok(json_answer(&readiness())),
                Ok(false) => Err(not_ready("The database waits for its migration.")),
                Err(_) => Err(not_ready("The database does not answer.")),
            },
            Question::Metrics => {
                // Without the database the rest still has something to say.
                let outbox = self.store.outbox_depth().await.ok();
                Ok(Response::builder()
                    .header(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                    .body(self.metrics.render(outbox)))
            }
            Question::Version => Ok(json_answer(&version())),
        }
    }
}

impl Read for Probe {
    async fn read(&self, request: Request) -> Result<Response> {
        let mut response = match self.answer(&request).await {
            Ok(response) => response,
            Err(refusal) => refusal.into_response(&charter_contract::RequestId::of(&request)),
        };
        response.set_data(OperationName(self.question.operation()));
        Ok(response)
    }
}

fn not_ready(detail: &str) -> Refusal {
    Refusal::new(&kind::SERVICE_UNAVAILABLE, detail).retry_after(RETRY_AFTER_SECONDS)
}

fn json_answer(answer: &impl Serialize) -> Response {
    Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(answer).unwrap_or_default())
}

/// None of these operations has a parameter, and as everywhere one that is not
/// documented is refused.
fn refuse_parameters(request: &Request) -> Result<(), Refusal> {
    let names = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or_default());
    let violations: Vec<_> = names
        .map(|name| Violation {
            location: Location::Query,
            parameter: Some(name.to_owned()),
            pointer: None,
            keyword: "unknown",
            detail: "is no parameter of this operation".to_owned(),
        })
        .collect();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Refusal::violations(violations))
    }
}

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub struct Health {
    /// Always `ok`: a process that cannot say so does not answer.
    pub status: Status,
}

/// What a probe says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is well.
    Ok,
}

/// What runs here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "charter", "version": "1.0.0"}))]
pub struct Version {
    /// The name of the program.
    #[schema(min_length = 1, max_length = 40)]
    pub name: &'static str,
    /// Its version.
    #[schema(min_length = 1, max_length = 40)]
    pub version: &'static str,
}

impl Version {
    /// Of this build.
    pub const CURRENT: Self = Self {
        name: "charter",
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// Stands for the problem of the hand-written documents, which takes its place.
#[derive(ToSchema)]
struct Problem;

/// The document's title.
pub const TITLE: &str = "Charter service";

/// Where the document is served as JSON.
pub const ADDRESS: &str = "/openapi/service.json";

#[derive(OpenApi)]
#[openapi(
    info(
        description = "What an operator asks the server itself: whether it lives, whether it can \
                       serve, what it has done, and which version it is. No credential is needed; \
                       a proxy decides who may ask.",
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html"),
    ),
    servers((url = "/", description = "This server")),
    tags((name = "Service", description = "The server itself")),
    paths(health, readiness, metrics, version),
    components(schemas(Problem)),
)]
struct Service;

/// Tell whether the process lives
///
/// Answers without asking anything else, so that a restart is the right cure
/// when it does not answer.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "getHealth",
    tag = "Service",
    responses(
        (status = 200, description = "The process lives.", body = Health),
        (
            status = 400,
            description = "There is a query parameter, and the operation has none.",
            body = Problem,
            content_type = "application/problem+json",
        ),
    ),
)]
pub fn health() -> Health {
    Health { status: Status::Ok }
}

/// Tell whether requests can be served
///
/// Asks the database. A load balancer sends requests here only while the
/// answer is 200.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "getReadiness",
    tag = "Service",
    responses(
        (status = 200, description = "The database answers.", body = Health),
        (
            status = 400,
            description = "There is a query parameter, and the operation has none.",
            body = Problem,
            content_type = "application/problem+json",
        ),
        (
            status = 503,
            description = "The database does not answer.",
            body = Problem,
            content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds to wait before asking again.")),
        ),
    ),
)]
pub fn readiness() -> Health {
    Health { status: Status::Ok }
}

/// Read the metrics
///
/// Counts and durations of requests by operation and status, and the depth of
/// the outbox, in the text format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "getMetrics",
    tag = "Service",
    responses(
        (
            status = 200,
            description = "The metrics.",
            body = String,
            content_type = "text/plain",
            example = json!("# TYPE charter_requests_in_flight gauge\ncharter_requests_in_flight 1\n"),
        ),
        (
            status = 400,
            description = "There is a query parameter, and the operation has none.",
            body = Problem,
            content_type = "application/problem+json",
        ),
    ),
)]
#[expect(
    dead_code,
    reason = "utoipa reads its description; the metrics answer themselves"
)]
fn metrics() {}

/// Read the version
///
/// The name and version of the program that answers.
#[utoipa::path(
    get,
    path = "/version",
    operation_id = "getVersion",
    tag = "Service",
    responses(
        (status = 200, description = "What runs here.", body = Version),
        (
            status = 400,
            description = "There is a query parameter, and the operation has none.",
            body = Problem,
            content_type = "application/problem+json",
        ),
    ),
)]
pub fn version() -> Version {
    Version::CURRENT
}

/// The document of these operations. Its problem is the one of `sibling`, word
/// for word, so that the two cannot drift apart.
pub fn document(sibling: Option<&Document>) -> Document {
    let mut json = serde_json::to_value(Service::openapi()).unwrap_or_default();
    // utoipa takes only a literal.
    json["info"]["title"] = json!(TITLE);
    // Nobody needs a credential; utoipa has no way to say so for all of them.
    json["security"] = json!([]);
    let mut old = json.clone();
    // The schemas above use nothing that 3.0 lacks, so the number is all that differs.
    old["openapi"] = json!("3.0.3");
    if let Some(sibling) = sibling {
        adopt_problem(&mut json, &sibling.json);
        adopt_problem(&mut old, &sibling.json_3_0);
    }
    Document {
        name: "service",
        yaml: yaml(&json).into(),
        json: pretty(&json).into(),
        json_3_0: pretty(&old).into(),
    }
}

fn pretty(document: &Value) -> String {
    let mut text = format!("{document:#}");
    text.push('\n');
    text
}

/// Copies the schema `Problem` and whatever it refers to from `source`.
fn adopt_problem(document: &mut Value, source: &str) {
    let source: Value = serde_json::from_str(source).unwrap_or_default();
    let mut wanted = vec!["Problem".to_owned()];
    let mut adopted = Map::new();
    while let Some(name) = wanted.pop() {
        if adopted.contains_key(&name) {
            continue;
        }
        let Some(schema) = source.pointer(&format!("/components/schemas/{name}")) else {
            continue;
        };
        references(schema, &mut wanted);
        adopted.insert(name, schema.clone());
    }
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.extend(adopted);
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|target| target.strip_prefix("#/components/schemas/"))
            {
                found.push(name.to_owned());
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// YAML of a JSON value: mappings and sequences in blocks, every scalar as in
/// JSON, which YAML 1.2 reads alike.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    write_yaml(value, 0, &mut text);
    text
}

fn write_yaml(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                text.push_str(&format!("{indent}{}:", Value::from(name.as_str())));
                write_yaml_member(member, depth, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("{indent}-"));
                write_yaml_member(item, depth, text);
            }
        }
        scalar => text.push_str(&format!("{scalar}\n")),
    }
}

fn write_yaml_member(member: &Value, depth: usize, text: &mut String) {
    let block = match member {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if block {
        text.push('\n');
        write_yaml(member, depth + 1, text);
    } else {
        text.push_str(&format!(" {member}\n"));
    }
}
