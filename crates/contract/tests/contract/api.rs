//! A small API as the generator would write it: parameters of every style,
//! bodies of every kind, and every way to be let in. It answers with what it read.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use charter_contract::{
    Authenticator, BadRequest, BodyRule, Bytes, Call, Caller, Conflict, Credential, CredentialKind,
    Cx, Decision, Identity, Incoming, Internal, Json, Limiter, Location, Method, NotFound,
    Operation, RateLimit, Replay, Replays, Request, RequestId, Requirement, RouteTable, Runtime,
    Scheme, Scopes, StringSchema, Subject, Timer, Upload, Uuid, array, async_trait, binary,
    boolean, date_time, finite, integer, map, model, mount, nullable, number, string, uuid,
};
use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::widget::{Colour, Filter, Part, Widget, WidgetId};

/// General limit of bodies.
pub(crate) const MAX_BODY: usize = 64 * 1024;

const KEYS: &[CredentialKind] = &[CredentialKind::Key];
const BOTH: &[CredentialKind] = &[CredentialKind::Key, CredentialKind::Session];

const OPERATION: Operation = Operation {
    id: "",
    method: Method::POST,
    path: "",
    tag: "Widgets",
    security: &[],
    body: None,
    status: 200,
    idempotent: false,
    audit: None,
    rate_limit: None,
    even_time: false,
    statuses: &[200, 400],
};

const fn body(media_type: &'static str) -> Option<BodyRule> {
    Some(BodyRule {
        media_type,
        required: true,
        max_bytes: None,
    })
}

macro_rules! operations {
    ($($name:ident $id:literal $method:ident $path:literal { $($field:ident: $value:expr),* };)*) => {
        $(static $name: Operation = Operation {
            id: $id,
            method: Method::$method,
            path: $path,
            $($field: $value,)*
            ..OPERATION
        };)*
    };
}

operations! {
    CREATE "createWidget" POST "/widgets" { body: body("application/json"), status: 201 };
    PATCH "patchWidget" PATCH "/widgets/{widget_id}" { body: body("application/json") };
    READ "readPart" GET "/widgets/{widget_id}/parts/{part_id}" {};
    ARCHIVE "archiveWidgets" POST "/widgets:archive" { status: 204 };
    SEARCH "searchWidgets" GET "/search" {};
    REQUIRED "requireParameters" GET "/required" {};
    DAYS "readDays" GET "/days/{days}" {};
    HEADERS "readHeaders" GET "/headers" {};
    OPTIONAL "optionalBody" POST "/optional" { body: Some(BodyRule { media_type: "application/json", required: false, max_bytes: None }) };
    FORM "sendForm" POST "/form" { body: body("application/x-www-form-urlencoded") };
    UPLOAD "upload" POST "/upload" { body: body("multipart/form-data") };
    TEXT "sendText" POST "/text" { body: body("text/plain") };
    BYTES "sendBytes" POST "/bytes" { body: Some(BodyRule { media_type: "application/octet-stream", required: true, max_bytes: Some(16) }) };
    LIST "listAmounts" POST "/amounts" { body: body("application/json") };
    SECRET "readSecret" GET "/secret" {
        security: &[Requirement { scheme: Scheme::Bearer, credentials: BOTH, scopes: &["widgets:read", "widgets:write"] }]
    };
    EITHER "readEither" GET "/either" {
        security: &[
            Requirement { scheme: Scheme::Bearer, credentials: KEYS, scopes: &["widgets:write"] },
            Requirement { scheme: Scheme::Header("x-api-key"), credentials: KEYS, scopes: &["widgets:read"] },
        ]
    };
    KEYED "readKeyed" GET "/keyed" {
        security: &[Requirement { scheme: Scheme::Header("x-api-key"), credentials: KEYS, scopes: &[] }]
    };
    ORDER "order" POST "/orders" {
        security: &[Requirement { scheme: Scheme::Bearer, credentials: KEYS, scopes: &[] }],
        body: body("application/json"),
        status: 201,
        idempotent: true
    };
    LIMITED "limited" GET "/limited" { rate_limit: Some(RateLimit { limit: 2, window_seconds: 60 }) };
    DELETE "deleteWidget" DELETE "/widgets/{widget_id}" { status: 204 };
    NUMBER "badNumber" GET "/number" {};
    FAILURE "failure" GET "/failure" {};
    LATE "lateRefusal" GET "/late" {};
    EVEN "evenTime" GET "/even" { even_time: true };
    EVENLY_LATE "lateAtEvenTime" GET "/even/late" { even_time: true };
}

