//! A server that answers as GitHub documents.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use charter_loopback::{Answer, CLIENT, Loopback, OTHER_CLIENT, REDIRECTS, SECRET, Seen, VERIFIER};
use charter_social::{
    Claim, Fault, GithubAddresses, Person, Proof, Provider, Providers, Settings, SignInError,
};
use serde_json::{Value, json};

use crate::clock::TestClock;
use crate::registration::{access_token, code, code_with_nonce, providers, registered};

/// As GitHub answers, unless a test says otherwise of a path.
fn usual(request: &Seen) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/login/oauth/access_token") => Answer::json(
            200,
            json!({
                "access_token": "gho_a-token", "scope": "read:user,user:email",
                "token_type": "bearer",
            }),
        ),
        ("GET", "/api/user") => Answer::json(
            200,
            json!({
                "login": "ines", "id": 583_231, "node_id": "MDQ6VXNlcjU4MzIzMQ==",
                "type": "User", "name": "Ines Laurent", "email": "public@northwind.example",
            }),
        ),
        ("GET", "/api/user/emails") => Answer::json(200, addresses(true)),
        ("POST", "/api/applications/charter/token") => Answer::json(200, checked(CLIENT, 583_231)),
        (method, path) => panic!("{method} {path}"),
    }
}

fn addresses(verified: bool) -> Value {
    json!([
        { "email": "old@northwind.example", "primary": false, "verified": true,
          "visibility": null },
        { "email": "ines@northwind.example", "primary": true, "verified": verified,
          "visibility": "private" },
    ])
}

fn checked(client: &str, user: u64) -> Value {
    json!({
        "id": 1, "url": "https://api.github.com/authorizations/1", "scopes": ["user:email"],
        "token": "gho_a-token", "app": { "name": "an app", "client_id": client },
        "user": { "login": "ines", "id": user },
    })
}

fn person() -> Person {
    Person {
        subject: "583231".to_owned(),
        email: Some("ines@northwind.example".to_owned()),
        email_verified: true,
        login: Some("ines".to_owned()),
        display_name: Some("Ines Laurent".to_owned()),
        first_name: None,
        last_name: None,
        language: None,
    }
}

fn at(github: &Loopback) -> Providers {
    let settings = Settings {
        github: Some(registered(GithubAddresses {
            authorization: github.at("/login/oauth/authorize"),
            token: github.at("/login/oauth/access_token"),
            api: github.at("/api"),
        })),
        ..Settings::default()
    };
    providers(&settings, TestClock::fixed())
}

/// Signs in at a GitHub that answers one path in its own way.
async fn sign_in(
    proof: Proof,
    path: &'static str,
    answer: impl Fn() -> Answer + Send + Sync + 'static,
) -> (Result<Person, SignInError>, Arc<Loopback>) {
    let github = Loopback::start(move |request| {
        if request.path == path {
            answer()
        } else {
            usual(request)
        }
    })
    .await;
    (at(&github).sign_in(Provider::Github, &proof).await, github)
}

const TOKEN: &str = "/login/oauth/access_token";
const USER: &str = "/api/user";
const EMAILS: &str = "/api/user/emails";
const CHECK: &str = "/api/applications/charter/token";

