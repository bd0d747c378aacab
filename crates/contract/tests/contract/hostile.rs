//! Requests that want the server to spend far more than they cost.

use std::time::{Duration, Instant};

use charter_contract::{Cx, Schema, any, array, integer, map, string};

use crate::api::{Answer, Api};

/// Runs `work`; a scan that grows with the square would take minutes.
fn quick<T>(work: impl FnOnce() -> T) -> T {
    #[expect(clippy::disallowed_methods, reason = "measures, decides nothing")]
    let start = Instant::now();
    let value = work();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    value
}

fn decode<S: Schema>(schema: &S, text: &str) -> (Option<S::Value>, Cx) {
    let mut cx = Cx::new();
    let mut input = serde_json::Deserializer::from_str(text);
    let value = schema.decode(&mut input, &mut cx).expect("well-formed");
    (value, cx)
}

#[test]
fn the_first_thousand_violations_are_told() {
    let text = format!("[{}]", vec!["0"; 50_000].join(","));
    let (value, cx) = quick(|| decode(&array(string()), &text));
    assert!(value.is_none() && !cx.is_valid());
    assert_eq!(cx.mark(), 50_000);
    let violations = cx.into_violations();
    assert_eq!(violations.len(), 1000);
    assert_eq!(violations[999].pointer.as_deref(), Some("/999"));
    let problem = charter_contract::Problem::violations(violations);
    assert!(
        problem
            .detail()
            .contains("1000 rules of the document, or more")
    );
}

#[test]
fn what_is_wrong_after_the_thousandth_violation_is_still_wrong() {
    let text = format!("[{},[1]]", vec!["[true]"; 1000].join(","));
    let (value, cx) = decode(&array(array(integer()).min_items(2)), &text);
    assert!(value.is_none());
    assert_eq!(cx.mark(), 2001);
}

#[test]
fn taking_violations_out_brings_room_back() {
    let mut cx = Cx::new();
    for _ in 0..1500 {
        cx.violation("type", "is wrong");
    }
    assert_eq!(cx.take(0).len(), 1000);
    assert!(cx.is_valid());
    cx.violation("type", "is wrong");
    assert_eq!((cx.mark(), cx.into_violations().len()), (1, 1));
}

#[test]
fn long_names_do_not_come_back() {
    let name = "n".repeat(100_000);
    let text = format!("{{\"{name}\":[{}]}}", vec!["0"; 5000].join(","));
    let (_, cx) = quick(|| decode(&map(array(string())), &text));
    for violation in cx.into_violations() {
        assert_eq!(violation.pointer.as_deref(), Some(""));
    }
}

#[test]
fn a_pointer_that_is_too_long_leads_to_what_encloses_its_value() {
    let mut cx = Cx::new();
    let mark = cx.mark();
    cx.member_violation(&"z".repeat(300), "type", "is wrong");
    for name in ["y", "x"] {
        cx.enclose(mark, &name.repeat(1000));
    }
    let violations = cx.into_violations();
    let expected = format!("/{}/{}", "x".repeat(1000), "y".repeat(1000));
    assert_eq!(violations[0].pointer, Some(expected));
}

#[test]
fn many_unique_items_are_compared_quickly() {
    let numbers: Vec<String> = (0..100_000).map(|number| number.to_string()).collect();
    let text = format!("[{}]", numbers.join(","));
    let (value, _) = quick(|| decode(&array(integer()).unique(), &text));
    assert_eq!(value.map(|items| items.len()), Some(100_000));
    let text = format!("[{},99999]", numbers.join(","));
    let (value, cx) = quick(|| decode(&array(integer()).unique(), &text));
    assert!(value.is_none());
    assert_eq!(cx.into_violations()[0].pointer.as_deref(), Some("/100000"));
}

#[test]
fn objects_are_compared_without_the_order_of_their_members() {
    let mut items: Vec<String> = (0..40).map(|n| format!("{{\"a\":{n},\"b\":1}}")).collect();
    items.push("{\"b\":1,\"a\":7}".to_owned());
    let (value, cx) = decode(&array(any()).unique(), &format!("[{}]", items.join(",")));
    assert!(value.is_none());
    assert_eq!(cx.into_violations()[0].pointer.as_deref(), Some("/40"));
    let few = "[{\"a\":1,\"b\":1},{\"b\":1,\"a\":1}]";
    assert!(decode(&array(any()).unique(), few).0.is_none());
}

#[test]
fn deep_values_are_not_read() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut cx = Cx::new();
    let mut input = serde_json::Deserializer::from_str(&deep);
    assert!(any().decode(&mut input, &mut cx).is_err());
}

#[tokio::test]
async fn many_unknown_fields_are_refused_quickly() {
    let api = Api::new();
    let fields: Vec<String> = (0..8000).map(|number| format!("f{number}=")).collect();
    let request = poem::Request::builder()
        .method(poem::http::Method::POST)
        .uri_str("/form")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields.join("&"));
    let answer = Answer::of(api.call(request).await).await;
    assert_eq!(answer.violations().len(), 1000);
}

#[tokio::test]
async fn a_long_parameter_is_told_in_short() {
    let api = Api::new();
    let request = poem::Request::builder()
        .uri_str(format!("/search?{}=1", "p".repeat(5000)))
        .finish();
    let answer = Answer::of(api.call(request).await).await;
    let name = answer.json()["errors"][0]["parameter"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(name.chars().count(), 256);
    assert!(name.ends_with('\u{2026}'));
}