/// What an operation read, in Rust's own notation.
#[derive(Debug, Serialize)]
pub(crate) struct Echo {
    read: String,
}

fn echo(value: &impl std::fmt::Debug) -> Json<Echo> {
    Json(Echo {
        read: format!("{value:?}"),
    })
}

/// The failures of all operations.
#[derive(Debug)]
pub(crate) enum Failed {
    BadRequest(BadRequest),
    NotFound(NotFound),
    Conflict(Conflict),
    Internal(Internal),
}

charter_contract::failures!(Failed {
    BadRequest,
    NotFound,
    Conflict,
    Internal
});

#[derive(Debug)]
struct Nothing;

impl Request for Nothing {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        Some(Self)
    }
}

#[derive(Debug)]
struct Create(Widget);

impl Request for Create {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        let body = http.json(cx, &model::<Widget>()).required_body(cx);
        Some(Self(body?))
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Patch {
    widget_id: WidgetId,
    body: Filter,
}

impl Request for Patch {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let widget_id = http
            .path()
            .scalar(cx, "widget_id", &model::<WidgetId>())
            .required_parameter(cx, Location::Path, "widget_id");
        http.query(cx).finish(cx);
        let body = http.json(cx, &model::<Filter>()).required_body(cx);
        Some(Self {
            widget_id: widget_id?,
            body: body?,
        })
    }
}

/// Read in the other order than the path has them.
#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct ReadPart {
    part_id: i64,
    widget_id: String,
}

