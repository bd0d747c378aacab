//! Access tokens that Google says something about.

use std::sync::Arc;

use charter_loopback::{Answer, CLIENT, Loopback, OTHER_CLIENT};
use charter_social::{
    Claim, Fault, GoogleAddresses, OpenIdEndpoints, Person, Provider, Settings, SignInError,
};
use serde_json::{Value, json};

use crate::clock::TestClock;
use crate::registration::{access_token, ines, providers, registered};

/// Google's own form.
fn token_info() -> Value {
    json!({
        "azp": CLIENT, "aud": CLIENT, "sub": "110169484474386276334",
        "scope": "https://www.googleapis.com/auth/userinfo.email openid",
        "exp": "1778003600", "expires_in": "3599", "email": "ines@northwind.example",
        "email_verified": "true", "access_type": "online",
    })
}

fn user(sub: &str) -> Value {
    json!({
        "sub": sub, "name": "Ines Laurent", "given_name": "Ines", "family_name": "Laurent",
        "picture": "https://lh3.googleusercontent.com/a/x", "email": "ines@northwind.example",
        "email_verified": true, "locale": "pt-BR",
    })
}

async fn sign_in(
    status: u16,
    token_info: Value,
    user: Value,
) -> (Result<Person, SignInError>, Arc<Loopback>) {
    let google = Loopback::start(move |request| match request.path.as_str() {
        "/jwks" => Answer::json(200, json!({ "keys": [] })),
        "/tokeninfo" => Answer::json(status, token_info.clone()),
        "/userinfo" => Answer::json(200, user.clone()),
        other => panic!("{other}"),
    })
    .await;
    let settings = Settings {
        google: Some(registered(GoogleAddresses {
            authorization: google.at("/auth"),
            issuer: "https://accounts.google.com".to_owned(),
            endpoints: Some(OpenIdEndpoints {
                token: google.at("/token"),
                keys: google.at("/jwks"),
                user_info: google.at("/userinfo"),
            }),
            token_info: google.at("/tokeninfo"),
        })),
        ..Settings::default()
    };
    let providers = providers(&settings, TestClock::fixed());
    let proof = access_token("ya29.a-token");
    (providers.sign_in(Provider::Google, &proof).await, google)
}

#[tokio::test]
async fn a_token_that_was_made_for_us_leads_to_the_person() {
    let subject = "110169484474386276334";
    let (person, google) = sign_in(200, token_info(), user(subject)).await;
    assert_eq!(person, Ok(ines(subject)));
    for request in google.seen() {
        assert!(request.query.is_empty(), "tokens stand in no address");
        if request.path != "/jwks" {
            assert_eq!(request.headers["authorization"], "Bearer ya29.a-token");
        }
    }
}

#[tokio::test]
async fn a_token_of_another_client_leads_to_nobody() {
    for member in ["aud", "azp"] {
        let mut info = token_info();
        info[member] = json!(OTHER_CLIENT);
        let (refused, google) = sign_in(200, info, user("110169484474386276334")).await;
        assert_eq!(refused, Err(SignInError::NotForUs), "{member}");
        assert_eq!(google.times("/userinfo"), 0);
    }
}

#[tokio::test]
async fn what_google_does_not_know_is_refused() {
    let invalid = json!({ "error": "invalid_token", "error_description": "Invalid Value" });
    let (refused, google) = sign_in(400, invalid, user("110169484474386276334")).await;
    assert_eq!(refused, Err(SignInError::Refused("invalid_token".into())));
    assert_eq!(google.times("/userinfo"), 0);
}

#[tokio::test]
async fn two_answers_are_about_one_person() {
    let (refused, _) = sign_in(200, token_info(), user("1")).await;
    assert_eq!(refused, Err(SignInError::Claims(Claim::Subject)));
}

#[tokio::test]
async fn an_answer_without_an_audience_attests_nothing() {
    let (refused, google) = sign_in(200, json!({ "scope": "openid" }), user("1")).await;
    let fault = Fault::Malformed("answer about a token");
    assert_eq!(refused, Err(SignInError::Failed(fault)));
    assert_eq!(google.times("/userinfo"), 0);
}
