//! What requests and answers pass, around endpoints made up here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use charter_contract::{Clock, Random, RequestId, Timestamp};
use charter_server::configuration;
use charter_server::metrics::Metrics;
use charter_server::middleware::{
    Adopts, Compression, Cors, Failures, Forwarded, Guard, Observe, RequestIds, SecurityHeaders,
};
use poem::endpoint::make;
use poem::http::{Method, StatusCode, Uri};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, EndpointExt, Request, RequestParts, Response, Route};
use serde_json::Value;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_767_225_600_000_000)
    }
}

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn request_ids(adopts: Adopts) -> RequestIds {
    RequestIds::new(Arc::new(Still), Arc::new(Sevens), adopts)
}

fn get(path: &'static str) -> poem::RequestBuilder {
    Request::builder().uri(Uri::from_static(path))
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).unwrap()
}

fn answer(media_type: &'static str, size: usize) -> impl Endpoint<Output = Response> {
    make(move |_| async move {
        Response::builder()
            .content_type(media_type)
            .body("a".repeat(size))
    })
    .map_to_response()
}

#[tokio::test]
async fn what_is_worth_it_is_compressed_for_who_accepts_it() {
    let cases = [
        ("application/json", 5000, Some("gzip"), true),
        ("application/json", 5000, Some("br, gzip;q=0.5"), true),
        ("application/json", 5000, Some("*"), true),
        ("application/json", 5000, Some("gzip;q=0, *"), false),
        ("application/json", 5000, Some("br"), false),
        ("application/json", 5000, None, false),
        ("application/json", 100, Some("gzip"), false),
        ("text/html; charset=utf-8", 5000, Some("gzip"), true),
        ("application/problem+json", 5000, Some("gzip"), true),
        ("application/pdf", 5000, Some("gzip"), false),
    ];
    for (media_type, size, accepts, compressed) in cases {
        let endpoint = answer(media_type, size).with(Compression);
        let mut request = get("/");
        if let Some(accepts) = accepts {
            request = request.header("accept-encoding", accepts);
        }
        let response = endpoint.get_response(request.finish()).await;
        let case = format!("{media_type} {size} {accepts:?}");
        assert_eq!(
            response.header("content-encoding") == Some("gzip"),
            compressed,
            "{case}"
        );
        if media_type != "application/pdf" {
            assert_eq!(response.header("vary"), Some("accept-encoding"), "{case}");
        }
        let body = response.into_body().into_bytes().await.unwrap();
        assert_eq!(body.starts_with(&[0x1f, 0x8b]), compressed, "{case}");
        assert_eq!(body.len() == size, !compressed, "{case}");
    }
}

#[tokio::test]
async fn a_strong_tag_keeps_its_bytes() {
    for (tag, compressed) in [("\"7\"", false), ("W/\"7\"", true)] {
        let endpoint = answer("application/json", 5000)
            .map_to_response()
            .after(move |response: poem::Result<Response>| async move {
                let mut response = response?;
                response.headers_mut().insert("etag", tag.parse().unwrap());
                Ok::<_, poem::Error>(response)
            })
            .with(Compression);
        let request = get("/").header("accept-encoding", "gzip").finish();
        let response = endpoint.get_response(request).await;
        assert_eq!(
            response.header("content-encoding").is_some(),
            compressed,
            "{tag}"
        );
    }
}

fn cors(origins: &[&str]) -> Cors {
    Cors::new(&configuration::Cors {
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        max_age_seconds: 600,
    })
}