impl Request for ReadPart {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let path = http.path();
        let part_id = path
            .scalar(cx, "part_id", &integer().minimum(1))
            .required_parameter(cx, Location::Path, "part_id");
        let widget_id = path
            .scalar(cx, "widget_id", &string().min_length(1).max_length(8))
            .required_parameter(cx, Location::Path, "widget_id");
        http.query(cx).finish(cx);
        Some(Self {
            part_id: part_id?,
            widget_id: widget_id?,
        })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Search {
    text: Option<String>,
    limit: i64,
    ratio: Option<f64>,
    active: Option<bool>,
    since: Option<charter_contract::Timestamp>,
    uid: Option<Uuid>,
    colour: Option<Colour>,
    maybe: Option<Option<i64>>,
    ids: Option<Vec<i64>>,
    unique: Option<Vec<String>>,
    csv: Option<Vec<i64>>,
    words: Option<Vec<String>>,
    bars: Option<Vec<String>>,
    filter: Option<Filter>,
    labels: Option<charter_contract::IndexMap<String, i64>>,
    json: Option<Part>,
    encoded: Option<Vec<i64>>,
}

static TEXT_PARAMETER: StringSchema = string().min_length(2).max_length(5).pattern("^[a-zé ]+$");

impl Request for Search {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let mut query = http.query(cx);
        let text = query.scalar(cx, "text", &TEXT_PARAMETER).optional();
        let limit = query
            .scalar(cx, "limit", &integer().minimum(1).maximum(1000).int32())
            .or_default(|| 1000);
        let ratio = query
            .scalar(cx, "ratio", &number().minimum(-1.0).multiple_of("0.1"))
            .optional();
        let active = query.scalar(cx, "active", &boolean()).optional();
        let since = query.scalar(cx, "since", &date_time()).optional();
        let uid = query.scalar(cx, "uid", &uuid()).optional();
        let colour = query.scalar(cx, "colour", &model()).optional();
        let maybe = query.scalar(cx, "maybe", &nullable(integer())).optional();
        let ids = query
            .exploded(cx, "ids", &array(integer().minimum(0)).max_items(3))
            .optional();
        let unique = query
            .exploded(cx, "unique", &array(string().max_length(3)).unique())
            .optional();
        let csv = query
            .delimited(cx, "csv", ',', &array(integer()).max_items(3))
            .optional();
        let words = query
            .delimited(cx, "words", ' ', &array(string().min_length(1)))
            .optional();
        let bars = query
            .delimited(cx, "bars", '|', &array(string().min_length(1)))
            .optional();
        let filter = query.deep_object(cx, "filter", &model()).optional();
        let labels = query
            .deep_object(cx, "labels", &map(integer()).max_properties(2))
            .optional();
        let json = query.json(cx, "json", &model()).optional();
        let encoded = query
            .base64_json(cx, "encoded", &array(integer()).max_items(2))
            .optional();
        query.finish(cx);
        Some(Self {
            text: text?,
            limit: limit?,
            ratio: ratio?,
            active: active?,
            since: since?,
            uid: uid?,
            colour: colour?,
            maybe: maybe?,
            ids: ids?,
            unique: unique?,
            csv: csv?,
            words: words?,
            bars: bars?,
            filter: filter?,
            labels: labels?,
            json: json?,
            encoded: encoded?,
        })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Required {
    name: String,
    ids: Vec<i64>,
    csv: Vec<i64>,
    key: String,
}

impl Request for Required {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let mut query = http.query(cx);
        let name =
            query
                .scalar(cx, "name", &string())
                .required_parameter(cx, Location::Query, "name");
        let ids = query
            .exploded(cx, "ids", &array(integer()))
            .required_parameter(cx, Location::Query, "ids");
        let csv = query
            .delimited(cx, "csv", ',', &array(integer()))
            .required_parameter(cx, Location::Query, "csv");
        query.finish(cx);
        let key = http
            .headers()
            .scalar(cx, "X-Key", &string())
            .required_parameter(cx, Location::Header, "X-Key");
        Some(Self {
            name: name?,
            ids: ids?,
            csv: csv?,
            key: key?,
        })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Days {
    days: Vec<i64>,
}

impl Request for Days {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let days = http
            .path()
            .delimited(cx, "days", &array(integer().minimum(1).maximum(31)))
            .required_parameter(cx, Location::Path, "days");
        http.query(cx).finish(cx);
        Some(Self { days: days? })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Headers {
    name: Option<String>,
    count: Option<i64>,
    tags: Option<Vec<String>>,
    session: Option<String>,
}

impl Request for Headers {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let headers = http.headers();
        let name = headers
            .scalar(cx, "X-Name", &string().max_length(4))
            .optional();
        let count = headers.scalar(cx, "X-Count", &integer()).optional();
        let tags = headers
            .delimited(cx, "X-Tags", &array(string().max_length(3)).max_items(3))
            .optional();
        let session = http
            .cookies()
            .scalar(cx, "session", &string().min_length(3).max_length(4))
            .optional();
        http.query(cx).finish(cx);
        Some(Self {
            name: name?,
            count: count?,
            tags: tags?,
            session: session?,
        })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Optional(Option<Filter>);

impl Request for Optional {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        let body = http.json(cx, &model::<Filter>()).optional();
        Some(Self(body?))
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct FormFields {
    name: String,
    count: i64,
    tags: Option<Vec<String>>,
}

impl Request for FormFields {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        let mut form = http.form(cx);
        let name = form
            .scalar(cx, "name", &string().min_length(1).max_length(5))
            .required(cx, "name");
        let count = form
            .scalar(cx, "count", &integer().minimum(0))
            .or_default(|| 1);
        let tags = form
            .exploded(cx, "tags", &array(string().max_length(3)).max_items(2))
            .optional();
        form.finish(cx);
        Some(Self {
            name: name?,
            count: count?,
            tags: tags?,
        })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Parts {
    title: String,
    tags: Option<Vec<String>>,
    part: Option<Part>,
    image: Upload,
    files: Option<Vec<Upload>>,
}

impl Request for Parts {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        let mut multipart = http.multipart(cx).await;
        let title = multipart
            .scalar(cx, "title", &string().min_length(1).max_length(5))
            .required(cx, "title");
        let tags = multipart
            .exploded(cx, "tags", &array(string().max_length(3)).max_items(2))
            .optional();
        let part = multipart.json(cx, "part", &model()).optional();
        let image = multipart
            .file(cx, "image", &["image/png", "image/jpeg"], Some(8))
            .required(cx, "image");
        let files = multipart
            .files(cx, "files", &["text/*"], Some(4), 2..=3)
            .optional();
        multipart.finish(cx);
        Some(Self {
            title: title?,
            tags: tags?,
            part: part?,
            image: image?,
            files: files?,
        })
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct TextBody(String);

impl Request for TextBody {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        let body = http.text(cx, &string().max_length(6)).required_body(cx);
        Some(Self(body?))
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct BytesBody(Bytes);

impl Request for BytesBody {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let _described = binary();
        http.query(cx).finish(cx);
        let body = http.bytes().required_body(cx);
        Some(Self(body?))
    }
}

/// A body that is no object: validators on its items.
#[derive(Debug)]
#[expect(dead_code, reason = "the answer shows it")]
struct Amounts(Vec<i64>);

impl Request for Amounts {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        http.query(cx).finish(cx);
        let schema = array(integer().minimum(1).maximum(9))
            .max_items(100)
            .unique();
        let body = http.json(cx, &schema).required_body(cx);
        Some(Self(body?))
    }
}

#[derive(Debug)]
struct Order {
    quantity: i64,
}

static KEY: StringSchema = string().min_length(1).max_length(255).pattern("^[!-~]+$");

impl Request for Order {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let key = http
            .headers()
            .scalar(cx, "Idempotency-Key", &KEY)
            .optional();
        http.query(cx).finish(cx);
        let body = http
            .json(cx, &map(integer().minimum(1)).max_properties(1))
            .required_body(cx);
        key?;
        Some(Self {
            quantity: body?.get("quantity").copied().unwrap_or_default(),
        })
    }
}

#[derive(Debug, Serialize)]
struct Measured {
    #[serde(serialize_with = "finite")]
    value: f64,
}

/// Knows three keys and a session.
#[derive(Debug)]
struct Keys;

#[async_trait]
impl Authenticator for Keys {
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Identity>, Internal> {
        let only = |scopes: &[&str]| {
            Scopes::Only(
                scopes
                    .iter()
                    .map(ToString::to_string)
                    .collect::<BTreeSet<_>>(),
            )
        };
        let (number, scopes) = match credential.0 {
            "all" => (1, Scopes::All),
            "session" => (4, Scopes::All),
            "reader" => (2, only(&["widgets:read"])),
            "nobody" => (3, only(&[])),
            "broken" => return Err(Internal::unavailable("the database does not answer")),
            _ => return Ok(None),
        };
        Ok(Some(Identity {
            credential: Uuid::from_u128(number),
            kind: match credential.0 {
                "session" => CredentialKind::Session,
                _ => CredentialKind::Key,
            },
            user: None,
            organisation: None,
            role: None,
            scopes,
        }))
    }
}

/// Counts calls of operations that declare a limit, and looks at no credential that
/// is called a guess.
#[derive(Debug, Default)]
struct Counter(AtomicU32);

impl Limiter for Counter {
    fn count(&self, _subject: Subject, operation: &'static Operation) -> Option<Decision> {
        let RateLimit {
            limit,
            window_seconds,
        } = operation.rate_limit?;
        let used = self.0.fetch_add(1, Ordering::Relaxed);
        Some(Decision {
            allowed: used < limit,
            limit,
            remaining: limit.saturating_sub(used + 1),
            window_seconds,
            reset_seconds: 12,
        })
    }