#[tokio::test]
async fn a_code_with_pkce_leads_to_the_person() {
    let github = Loopback::start(usual).await;
    let found = at(&github).sign_in(Provider::Github, &code("a-code")).await;
    assert_eq!(found, Ok(person()));

    let seen = github.seen();
    let paths: Vec<&str> = seen.iter().map(|request| &*request.path).collect();
    assert_eq!(paths, [TOKEN, USER, EMAILS]);
    let form = &seen[0].form;
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "a-code");
    assert_eq!(form["redirect_uri"], REDIRECTS[0]);
    assert_eq!(form["code_verifier"], VERIFIER);
    assert_eq!(
        (&*form["client_id"], &*form["client_secret"]),
        (CLIENT, SECRET)
    );
    assert_eq!(seen[0].headers["accept"], "application/json");
    for request in &seen[1..] {
        assert_eq!(request.headers["authorization"], "Bearer gho_a-token");
        assert_eq!(request.headers["accept"], "application/vnd.github+json");
        assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
    }
    for request in &seen {
        assert!(request.headers["user-agent"].starts_with("charter/"));
        assert!(request.query.is_empty());
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_with_200() {
    for (error, expected) in [
        (
            "bad_verification_code",
            SignInError::Refused("bad_verification_code".into()),
        ),
        (
            "redirect_uri_mismatch",
            SignInError::Refused("redirect_uri_mismatch".into()),
        ),
        (
            "incorrect_client_credentials",
            SignInError::Failed(Fault::Credentials),
        ),
        // Whatever it is, it goes into a log.
        (
            "the code a-code is\r\nwrong",
            SignInError::Refused("unknown".into()),
        ),
    ] {
        let (refused, github) = sign_in(code("a-code"), TOKEN, move || {
            let text = "https://docs.github.com/apps";
            Answer::json(200, json!({ "error": error, "error_uri": text }))
        })
        .await;
        assert_eq!(refused, Err(expected));
        assert_eq!(github.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_primary_address_counts_and_has_to_be_verified() {
    let (found, _) = sign_in(code("a-code"), EMAILS, || {
        Answer::json(200, addresses(false))
    })
    .await;
    let found = found.unwrap();
    assert_eq!(found.email.as_deref(), Some("ines@northwind.example"));
    assert_eq!(found.verified_email(), None);

    // Without the scope for it, or without any: the public address proves nothing.
    for (status, body) in [
        (404, json!({ "message": "Not Found" })),
        (
            403,
            json!({ "message": "Resource not accessible by integration" }),
        ),
        (200, json!([])),
    ] {
        let (found, _) = sign_in(code("a-code"), EMAILS, move || {
            Answer::json(status, body.clone())
        })
        .await;
        let found = found.unwrap();
        assert_eq!(
            (found.email, found.email_verified),
            (None, false),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_nonce_has_nobody_to_carry_it() {
    let github = Loopback::start(usual).await;
    let refused = at(&github)
        .sign_in(Provider::Github, &code_with_nonce("a-code", "a-nonce"))
        .await;
    assert_eq!(refused, Err(SignInError::Claims(Claim::Nonce)));
    assert!(github.seen().is_empty(), "the code is not spent");
}

#[tokio::test]
async fn a_token_that_was_made_for_us_leads_to_the_person() {
    let github = Loopback::start(usual).await;
    let found = at(&github)
        .sign_in(Provider::Github, &access_token("gho_a-token"))
        .await;
    assert_eq!(found, Ok(person()));
    let check = &github.seen()[0];
    assert_eq!(check.path, CHECK);
    let login = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    assert_eq!(check.headers["authorization"], format!("Basic {login}"));
    assert_eq!(check.body, r#"{"access_token":"gho_a-token"}"#);
}

#[tokio::test]
async fn a_token_of_another_client_leads_to_nobody() {
    for (status, body) in [
        (404, json!({ "message": "Not Found" })),
        (422, json!({ "message": "Validation Failed" })),
        (200, checked(OTHER_CLIENT, 583_231)),
    ] {
        let (refused, github) = sign_in(access_token("gho_theirs"), CHECK, move || {
            Answer::json(status, body.clone())
        })
        .await;
        assert_eq!(refused, Err(SignInError::NotForUs), "{status}");
        assert_eq!(github.seen().len(), 1, "the person is not asked for");
    }
}

#[tokio::test]
async fn a_token_is_one_persons() {
    let (refused, _) = sign_in(access_token("gho_a-token"), CHECK, || {
        Answer::json(200, checked(CLIENT, 1))
    })
    .await;
    assert_eq!(refused, Err(SignInError::Claims(Claim::Subject)));
}

#[tokio::test]
async fn whose_fault_it_is() {
    let refused = || SignInError::Refused("invalid_token".into());
    for (path, status, expected) in [
        (CHECK, 401, SignInError::Failed(Fault::Credentials)),
        (CHECK, 451, SignInError::Failed(Fault::Status(451))),
        (USER, 401, refused()),
        (USER, 403, refused()),
        (USER, 404, SignInError::Failed(Fault::Status(404))),
        (EMAILS, 401, refused()),
        (EMAILS, 418, SignInError::Failed(Fault::Status(418))),
    ] {
        let (failed, _) = sign_in(access_token("gho_a-token"), path, move || {
            Answer::json(status, json!({ "message": "no" }))
        })
        .await;
        assert_eq!(failed, Err(expected), "{path} {status}");
    }
    for path in [CHECK, USER, EMAILS] {
        let (failed, _) = sign_in(access_token("gho_a-token"), path, || {
            Answer::json(403, json!({ "message": "API rate limit exceeded" }))
                .with_header("x-ratelimit-remaining", "0")
        })
        .await;
        assert_eq!(
            failed,
            Err(SignInError::Failed(Fault::Unavailable)),
            "{path}"
        );
    }
}
