//! A server that answers as Facebook documents.

use std::sync::Arc;

use charter_loopback::{Answer, CLIENT, Loopback, OTHER_CLIENT, REDIRECTS, SECRET, Seen, VERIFIER};
use charter_social::{
    Claim, EmailTrust, FacebookAddresses, Fault, Person, Proof, Provider, Settings, SignInError,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::clock::TestClock;
use crate::registration::{access_token, code, providers, registered};

const TOKEN: &str = "/oauth/access_token";
const ME: &str = "/me";
const DEBUG: &str = "/debug_token";

/// As Facebook answers, unless a test says otherwise of a path.
fn usual(request: &Seen) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", TOKEN) => Answer::json(
            200,
            json!({ "access_token": "EAAa-token", "token_type": "bearer", "expires_in": 5_183_944 }),
        ),
        ("GET", ME) => Answer::json(
            200,
            json!({
                "id": "10158", "email": "ines@northwind.example", "name": "Ines Laurent",
                "first_name": "Ines", "last_name": "Laurent",
            }),
        ),
        ("GET", DEBUG) => Answer::json(200, debugged(json!({}))),
        (method, path) => panic!("{method} {path}"),
    }
}

fn debugged(others: Value) -> Value {
    let mut data = json!({
        "app_id": CLIENT, "type": "USER", "application": "Charter", "expires_at": 0,
        "is_valid": true, "scopes": ["email", "public_profile"], "user_id": "10158",
    });
    for (name, value) in others.as_object().unwrap() {
        data[name] = value.clone();
    }
    json!({ "data": data })
}

fn refusal(code: i64, subcode: i64) -> Value {
    json!({ "error": {
        "message": "This authorization code has been used.", "type": "OAuthException",
        "code": code, "error_subcode": subcode, "fbtrace_id": "AbC",
    } })
}

fn person(email_verified: bool) -> Person {
    Person {
        subject: "10158".to_owned(),
        email: Some("ines@northwind.example".to_owned()),
        email_verified,
        login: None,
        display_name: Some("Ines Laurent".to_owned()),
        first_name: Some("Ines".to_owned()),
        last_name: Some("Laurent".to_owned()),
        language: None,
    }
}

fn settings(facebook: &Loopback, email_trust: EmailTrust) -> Settings {
    let mut registration = registered(FacebookAddresses {
        authorization: facebook.at("/dialog/oauth"),
        token: facebook.at(TOKEN),
        graph: facebook.at(""),
    });
    registration.email_trust = email_trust;
    Settings {
        facebook: Some(registration),
        ..Settings::default()
    }
}

/// Signs in at a Facebook that answers one path in its own way.
async fn sign_in(
    proof: Proof,
    path: &'static str,
    status: u16,
    body: Value,
) -> (Result<Person, SignInError>, Arc<Loopback>) {
    let facebook = Loopback::start(move |request| {
        if request.path == path {
            Answer::json(status, body.clone())
        } else {
            usual(request)
        }
    })
    .await;
    let providers = providers(
        &settings(&facebook, EmailTrust::Claimed),
        TestClock::fixed(),
    );
    (
        providers.sign_in(Provider::Facebook, &proof).await,
        facebook,
    )
}

#[tokio::test]
async fn a_code_leads_to_a_person_whose_address_nobody_has_verified() {
    let facebook = Loopback::start(usual).await;
    let settings = settings(&facebook, EmailTrust::Claimed);
    let found = providers(&settings, TestClock::fixed())
        .sign_in(Provider::Facebook, &code("a-code"))
        .await;
    assert_eq!(found, Ok(person(false)));

    let seen = facebook.seen();
    let form = &seen[0].form;
    assert_eq!(
        (&*form["client_id"], &*form["client_secret"]),
        (CLIENT, SECRET)
    );
    assert_eq!(
        (&*form["code"], &*form["redirect_uri"]),
        ("a-code", REDIRECTS[0])
    );
    assert_eq!(form["code_verifier"], VERIFIER);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(b"EAAa-token");
    let bytes = mac.finalize().into_bytes();
    let proof: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(seen[1].query["appsecret_proof"], proof);
    assert_eq!(seen[1].headers["authorization"], "Bearer EAAa-token");
}

