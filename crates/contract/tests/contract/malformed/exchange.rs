//! What HTTP itself rules: paths, methods, media types, sizes, credentials,
//! repetition and failures.

use super::{Header, JSON, Row};

const fn get(name: &'static str, request: &'static str, status: u16) -> Row {
    Row::get(name, request, &[]).status(status)
}

const fn post(name: &'static str, headers: &'static [Header], status: u16) -> Row {
    Row::json(name, "POST /widgets", br#"{"name":"ab","count":1}"#, &[])
        .headers(headers)
        .status(status)
}

const BEARER: &str = "Bearer realm=\"charter\"";
const INVALID: &str = "Bearer realm=\"charter\", error=\"invalid_token\"";

/// One byte more than a body may have.
const TOO_LARGE: &[u8] = &[b' '; crate::api::MAX_BODY + 1];

#[rustfmt::skip] // A row is a line.
pub(super) const ROWS: &[Row] = &[
    // Paths and methods.
    get("path: unknown", "GET /gadgets", 404),
    get("path: trailing slash", "GET /search/", 404),
    get("path: trailing slash behind a parameter", "GET /days/1/", 404),
    get("path: two slashes", "GET //search", 404),
    get("path: in capitals", "GET /SEARCH", 404),
    get("path: below", "GET /search/more", 404),
    get("path: dots", "GET /days/../search", 404),
    get("path: a colon that is no parameter", "POST /widgets:archive", 204),
    get("path: something else behind the colon", "POST /widgets:delete", 404),
    get("method: not on this path", "GET /widgets", 405).answer(&[("allow", "OPTIONS, POST")]),
    get("method: not on this path with a parameter", "PUT /days/1", 405).answer(&[("allow", "GET, HEAD, OPTIONS")]),
    get("method: several on a path", "POST /widgets/widget_01h455vb4pex5vsknk084sn02q", 405).answer(&[("allow", "DELETE, OPTIONS, PATCH")]),
    get("method: unknown", "BREW /search", 405).answer(&[("allow", "GET, HEAD, OPTIONS")]),
    get("method: in lower case", "get /search", 405),
    get("method: TRACE", "TRACE /search", 405),
    get("method: OPTIONS", "OPTIONS /search", 204).answer(&[("allow", "GET, HEAD, OPTIONS")]),
    get("method: OPTIONS where there is no GET", "OPTIONS /widgets", 204).answer(&[("allow", "OPTIONS, POST")]),
    get("method: OPTIONS needs no credential", "OPTIONS /secret", 204).answer(&[("allow", "GET, HEAD, OPTIONS")]),
    get("method: OPTIONS on an unknown path", "OPTIONS /gadgets", 404),
    get("method: HEAD", "HEAD /search", 200).answer(&[("content-type", "application/json")]),
    get("method: HEAD needs the credential", "HEAD /secret", 401).answer(&[("www-authenticate", BEARER)]),
    get("method: HEAD where there is no GET", "HEAD /widgets", 405).answer(&[("allow", "OPTIONS, POST")]),
    get("method: without content", "DELETE /widgets/x", 204).answer(&[("content-type", "")]),
    // Bodies where there are none.
    Row::json("body: on a GET", "GET /search", b"{}", &["body: unknown"]),
    Row::json("body: on a DELETE", "DELETE /widgets/x", b"{}", &["body: unknown"]),
    Row::json("body: optional and absent", "POST /optional", b"", &[]),
    Row::json("body: optional and absent, without Content-Type", "POST /optional", b"", &[]).headers(&[]),
    Row::json("body: optional and wrong", "POST /optional", br#"{"min":"1"}"#, &["body /min: type"]),
    Row::json("body: optional is not nullable", "POST /optional", b"null", &["body: type"]),
    Row::json("body: and a wrong path and query", "PATCH /widgets/x?y=1", br#"{"min":null}"#, &["path widget_id: minLength", "path widget_id: pattern", "query y: unknown", "body /min: type"]),
    // Media types.
    post("type: JSON", JSON, 201),
    post("type: in capitals", &[("content-type", b"APPLICATION/JSON")], 201),
    post("type: charset", &[("content-type", b"application/json; charset=utf-8")], 201),
    post("type: charset in capitals and quotes", &[("content-type", b"application/json;charset=\"UTF-8\"")], 201),
    post("type: unknown parameter", &[("content-type", b"application/json; version=1")], 201),
    post("type: semicolon at the end", &[("content-type", b"application/json; ")], 201),
    post("type: another charset", &[("content-type", b"application/json; charset=utf-16")], 415).answer(&[("accept", "application/json")]),
    post("type: missing", &[], 415).answer(&[("accept", "application/json")]),
    post("type: empty", &[("content-type", b"")], 415),
    post("type: a word", &[("content-type", b"json")], 415),
    post("type: text", &[("content-type", b"text/plain")], 415),
    post("type: a form", &[("content-type", b"application/x-www-form-urlencoded")], 415),
    post("type: JSON of another kind", &[("content-type", b"application/vnd.api+json")], 415),
    post("type: longer", &[("content-type", b"application/jsonx")], 415),
    post("type: two in one", &[("content-type", b"application/json, text/plain")], 415),
    post("type: twice", &[("content-type", b"application/json"), ("content-type", b"application/json")], 415),
    post("type: not ASCII", &[("content-type", b"application/json\xe4")], 415),
    post("coding: identity", &[("content-type", b"application/json"), ("content-encoding", b"identity")], 201),
    post("coding: gzip", &[("content-type", b"application/json"), ("content-encoding", b"gzip")], 415).answer(&[("accept-encoding", "identity")]),
    Row::json("type: none and no body", "POST /widgets", b"", &["body: required"]).headers(&[]),
    // Sizes.
    Row::json("size: too large", "POST /widgets", TOO_LARGE, &[]).status(413),
    Row::json("size: too large where there is no body", "GET /search", TOO_LARGE, &[]).status(413),
    Row::json("size: too large and of another type", "POST /widgets", TOO_LARGE, &[]).headers(&[]).status(413),
    // Credentials.
    get("bearer: missing", "GET /secret", 401).answer(&[("www-authenticate", BEARER)]),
    get("bearer: good", "GET /secret", 200).headers(&[("authorization", b"Bearer all")]),
    get("bearer: scheme in lower case", "GET /secret", 200).headers(&[("authorization", b"bearer all")]),
    get("bearer: several spaces", "GET /secret", 200).headers(&[("authorization", b"Bearer   all ")]),
    get("bearer: a session", "GET /secret", 200).headers(&[("authorization", b"Bearer session")]),
    get("bearer: a session where keys belong", "GET /either", 401).headers(&[("authorization", b"Bearer session")]).answer(&[("www-authenticate", INVALID)]),
    get("header: a session where keys belong", "GET /keyed", 401).headers(&[("x-api-key", b"session")]),
    get("bearer: after too many that were refused", "GET /secret", 429).headers(&[("authorization", b"Bearer guess")]).answer(&[("retry-after", "12")]),
    get("bearer: unknown", "GET /secret", 401).headers(&[("authorization", b"Bearer other")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: in other case", "GET /secret", 401).headers(&[("authorization", b"Bearer ALL")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: empty", "GET /secret", 401).headers(&[("authorization", b"")]).answer(&[("www-authenticate", BEARER)]),
    get("bearer: scheme only", "GET /secret", 401).headers(&[("authorization", b"Bearer")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: scheme and a space", "GET /secret", 401).headers(&[("authorization", b"Bearer ")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: without a scheme", "GET /secret", 401).headers(&[("authorization", b"all")]).answer(&[("www-authenticate", BEARER)]),
    get("bearer: another scheme", "GET /secret", 401).headers(&[("authorization", b"Basic all")]).answer(&[("www-authenticate", BEARER)]),
    get("bearer: without the space", "GET /secret", 401).headers(&[("authorization", b"Bearerall")]).answer(&[("www-authenticate", BEARER)]),
    get("bearer: a second word", "GET /secret", 401).headers(&[("authorization", b"Bearer all all")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: a list", "GET /secret", 401).headers(&[("authorization", b"Bearer all, Bearer all")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: twice", "GET /secret", 401).headers(&[("authorization", b"Bearer all"), ("authorization", b"Bearer all")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: not ASCII", "GET /secret", 401).headers(&[("authorization", b"Bearer all\xe4")]).answer(&[("www-authenticate", INVALID)]),
    get("bearer: in the query", "GET /secret?access_token=all", 401),
    get("bearer: in another header", "GET /secret", 401).headers(&[("x-api-key", b"all")]),
    get("bearer: one scope is missing", "GET /secret", 403).headers(&[("authorization", b"Bearer reader")]).answer(&[("www-authenticate", "Bearer realm=\"charter\", error=\"insufficient_scope\", scope=\"widgets:read widgets:write\"")]),
    get("bearer: every scope is missing", "GET /secret", 403).headers(&[("authorization", b"Bearer nobody")]),
    get("bearer: nobody can tell", "GET /secret", 503).headers(&[("authorization", b"Bearer broken")]).answer(&[("retry-after", "5")]),
    get("bearer: comes before the parameters", "GET /secret?x=1", 401),
    Row::get("bearer: and then the parameters", "GET /secret?x=1", &["query x: unknown"]).headers(&[("authorization", b"Bearer all")]),
    get("api key: missing", "GET /keyed", 401).answer(&[("www-authenticate", "ApiKey realm=\"charter\"")]),
    get("api key: good", "GET /keyed", 200).headers(&[("x-api-key", b"nobody")]),
    get("api key: unknown", "GET /keyed", 401).headers(&[("x-api-key", b"other")]),
    get("api key: empty", "GET /keyed", 401).headers(&[("x-api-key", b"")]),
    get("api key: twice", "GET /keyed", 401).headers(&[("x-api-key", b"all"), ("x-api-key", b"all")]),
    get("api key: as bearer", "GET /keyed", 401).headers(&[("authorization", b"Bearer all")]),
    get("either: none", "GET /either", 401).answer(&[("www-authenticate", BEARER)]),
    get("either: the first", "GET /either", 200).headers(&[("authorization", b"Bearer all")]),
    get("either: the second", "GET /either", 200).headers(&[("x-api-key", b"reader")]),
    get("either: the first lacks its scope", "GET /either", 403).headers(&[("authorization", b"Bearer reader")]),
    get("either: the first is unknown, the second good", "GET /either", 200).headers(&[("authorization", b"Bearer other"), ("x-api-key", b"reader")]),
    get("either: the first lacks its scope, the second is good", "GET /either", 200).headers(&[("authorization", b"Bearer reader"), ("x-api-key", b"reader")]),
    get("either: the first lacks its scope, the second is unknown", "GET /either", 403).headers(&[("authorization", b"Bearer reader"), ("x-api-key", b"other")]),
    get("either: both unknown", "GET /either", 401).headers(&[("authorization", b"Bearer x"), ("x-api-key", b"y")]),
    // Repetition.
    order("order: without a key", &[("content-type", b"application/json"), ("authorization", b"Bearer all")], 201, &[]),
    order("order: empty key", &[("content-type", b"application/json"), ("authorization", b"Bearer all"), ("idempotency-key", b"")], 400, &["header Idempotency-Key: minLength", "header Idempotency-Key: pattern"]),
    order("order: key with a space", &[("content-type", b"application/json"), ("authorization", b"Bearer all"), ("idempotency-key", b"a b")], 400, &["header Idempotency-Key: pattern"]),
    order("order: key not UTF-8", &[("content-type", b"application/json"), ("authorization", b"Bearer all"), ("idempotency-key", b"\xe4")], 400, &["header Idempotency-Key: syntax"]),
    order("order: key not ASCII", &[("content-type", b"application/json"), ("authorization", b"Bearer all"), ("idempotency-key", "\u{e4}".as_bytes())], 400, &["header Idempotency-Key: pattern"]),
    order("order: two keys", &[("content-type", b"application/json"), ("authorization", b"Bearer all"), ("idempotency-key", b"a"), ("idempotency-key", b"b")], 400, &["header Idempotency-Key: pattern"]),
    // Failures of the implementation.
    get("failure: nothing leaks", "GET /failure", 500),
    get("failure: a number that JSON does not have", "GET /number", 500),
    get("failure: refused late", "GET /late", 404),
];

const fn order(
    name: &'static str,
    headers: &'static [Header],
    status: u16,
    violations: &'static [&'static str],
) -> Row {
    Row::json(name, "POST /orders", br#"{"quantity":1}"#, violations)
        .headers(headers)
        .status(status)
}