#[tokio::test]
async fn only_configured_origins_may_read_answers() {
    let cases: [(&[&str], Option<&str>, Option<&str>); 5] = [
        (
            &["https://a.example"],
            Some("https://a.example"),
            Some("https://a.example"),
        ),
        (&["https://a.example"], Some("https://b.example"), None),
        (&["https://a.example"], None, None),
        (&["*"], Some("https://b.example"), Some("*")),
        (&[], Some("https://a.example"), None),
    ];
    for (origins, origin, allowed) in cases {
        let endpoint = answer("application/json", 1).with(cors(origins));
        let mut request = get("/");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let response = endpoint.get_response(request.finish()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.header("access-control-allow-origin"),
            allowed,
            "{origins:?} {origin:?}"
        );
        assert_eq!(response.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn a_preflight_is_answered_and_plain_options_go_through() {
    let endpoint = answer("application/json", 1).with(cors(&["https://a.example"]));
    let request = || {
        get("/")
            .method(Method::OPTIONS)
            .header("origin", "https://a.example")
    };
    let preflight = request()
        .header("access-control-request-method", "PATCH")
        .finish();
    let response = endpoint.get_response(preflight).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let methods = response.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("PATCH"), "{methods}");
    let headers = response.header("access-control-allow-headers").unwrap();
    for name in ["authorization", "x-api-key", "idempotency-key", "if-match"] {
        assert!(headers.contains(name), "{headers}");
    }
    assert_eq!(response.header("access-control-max-age"), Some("600"));
    let plain = endpoint.get_response(request().finish()).await;
    assert_eq!(plain.status(), StatusCode::OK);
}

#[tokio::test]
async fn answers_may_do_nothing_in_a_browser_unless_they_say_so() {
    let response = answer("application/json", 1)
        .with(SecurityHeaders)
        .get_response(get("/").finish())
        .await;
    assert_eq!(
        response.header("content-security-policy"),
        Some("default-src 'none'; frame-ancestors 'none'")
    );
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("cache-control"), Some("no-store"));

    let page = make(|_| async {
        Response::builder()
            .header("content-security-policy", "default-src 'self'")
            .finish()
    });
    let response = page
        .with(SecurityHeaders)
        .get_response(get("/").finish())
        .await;
    assert_eq!(
        response.header("content-security-policy"),
        Some("default-src 'self'")
    );
}

#[tokio::test]
async fn requests_get_an_id_and_only_a_proxy_may_choose_it() {
    let made = "019b76da-a800-7707-8707-070707070707";
    let cases = [
        (Adopts::Nothing, Some("mine"), made),
        (Adopts::FromProxy, Some("mine"), "mine"),
        (Adopts::FromProxy, Some("not plausible"), made),
        (Adopts::FromProxy, None, made),
    ];
    for (adopts, sent, expected) in cases {
        let endpoint = make(|request: Request| async move { RequestId::of(&request).to_string() })
            .with(request_ids(adopts));
        let mut request = get("/");
        if let Some(sent) = sent {
            request = request.header("x-request-id", sent);
        }
        let response = endpoint.get_response(request.finish()).await;
        assert_eq!(response.header("x-request-id"), Some(expected));
        let seen = response.into_body().into_string().await.unwrap();
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_panic_is_500_and_shows_nothing_of_itself() {
    let endpoint = make(|_| async {
        assert!(std::env::var_os("PATH").is_none(), "secret internals");
        "never"
    })
    .with(Guard::new(Duration::from_secs(5)))
    .with(request_ids(Adopts::Nothing));
    let response = endpoint.get_response(get("/").finish()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.content_type(), Some("application/problem+json"));
    let id = response.header("x-request-id").unwrap().to_owned();
    let problem = json(response).await;
    assert_eq!(problem["type"], "/problems/internal");
    assert_eq!(problem["request_id"], id);
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test]
async fn what_takes_too_long_is_503_with_retry_after() {
    let endpoint = make(|_| async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "late"
    })
    .with(Guard::new(Duration::from_millis(20)));
    let response = endpoint.get_response(get("/").finish()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.header("retry-after"), Some("5"));
    let slug = charter_contract::kind::SERVICE_UNAVAILABLE.slug;
    assert_eq!(json(response).await["type"], format!("/problems/{slug}"));
}

#[tokio::test]
async fn whatever_fails_is_a_problem() {
    let route = Route::new()
        .at("/bare", make(|_| async { StatusCode::CONFLICT }))
        .at(
            "/error",
            make(|_| async {
                Err::<(), _>(poem::Error::from_string(
                    "table users is broken",
                    StatusCode::BAD_GATEWAY,
                ))
            }),
        )
        .at("/fine", make(|_| async { StatusCode::ACCEPTED }));
    let endpoint = route.with(Failures).with(request_ids(Adopts::Nothing));
    for (path, status) in [("/nowhere", 404), ("/bare", 409), ("/error", 502)] {
        let response = endpoint.get_response(get(path).finish()).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(
            response.content_type(),
            Some("application/problem+json"),
            "{path}"
        );
        let problem = json(response).await;
        assert_eq!(problem["status"], status, "{path}");
        assert!(!problem.to_string().contains("users"), "{problem}");
    }
    let fine = endpoint.get_response(get("/fine").finish()).await;
    assert_eq!(
        (fine.status(), fine.content_type()),
        (StatusCode::ACCEPTED, None)
    );
}

#[tokio::test]
async fn the_client_behind_proxies_is_the_one_that_they_saw() {
    let cases = [
        (0, "192.0.2.1", "10.0.0.9"),
        (1, "192.0.2.1", "192.0.2.1"),
        // The first entry came from the client, who can write what it likes.
        (1, "198.51.100.7, 192.0.2.1", "192.0.2.1"),
        (2, "198.51.100.7, 192.0.2.1, 10.0.0.8", "192.0.2.1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "unknown", "10.0.0.9"),
        (3, "192.0.2.1", "10.0.0.9"),
    ];
    for (hops, header, expected) in cases {
        let endpoint = make(|request: Request| async move {
            let remote = request.remote_addr().as_socket_addr().unwrap().ip();
            format!(
                "{remote} {} {}",
                request.original_uri(),
                request.header("x-kept").unwrap()
            )
        })
        .with(Forwarded::new(hops));
        let (mut head, ()) = poem::http::Request::new(()).into_parts();
        head.uri = Uri::from_static("/path?query");
        head.headers
            .insert("x-forwarded-for", header.parse().unwrap());
        head.headers.insert("x-kept", "kept".parse().unwrap());
        let peer = RemoteAddr(Addr::SocketAddr("10.0.0.9:4711".parse().unwrap()));
        let parts = RequestParts::from((
            head,
            LocalAddr::default(),
            peer,
            poem::http::uri::Scheme::HTTP,
        ));
        let request = Request::from_parts(parts, poem::Body::empty());
        let response = endpoint.get_response(request).await;
        let seen = response.into_body().into_string().await.unwrap();
        assert_eq!(
            seen,
            format!("{expected} /path?query kept"),
            "{hops} {header}"
        );
    }
}

/// A log that can be read.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_access_log_has_the_route_and_no_secret() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let metrics = Arc::new(Metrics::default());
    let endpoint = Route::new()
        .at("/invites/:id", make(|_| async { StatusCode::NO_CONTENT }))
        .with(Failures)
        .with(Observe::new(metrics.clone()))
        .with(request_ids(Adopts::Nothing));
    let request = get("/invites/invite_1?token=hidden-token")
        .header("authorization", "Bearer ct_live_hidden")
        .header("x-api-key", "ct_live_hidden")
        .finish();
    endpoint.get_response(request).await;
    endpoint
        .get_response(get("/nowhere/hidden-path").finish())
        .await;
    drop(guard);

    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("hidden"), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["target"], "charter::access");
    assert_eq!(lines[0]["fields"]["method"], "GET");
    assert_eq!(lines[0]["fields"]["route"], "/invites/:id");
    assert_eq!(lines[0]["fields"]["status"], 204);
    assert!(lines[0]["fields"]["duration_ms"].is_f64());
    assert_eq!(
        lines[0]["span"]["request_id"],
        "019b76da-a800-7707-8707-070707070707"
    );
    assert_eq!(lines[1]["fields"]["route"], "none");

    let text = metrics.render(None);
    for line in [
        r#"charter_requests_total{operation="/invites/:id",method="GET",status="204"} 1"#,
        r#"charter_requests_total{operation="none",method="GET",status="404"} 1"#,
        "charter_requests_in_flight 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