#[tokio::test]
async fn the_operator_may_take_its_addresses_for_verified() {
    let facebook = Loopback::start(usual).await;
    let settings = settings(&facebook, EmailTrust::Always);
    let found = providers(&settings, TestClock::fixed())
        .sign_in(Provider::Facebook, &code("a-code"))
        .await;
    assert_eq!(found, Ok(person(true)));

    // Somebody who has signed up there with a telephone has none.
    let phone = Loopback::start(|request| match request.path.as_str() {
        ME => Answer::json(200, json!({ "id": "10158", "name": "Ines Laurent" })),
        _ => usual(request),
    })
    .await;
    let mut settings = settings.clone();
    settings.facebook.as_mut().unwrap().addresses.token = phone.at(TOKEN);
    settings.facebook.as_mut().unwrap().addresses.graph = phone.at("");
    let found = providers(&settings, TestClock::fixed())
        .sign_in(Provider::Facebook, &code("a-code"))
        .await
        .unwrap();
    assert_eq!((found.email, found.email_verified), (None, false));
}

#[tokio::test]
async fn a_code_that_does_not_work_is_refused() {
    for (status, body, expected) in [
        (
            400,
            refusal(100, 36_009),
            SignInError::Refused("graph_100".into()),
        ),
        (400, refusal(1, 0), SignInError::Failed(Fault::Credentials)),
        (
            400,
            refusal(101, 0),
            SignInError::Failed(Fault::Credentials),
        ),
        (400, refusal(4, 0), SignInError::Failed(Fault::Unavailable)),
        (503, refusal(2, 0), SignInError::Failed(Fault::Status(503))),
    ] {
        let (refused, facebook) = sign_in(code("a-code"), TOKEN, status, body).await;
        assert_eq!(refused, Err(expected));
        assert_eq!(facebook.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_token_that_was_made_for_us_leads_to_the_person() {
    let later = TestClock::fixed().seconds() + 1;
    let body = debugged(json!({ "expires_at": later }));
    let (found, facebook) = sign_in(access_token("EAAa-token"), DEBUG, 200, body).await;
    assert_eq!(found, Ok(person(false)));
    let asked = &facebook.seen()[0];
    assert_eq!(asked.query["input_token"], "EAAa-token");
    assert_eq!(
        asked.headers["authorization"],
        format!("Bearer {CLIENT}|{SECRET}")
    );
}

#[tokio::test]
async fn a_token_of_another_client_leads_to_nobody() {
    for (status, body) in [
        (200, debugged(json!({ "app_id": OTHER_CLIENT }))),
        (200, debugged(json!({ "app_id": null }))),
        (
            200,
            json!({ "data": { "error": { "code": 100 }, "is_valid": false } }),
        ),
        (400, refusal(100, 0)),
    ] {
        let said = body.to_string();
        let (refused, facebook) = sign_in(access_token("EAAtheirs"), DEBUG, status, body).await;
        assert_eq!(refused, Err(SignInError::NotForUs), "{said}");
        assert_eq!(facebook.seen().len(), 1, "the person is not asked for");
    }
}

#[tokio::test]
async fn a_token_that_does_not_work_is_refused() {
    let now = TestClock::fixed().seconds();
    for (body, reason) in [
        (debugged(json!({ "is_valid": false })), "invalid_token"),
        (debugged(json!({ "expires_at": now })), "invalid_token"),
        (debugged(json!({ "type": "APP" })), "invalid_token"),
        (
            json!({ "data": { "error": { "code": 190 }, "is_valid": false, "scopes": [] } }),
            "graph_190",
        ),
    ] {
        let (refused, facebook) = sign_in(access_token("EAAold"), DEBUG, 200, body).await;
        assert_eq!(refused, Err(SignInError::Refused(reason.into())));
        assert_eq!(facebook.seen().len(), 1, "the person is not asked for");
    }
    let (failed, _) = sign_in(access_token("EAAa-token"), DEBUG, 400, refusal(190, 0)).await;
    assert_eq!(failed, Err(SignInError::Failed(Fault::Credentials)), "ours");
    let (refused, _) = sign_in(access_token("EAAa-token"), ME, 400, refusal(190, 460)).await;
    assert_eq!(refused, Err(SignInError::Refused("graph_190".into())));
}

#[tokio::test]
async fn a_token_is_one_persons() {
    let body = debugged(json!({ "user_id": "1" }));
    let (refused, _) = sign_in(access_token("EAAa-token"), DEBUG, 200, body).await;
    assert_eq!(refused, Err(SignInError::Claims(Claim::Subject)));
}
