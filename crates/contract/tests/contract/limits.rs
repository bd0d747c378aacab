//! What poem-openapi does not do, line by line of the list of its 33 limits, and
//! what Charter does instead.
//!
//! Lines that are not about the run-time have no test here:
//!
//! - 11 (`flatten` swallows members): the generator writes one struct with all
//!   members and `Member::collect` for the others; nothing is flattened.
//! - 29 (`#[OpenApi]` on `impl` blocks only): no macro of poem-openapi is used.
//! - 30 (tuples of 16, a path printed twice): one crate mounts all its routes
//!   through one table, which has each path once.
//! - 31 (3.0.0, no links): the hand-written document is what is served.
//! - 33 (time to compile): no macros are expanded.

use std::time::Instant;

use charter_contract::{Cx, Schema, array, integer, map, number, string};
use poem::http::StatusCode;

use crate::api::{Answer, Api};

/// Sends one request and gives its answer.
async fn send(request: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Answer {
    let (method, target) = request.split_once(' ').unwrap();
    let mut builder = poem::Request::builder()
        .method(method.parse().unwrap())
        .uri(target.parse().unwrap());
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    Answer::of(Api::new().call(builder.body(body)).await).await
}

async fn get(target: &str) -> Answer {
    send(&format!("GET {target}"), &[], b"").await
}

async fn widget(body: &'static [u8]) -> Answer {
    send(
        "POST /widgets",
        &[("content-type", "application/json")],
        body,
    )
    .await
}

fn read(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()["read"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn line_01_a_number_is_no_string() {
    for body in [
        &br#"{"name":12,"count":1}"#[..],
        br#"{"name":true,"count":1}"#,
    ] {
        assert_eq!(widget(body).await.violations(), ["body /name: type"]);
    }
}

#[tokio::test]
async fn line_02_an_optional_member_is_not_null() {
    let answer = widget(br#"{"name":"ab","count":1,"big":null}"#).await;
    assert_eq!(answer.violations(), ["body /big: type"]);
}

#[tokio::test]
async fn line_03_null_is_not_the_default() {
    let answer = widget(br#"{"name":"ab","count":1,"active":null}"#).await;
    assert_eq!(answer.violations(), ["body /active: type"]);
    let answer = widget(br#"{"name":"ab","count":1}"#).await;
    assert_eq!(answer.json()["active"], true);
}

#[tokio::test]
async fn line_04_a_required_array_is_not_empty_when_absent() {
    let answer = send("GET /required?name=a&csv=", &[("x-key", "k")], b"").await;
    assert_eq!(answer.violations(), ["query ids: required"]);
    let answer = send("GET /required?name=a&csv=&ids=", &[("x-key", "k")], b"").await;
    assert!(read(&answer).contains("ids: []"));
}

#[tokio::test]
async fn line_05_a_delimited_parameter_may_be_absent_and_stands_once() {
    assert!(read(&get("/search").await).contains("csv: None"));
    assert!(read(&get("/search?csv=1,2").await).contains("csv: Some([1, 2])"));
    assert_eq!(
        get("/search?csv=1&csv=2").await.violations(),
        ["query csv: duplicate"]
    );
}

#[tokio::test]
async fn line_06_an_empty_array_is_one() {
    assert!(read(&get("/search?ids=").await).contains("ids: Some([])"));
}

#[tokio::test]
async fn line_07_every_style_is_read() {
    let answer = get(
        "/search?words=a%20b&bars=a%7Cb&filter[min]=3&filter[colour]=red&labels[x]=1&csv=1,2&ids=1&ids=2",
    )
    .await;
    let read = read(&answer);
    for part in [
        r#"words: Some(["a", "b"])"#,
        r#"bars: Some(["a", "b"])"#,
        "filter: Some(Filter { min: Some(3), colour: Some(Red) })",
        r#"labels: Some({"x": 1})"#,
        "csv: Some([1, 2])",
        "ids: Some([1, 2])",
    ] {
        assert!(read.contains(part), "{part} is not in {read}");
    }
}

#[tokio::test]
async fn line_08_a_scalar_stands_once_and_decodes() {
    assert_eq!(
        get("/search?text=abc&text=abd").await.violations(),
        ["query text: duplicate"]
    );
    assert_eq!(
        get("/search?text=ab%ff&ids=1").await.violations(),
        ["query text: syntax"]
    );
}

#[tokio::test]
async fn line_09_numbers_have_the_grammar_of_json() {
    for text in ["NaN", "inf", "1e400", "%2B5", "007", "0x1", "1_0", "", "5."] {
        let answer = get(&format!("/search?ratio={text}")).await;
        assert_eq!(answer.violations(), ["query ratio: type"], "{text}");
    }
}

#[tokio::test]
async fn line_10_unknown_members_are_refused() {
    let answer = widget(br#"{"name":"ab","count":1,"x":1,"parts":[{"size":1,"y":2}]}"#).await;
    assert_eq!(
        answer.violations(),
        [
            "body /x: additionalProperties",
            "body /parts/0/y: additionalProperties"
        ]
    );
}

#[tokio::test]
async fn line_12_a_union_matches_exactly_once() {
    let both = br#"{"name":"ab","count":1,"shape":{"kind":"circle","radius":1,"side":1}}"#;
    assert_eq!(widget(both).await.violations(), ["body /shape: oneOf"]);
    let overlap = br#"{"name":"ab","count":1,"amount":5}"#;
    assert_eq!(widget(overlap).await.violations(), ["body /amount: oneOf"]);
    let one = br#"{"name":"ab","count":1,"shape":{"kind":"circle","radius":1}}"#;
    assert_eq!(widget(one).await.json()["shape"]["radius"], 1.0);
}

#[tokio::test]
async fn line_13_what_was_read_can_be_written_back() {
    let answer = widget(br#"{"name":"ab","count":1,"created_at":"2026-01-31T09:30:00Z"}"#).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn line_14_forms_have_rules_defaults_and_arrays() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = send("POST /form", &form, b"name=a&tags=x&tags=y").await;
    assert_eq!(
        read(&answer),
        r#"FormFields { name: "a", count: 1, tags: Some(["x", "y"]) }"#
    );
    let answer = send("POST /form", &form, b"name=abcdef&count=-1").await;
    assert_eq!(
        answer.violations(),
        ["body /name: maxLength", "body /count: minimum"]
    );
}

#[tokio::test]
async fn line_15_content_type_is_compared_as_a_media_type() {
    assert_eq!(
        read(&send("POST /optional", &[], b"").await),
        "Optional(None)"
    );
    for good in ["application/json; charset=utf-8", "Application/JSON;v=1"] {
        let answer = send("POST /optional", &[("content-type", good)], b"{}").await;
        assert_eq!(answer.status, StatusCode::OK, "{good}");
    }
    for bad in ["application/vnd.api+json", "text/json"] {
        let answer = send("POST /optional", &[("content-type", bad)], b"{}").await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{bad}");
    }
}

#[tokio::test]
async fn line_16_headers_that_are_not_ascii_are_read() {
    let answer = send("GET /headers", &[("x-name", "\u{e4}b")], b"").await;
    assert!(read(&answer).contains("name: Some(\"\u{e4}b\")"));
}

#[tokio::test]
async fn line_17_members_stand_once_and_bodies_end() {
    let twice = br#"{"name":"ab","count":1,"name":"cd","free":{"a":1,"a":2}}"#;
    assert_eq!(
        widget(twice).await.violations(),
        ["body /name: duplicate", "body /free/a: duplicate"]
    );
    let answer = send(
        "POST /bytes",
        &[("content-type", "application/octet-stream")],
        &[0; 17],
    )
    .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn line_18_parts_are_known_typed_and_bounded() {
    let body = b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nabc\r\n\
        --X\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n\
        --X\r\nContent-Disposition: form-data; name=\"image\"\r\nContent-Type: a/b\r\n\r\n123456789\r\n--X--\r\n";
    let answer = send(
        "POST /upload",
        &[("content-type", "multipart/form-data; boundary=X")],
        body,
    )
    .await;
    assert_eq!(
        answer.violations(),
        [
            "body /image: maxLength",
            "body /image: encoding",
            "body /x: additionalProperties"
        ]
    );
}

#[test]
fn line_19_multiples_and_bounds_are_exact() {
    let decode = |text: &str| {
        let mut cx = Cx::new();
        let tenth = number().multiple_of("0.1");
        tenth
            .decode(&mut serde_json::Deserializer::from_str(text), &mut cx)
            .unwrap()
    };
    assert_eq!(decode("0.3"), Some(0.3));
    assert_eq!(decode("1e300"), Some(1e300));
    assert_eq!(decode("0.35"), None);
    let mut cx = Cx::new();
    let bounded = integer().maximum(1 << 53);
    let value = bounded.decode(
        &mut serde_json::Deserializer::from_str("9007199254740993"),
        &mut cx,
    );
    assert_eq!(value.unwrap(), None);
}

#[tokio::test]
async fn line_20_items_of_parameters_and_of_whole_bodies_have_rules() {
    assert_eq!(
        get("/search?ids=1&ids=-1").await.violations(),
        ["query ids /1: minimum"]
    );
    assert_eq!(
        get("/search?unique=a&unique=a").await.violations(),
        ["query unique /1: uniqueItems"]
    );
    let answer = send(
        "POST /amounts",
        &[("content-type", "application/json")],
        b"[1,10]",
    )
    .await;
    assert_eq!(answer.violations(), ["body /1: maximum"]);
}

#[test]
fn line_21_a_pattern_is_compiled_once() {
    // Compiling costs more than a thousand matches: a check that did it each time
    // would never be twenty times as fast as the first.
    static SLOW: charter_contract::StringSchema =
        string().pattern(r"^\p{L}[\p{L}\p{N}]{0,62}\.\p{L}{2,63}$");
    let check = || {
        #[expect(clippy::disallowed_methods, reason = "measures, decides nothing")]
        let start = Instant::now();
        assert!(SLOW.check("example.org", &mut Cx::new()));
        start.elapsed()
    };
    let first = check();
    let fastest = (0..100).map(|_| check()).min().unwrap();
    assert!(fastest * 20 < first, "{fastest:?} after {first:?}");
}

#[tokio::test]
async fn line_22_path_parameters_bind_by_name() {
    let answer = get("/widgets/abc/parts/7").await;
    assert_eq!(
        read(&answer),
        r#"ReadPart { part_id: 7, widget_id: "abc" }"#
    );
    let answer = get("/widgets/abc/parts/x").await;
    assert_eq!(answer.violations(), ["path part_id: type"]);
}

#[tokio::test]
async fn line_23_a_trailing_slash_is_another_path() {
    assert_eq!(get("/search/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/search").await.status, StatusCode::OK);
}

#[tokio::test]
async fn line_24_methods_are_told_and_failures_are_problems() {
    let answer = send("DELETE /search", &[], b"").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    let answer = send("OPTIONS /search", &[], b"").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    let answer = get("/nothing").await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["type"], "/problems/not-found");
}

#[tokio::test]
async fn line_25_each_failure_keeps_its_own_status() {
    let json = ("content-type", "application/json");
    for (request, headers, status) in [
        ("GET /secret", vec![], 401),
        ("GET /secret", vec![("authorization", "Bearer reader")], 403),
        ("POST /widgets", vec![("content-type", "text/plain")], 415),
        ("POST /widgets", vec![json], 400),
    ] {
        let answer = send(request, &headers, b"{}").await;
        let status_of_body = if request.starts_with("GET") {
            // Credentials come before the body that does not belong there.
            status
        } else {
            answer.json()["status"]
                .as_u64()
                .unwrap()
                .try_into()
                .unwrap()
        };
        assert_eq!((answer.status.as_u16(), status_of_body), (status, status));
    }
}

#[tokio::test]
async fn line_26_every_violation_is_told_without_the_value() {
    let answer = widget(br#"{"name":"my secret name is long","count":"my secret count"}"#).await;
    assert_eq!(
        answer.violations(),
        [
            "body /name: maxLength",
            "body /name: pattern",
            "body /count: type"
        ]
    );
    let text = String::from_utf8(answer.body).unwrap();
    for word in ["secret", "i64", "String", "Widget"] {
        assert!(!text.contains(word), "{text}");
    }
}

#[tokio::test]
async fn line_27_a_number_that_json_does_not_have_is_a_failure() {
    let answer = get("/number").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.json()["type"], "/problems/internal");
}

#[tokio::test]
async fn line_28_security_alternatives_are_alternatives_and_scopes_count() {
    for (headers, status) in [
        (vec![("authorization", "Bearer all")], 200),
        (vec![("x-api-key", "reader")], 200),
        (vec![("authorization", "Bearer reader")], 403),
        (
            vec![("authorization", "Bearer x"), ("x-api-key", "reader")],
            200,
        ),
        (vec![], 401),
    ] {
        let answer = send("GET /either", &headers, b"").await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
    }
}

#[test]
fn line_32_reading_and_writing_take_no_detour() {
    // A tree of values between text and model would be another allocation for
    // each name and value; the types say that there is none: a model is read by
    // any deserialiser and written by any serialiser.
    let schema = map(array(integer().minimum(0)));
    let mut cx = Cx::new();
    let text = br#"{"a":[1,2],"b":[]}"#;
    let mut input = serde_json::Deserializer::from_slice(text);
    let value = schema.decode(&mut input, &mut cx).unwrap().unwrap();
    assert_eq!(serde_json::to_vec(&value).unwrap(), text);
}