    fn guess(&self, _remote: Option<IpAddr>, credential: Credential<'_>) -> Option<Decision> {
        (credential.0 == "guess").then_some(Decision {
            allowed: false,
            limit: 60,
            remaining: 0,
            window_seconds: 300,
            reset_seconds: 12,
        })
    }
}

/// Answers that were stored with the effect of their request.
#[derive(Debug, Default)]
struct Stored(Mutex<HashMap<String, Replay>>);

impl Stored {
    /// Stores the answer unless another request was first.
    fn store(&self, key: &str, replay: Replay) -> bool {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !stored.contains_key(key);
        stored.entry(key.to_owned()).or_insert(replay);
        first
    }
}

#[async_trait]
impl Replays for Stored {
    async fn find(
        &self,
        _caller: &Caller,
        key: &charter_contract::IdempotencyKey,
    ) -> Result<Option<Replay>, Internal> {
        let stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(stored.get(&key.key).cloned())
    }
}

/// A timer that stands still, and counts who waits for it.
#[derive(Debug, Default)]
struct Waits(AtomicU32);

#[async_trait]
impl Timer for Waits {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn reach(&self, elapsed: Duration) {
        assert_eq!(elapsed, charter_contract::EVEN_TIME);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The API, mounted.
pub(crate) struct Api {
    endpoint: poem::endpoint::BoxEndpoint<'static, Response>,
    waits: Arc<Waits>,
    pub(crate) orders: Arc<AtomicU32>,
}

impl Api {
    pub(crate) fn new() -> Self {
        let stored = Arc::new(Stored::default());
        let waits = Arc::new(Waits::default());
        let runtime = Runtime::new(
            Arc::new(Keys),
            Arc::new(Counter::default()),
            stored.clone(),
            waits.clone(),
            MAX_BODY,
        );
        let orders = Arc::new(AtomicU32::new(0));
        let mut table = RouteTable::new();
        routes(&runtime, &mut table);
        let counted = orders.clone();
        runtime.route(&mut table, &ORDER, move |caller: Caller, request: Order| {
            let stored = stored.clone();
            let counted = counted.clone();
            async move { order(&stored, &counted, &caller, &request).await }
        });
        let endpoint = mount(table).before(|mut request: poem::Request| async move {
            request.set_data(RequestId(Arc::from("req_1")));
            Ok(request)
        });
        Self {
            endpoint: endpoint.map_to_response().boxed(),
            waits,
            orders,
        }
    }

