//! Access tokens that LinkedIn says something about.

use std::sync::Arc;

use charter_loopback::{Answer, CLIENT, Loopback, OTHER_CLIENT, SECRET};
use charter_social::{
    Claim, Fault, LinkedinAddresses, OpenIdEndpoints, Person, Provider, Settings, SignInError,
};
use serde_json::{Value, json};

use crate::clock::TestClock;
use crate::registration::{access_token, ines, providers, registered};

/// LinkedIn's own form; it does not say whose the token is.
fn introspected() -> Value {
    json!({
        "active": true, "client_id": CLIENT, "authorized_at": 1_778_000_000,
        "created_at": 1_778_000_000, "status": "active", "expires_at": 1_783_000_000,
        "scope": "email,openid,profile", "auth_type": "3L",
    })
}

async fn sign_in(status: u16, introspected: Value) -> (Result<Person, SignInError>, Arc<Loopback>) {
    let linkedin = Loopback::start(move |request| match request.path.as_str() {
        "/introspect" => Answer::json(status, introspected.clone()),
        "/jwks" => Answer::json(200, json!({ "keys": [] })),
        "/userinfo" => Answer::json(
            200,
            json!({
                "sub": "782bbtaQ", "name": "Ines Laurent", "given_name": "Ines",
                "family_name": "Laurent", "locale": { "country": "BR", "language": "pt" },
                "email": "ines@northwind.example", "email_verified": true,
            }),
        ),
        other => panic!("{other}"),
    })
    .await;
    let settings = Settings {
        linkedin: Some(registered(LinkedinAddresses {
            authorization: linkedin.at("/authorization"),
            issuer: "https://www.linkedin.com/oauth".to_owned(),
            endpoints: Some(OpenIdEndpoints {
                token: linkedin.at("/accessToken"),
                keys: linkedin.at("/jwks"),
                user_info: linkedin.at("/userinfo"),
            }),
            introspection: linkedin.at("/introspect"),
        })),
        ..Settings::default()
    };
    let providers = providers(&settings, TestClock::fixed());
    let proof = access_token("AQa-token");
    (
        providers.sign_in(Provider::Linkedin, &proof).await,
        linkedin,
    )
}

#[tokio::test]
async fn a_token_that_was_made_for_us_leads_to_the_person() {
    let (person, linkedin) = sign_in(200, introspected()).await;
    assert_eq!(person, Ok(ines("782bbtaQ")));
    let form = &linkedin.seen()[0].form;
    assert_eq!(form["token"], "AQa-token");
    assert_eq!(
        (&*form["client_id"], &*form["client_secret"]),
        (CLIENT, SECRET)
    );
}

#[tokio::test]
async fn any_other_leads_to_nobody() {
    let with = |name: &str, value: Value| {
        let mut answer = introspected();
        answer[name] = value;
        answer
    };
    let refused = |reason: &str| SignInError::Refused(reason.to_owned());
    for (status, answer, expected) in [
        (
            200,
            with("client_id", json!(OTHER_CLIENT)),
            SignInError::NotForUs,
        ),
        (200, with("client_id", Value::Null), SignInError::NotForUs),
        (200, with("active", json!(false)), refused("invalid_token")),
        (200, json!({ "active": false }), refused("invalid_token")),
        (
            400,
            json!({ "error": "invalid_request" }),
            refused("invalid_request"),
        ),
        (
            401,
            json!({ "error": "invalid_client" }),
            SignInError::Failed(Fault::Credentials),
        ),
        (404, json!({}), SignInError::Failed(Fault::Status(404))),
    ] {
        let said = answer.to_string();
        let (person, linkedin) = sign_in(status, answer).await;
        assert_eq!(person, Err(expected), "{said}");
        assert_eq!(linkedin.times("/userinfo"), 0, "{said}");
    }
    let (person, _) = sign_in(200, with("sub", json!("another"))).await;
    assert_eq!(person, Err(SignInError::Claims(Claim::Subject)));
}
