//! `Idempotency-Key` and rate limits: what takes more than one request.

use std::sync::atomic::Ordering;

use poem::http::StatusCode;

use crate::api::{Answer, Api};

async fn order(api: &Api, key: &str, body: &'static str) -> Answer {
    let request = poem::Request::builder()
        .method(poem::http::Method::POST)
        .uri_str("/orders")
        .header("content-type", "application/json")
        .header("authorization", "Bearer all")
        .header("idempotency-key", key)
        .body(body);
    Answer::of(api.call(request).await).await
}

#[tokio::test]
async fn a_repeated_request_has_its_effect_once() {
    let api = Api::new();
    let first = order(&api, "k1", r#"{"quantity":3}"#).await;
    let second = order(&api, "k1", r#"{"quantity":3}"#).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(second.header("content-type"), "application/json");
    assert_eq!(first.body, second.body);
    assert_eq!(api.orders.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn another_key_is_another_request() {
    let api = Api::new();
    order(&api, "k1", r#"{"quantity":3}"#).await;
    let answer = order(&api, "k2", r#"{"quantity":3}"#).await;
    assert_eq!(answer.header("idempotency-replayed"), "");
    assert_eq!(api.orders.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let api = Api::new();
    order(&api, "k1", r#"{"quantity":3}"#).await;
    let answer = order(&api, "k1", r#"{"quantity":4}"#).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["type"], "/problems/idempotency-key-reused");
    assert_eq!(api.orders.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_invalid_request_uses_no_key_up() {
    let api = Api::new();
    let answer = order(&api, "k1", r#"{"quantity":0}"#).await;
    assert_eq!(answer.violations(), ["body /quantity: minimum"]);
    let answer = order(&api, "k1", r#"{"quantity":99}"#).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let answer = order(&api, "k1", r#"{"quantity":3}"#).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn of_two_at_once_the_second_gets_the_answer_of_the_first() {
    let api = Api::new();
    let (first, second) = tokio::join!(
        order(&api, "k1", r#"{"quantity":3}"#),
        order(&api, "k1", r#"{"quantity":3}"#)
    );
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(first.body, second.body);
    let replayed = [&first, &second].map(|answer| answer.header("idempotency-replayed"));
    assert!(
        replayed.contains(&"true") && replayed.contains(&""),
        "{replayed:?}"
    );
    assert_eq!(api.orders.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn of_two_different_ones_at_once_one_is_refused() {
    let api = Api::new();
    let (first, second) = tokio::join!(
        order(&api, "k1", r#"{"quantity":3}"#),
        order(&api, "k1", r#"{"quantity":4}"#)
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    assert_eq!(api.orders.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn limits_are_told_and_held() {
    let api = Api::new();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let request = poem::Request::builder().uri_str("/limited").finish();
        answers.push(Answer::of(api.call(request).await).await);
    }
    let told: Vec<_> = answers
        .iter()
        .map(|answer| {
            (
                answer.status.as_u16(),
                answer.header("ratelimit"),
                answer.header("ratelimit-policy"),
                answer.header("retry-after"),
            )
        })
        .collect();
    let policy = "\"default\";q=2;w=60";
    assert_eq!(
        told,
        [
            (200, "\"default\";r=1;t=12", policy, ""),
            (200, "\"default\";r=0;t=12", policy, ""),
            (429, "\"default\";r=0;t=12", policy, "12"),
        ]
    );
    assert_eq!(answers[2].json()["type"], "/problems/too-many-requests");
}

#[tokio::test]
async fn head_is_get_without_its_content() {
    let api = Api::new();
    let answer = |method: poem::http::Method| {
        let request = poem::Request::builder()
            .method(method)
            .uri_str("/search?limit=5")
            .finish();
        async { Answer::of(api.call(request).await).await }
    };
    let get = answer(poem::http::Method::GET).await;
    let head = answer(poem::http::Method::HEAD).await;
    assert_eq!(head.status, get.status);
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert!(head.body.is_empty());
}