    /// How many answers have waited.
    pub(crate) fn waits(&self) -> u32 {
        self.waits.0.load(Ordering::Relaxed)
    }

    /// Calls it as the server would.
    pub(crate) async fn call(&self, request: poem::Request) -> Response {
        self.endpoint.call(request).await.unwrap_or_else(|error| {
            charter_contract::Problem::from_error(&error).into_response("req_1")
        })
    }
}

async fn order(
    stored: &Stored,
    counted: &AtomicU32,
    caller: &Caller,
    request: &Order,
) -> Result<Json<Value>, Failed> {
    if request.quantity == 99 {
        return Err(Conflict::new("there are not so many").into());
    }
    let answer = json!({ "quantity": request.quantity });
    // Two requests at once both come here; the transaction lets one through.
    tokio::task::yield_now().await;
    if let Some(key) = &caller.call.idempotency {
        let replay = Replay {
            fingerprint: key.fingerprint,
            body: Bytes::from(serde_json::to_vec(&answer).map_err(Internal::from)?),
        };
        if !stored.store(&key.key, replay) {
            return Err(Internal::replayed().into());
        }
    }
    counted.fetch_add(1, Ordering::Relaxed);
    Ok(Json(answer))
}

/// The routes that answer with what they read.
fn routes(runtime: &Runtime, table: &mut RouteTable) {
    fn echoing<R: Request + std::fmt::Debug>(
        runtime: &Runtime,
        table: &mut RouteTable,
        operation: &'static Operation,
    ) {
        runtime.route(table, operation, |_: Call, request: R| async move {
            Ok::<_, Failed>(echo(&request))
        });
    }

    runtime.route(table, &CREATE, |_: Call, Create(widget)| async move {
        Ok::<_, Failed>(Json(widget))
    });
    echoing::<Patch>(runtime, table, &PATCH);
    echoing::<ReadPart>(runtime, table, &READ);
    echoing::<Search>(runtime, table, &SEARCH);
    echoing::<Required>(runtime, table, &REQUIRED);
    echoing::<Days>(runtime, table, &DAYS);
    echoing::<Headers>(runtime, table, &HEADERS);
    echoing::<Optional>(runtime, table, &OPTIONAL);
    echoing::<FormFields>(runtime, table, &FORM);
    echoing::<Parts>(runtime, table, &UPLOAD);
    echoing::<TextBody>(runtime, table, &TEXT);
    echoing::<BytesBody>(runtime, table, &BYTES);
    echoing::<Amounts>(runtime, table, &LIST);
    echoing::<Nothing>(runtime, table, &LIMITED);
    echoing::<Nothing>(runtime, table, &EVEN);
    for operation in [&SECRET, &EITHER, &KEYED] {
        runtime.route(table, operation, |caller: Caller, _: Nothing| async move {
            Ok::<_, Failed>(echo(&caller.identity.credential.as_u128()))
        });
    }
    for operation in [&ARCHIVE, &DELETE] {
        runtime.route(table, operation, |_: Call, _: Nothing| async move {
            Ok::<_, Failed>(())
        });
    }
    runtime.route(table, &NUMBER, |_: Call, _: Nothing| async move {
        Ok::<_, Failed>(Json(Measured { value: f64::NAN }))
    });
    runtime.route(table, &FAILURE, |_: Call, _: Nothing| async move {
        let parsed: Result<i64, _> = "secret of the database".parse();
        Ok::<_, Failed>(Json(parsed.map_err(Internal::from)?))
    });
    for operation in [&LATE, &EVENLY_LATE] {
        runtime.route(table, operation, |call: Call, _: Nothing| async move {
            Err::<(), _>(Failed::from(NotFound::new(format!(
                "request {} found nothing",
                call.request_id
            ))))
        });
    }
}

/// The status of an answer, its headers and its JSON.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: poem::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(mut response: Response) -> Self {
        let body = response.take_body().into_vec().await.unwrap_or_default();
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The violations as `in parameter pointer: keyword`, without what is absent.
    pub(crate) fn violations(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                let place = ["in", "parameter", "pointer"]
                    .iter()
                    .filter_map(|member| error[member].as_str())
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ");
                format!("{place}: {}", error["keyword"].as_str().unwrap_or("?"))
            })
            .collect()
    }
}
