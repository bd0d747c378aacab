//! Signing in at a real provider, npm's oidc-provider, by the way of a browser: what
//! that answers is judged, and becomes a session or a refusal.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::Clock;
use charter_loopback::{
    Answer as Said, CLIENT, Loopback, NONCE, OTHER_CLIENT, OTHER_SECRET, REDIRECTS, SECRET,
    VERIFIER, Walk, issuers,
};
use charter_server::system::SystemClock;
use charter_social::{
    GoogleAddresses, LinkedinAddresses, OpenIdEndpoints, Registration, Secret, Settings,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cases;
use crate::support::audit::refusals;
use crate::support::clock::{START, TestClock};
use crate::support::database::Database;
use crate::support::process::Charter;
use crate::support::provider::{asking, configured};
use crate::support::visitor::Visitor;
use crate::support::{Answer, World};

fn google(issuer: &str) -> GoogleAddresses {
    GoogleAddresses {
        authorization: format!("{issuer}/auth"),
        issuer: issuer.to_owned(),
        endpoints: None,
        token_info: format!("{issuer}/tokeninfo"),
    }
}

fn linkedin(issuer: &str) -> LinkedinAddresses {
    LinkedinAddresses {
        authorization: format!("{issuer}/auth"),
        issuer: issuer.to_owned(),
        endpoints: None,
        introspection: format!("{issuer}/token/introspection"),
    }
}

/// What the provider's metadata would say.
fn endpoints(issuer: &str) -> OpenIdEndpoints {
    OpenIdEndpoints {
        token: format!("{issuer}/token"),
        keys: format!("{issuer}/jwks"),
        user_info: format!("{issuer}/me"),
    }
}

fn registered<A: Default>(addresses: A) -> Registration<A> {
    Registration {
        addresses,
        ..Registration::new(
            CLIENT,
            Secret::new(SECRET),
            REDIRECTS.map(str::to_owned).to_vec(),
        )
    }
}

/// The world with Google there.
async fn with_google(world: World, addresses: GoogleAddresses, clock: Arc<dyn Clock>) -> World {
    let settings = Settings {
        google: Some(registered(addresses)),
        ..Settings::default()
    };
    world.with_providers(Some(asking(settings, clock))).await
}

/// A clock that is so many seconds ahead of the machine's, or behind it: the provider
/// has no other.
fn ahead(seconds: i64) -> Arc<TestClock> {
    let clock = TestClock::default();
    clock.advance((SystemClock.now().micros() - START) / 1_000_000 + seconds);
    Arc::new(clock)
}

/// A code with all that belongs to it.
fn code(text: &str) -> Value {
    json!({
        "code": text,
        "redirectUri": REDIRECTS[0],
        "code_verifier": VERIFIER,
        "nonce": NONCE,
    })
}

async fn sign_in(world: &World, body: Value) -> Answer {
    world
        .anonymous
        .call("signInWithGoogle")
        .json(&body)
        .send()
        .await
}

/// It is refused, and the audit log is told why.
#[track_caller]
fn assert_told(rows: &[charter_persistence::entity::audit_entry::Model], details: &[&str]) {
    let told: Vec<_> = details
        .iter()
        .map(|detail| ("provider-refused", Some(*detail)))
        .collect();
    assert_eq!(refusals(rows), told);
}

cases! {
    /// The provider says who it is in the ID token, or at the userinfo endpoint.
    async fn with_a_code(world: World) {
        let mut world = world;
        let mut answers = Vec::new();
        for issuer in [&issuers().sparse, &issuers().complete] {
            world = with_google(world, google(issuer), Arc::new(SystemClock)).await;
            let body = code(&Walk::to(issuer).code().await);
            answers.push(sign_in(&world, body).await.expect(200));
        }
        let [first, second] = answers.as_slice() else {
            panic!("{}", answers.len());
        };
        assert_eq!(first.text_at("/user/displayName"), "Ines Laurent");
        assert_eq!(first.text_at("/user/language"), "pt");
        assert_eq!((&first.body["isNew"], &second.body["isNew"]), (&json!(true), &json!(false)));
        assert_eq!(first.text_at("/user/_id"), second.text_at("/user/_id"));
    }

    async fn with_a_code_twice(world: World) {
        let world = with_google(world, google(&issuers().complete), Arc::new(SystemClock)).await;
        let body = code(&Walk::to(&issuers().complete).code().await);
        sign_in(&world, body.clone()).await.expect(200);
        sign_in(&world, body.clone()).await.expect(401);
        sign_in(&world, body).await.expect(401);
        assert_told(&world.db_audit("session.created").await, &["refused", "refused"]);
    }

    /// It lives for a second.
    async fn with_a_code_too_late(world: World) {
        let world = with_google(world, google(&issuers().hasty), Arc::new(SystemClock)).await;
        let walk = Walk::to(&issuers().hasty);
        let late = code(&walk.code().await);
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        sign_in(&world, late).await.expect(401);
        assert_told(&world.db_audit("session.created").await, &["refused"]);
        // On a busy machine somebody in a hurry is late as well, but not always.
        let mut tries = 0;
        while sign_in(&world, code(&walk.code().await)).await.status.as_u16() != 200 {
            tries += 1;
            assert!(tries < 20, "no code is redeemed in time");
        }
    }

    /// A code that was made for another application, for another redirect address or
    /// for somebody with another verifier.
    async fn with_a_code_of_somebody_else(world: World) {
        let issuer = &issuers().complete;
        let world = with_google(world, google(issuer), Arc::new(SystemClock)).await;
        let theirs = Walk { client: OTHER_CLIENT, ..Walk::to(issuer) };
        sign_in(&world, code(&theirs.code().await)).await.expect(401);
        let elsewhere = Walk { redirect_uri: REDIRECTS[1], ..Walk::to(issuer) };
        sign_in(&world, code(&elsewhere.code().await)).await.expect(401);
        let mut stolen = code(&Walk::to(issuer).code().await);
        stolen["code_verifier"] = json!("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        sign_in(&world, stolen).await.expect(401);
        assert_told(&world.db_audit("session.created").await, &["refused"; 3]);
    }

    /// Genuine, of today and about Ines, but not for this application: whoever runs
    /// the other one has it as well.
    async fn with_an_id_token_for_another_application(world: World) {
        let issuer = &issuers().complete;
        let walk = Walk { client: OTHER_CLIENT, ..Walk::to(issuer) };
        let tokens = walk.tokens(OTHER_SECRET).await;
        let endpoint = Loopback::start(move |_| Said::json(200, tokens.clone())).await;
        let addresses = GoogleAddresses {
            endpoints: Some(OpenIdEndpoints { token: endpoint.at("/token"), ..endpoints(issuer) }),
            ..google(issuer)
        };
        let world = with_google(world, addresses, Arc::new(SystemClock)).await;
        sign_in(&world, code("a-code")).await.expect(401);
        assert_told(&world.db_audit("session.created").await, &["audience"]);
    }

    /// Everything is right but for the name.
    async fn with_an_id_token_of_another_issuer(world: World) {
        let issuer = &issuers().complete;
        let addresses = GoogleAddresses {
            issuer: "https://accounts.google.com".to_owned(),
            endpoints: Some(endpoints(issuer)),
            ..google(issuer)
        };
        let world = with_google(world, addresses, Arc::new(SystemClock)).await;
        sign_in(&world, code(&Walk::to(issuer).code().await)).await.expect(401);
        assert_told(&world.db_audit("session.created").await, &["issuer"]);
    }

    /// Of an hour ago, and of in two minutes.
    async fn with_an_id_token_of_another_time(world: World) {
        let issuer = &issuers().complete;
        let mut world = world;
        for seconds in [3_720, -120] {
            world = with_google(world, google(issuer), ahead(seconds)).await;
            world.clock.advance(1);
            sign_in(&world, code(&Walk::to(issuer).code().await)).await.expect(401);
        }
        assert_told(&world.db_audit("session.created").await, &["expiry", "issued_at"]);
    }

    /// It answers another request, or none.
    async fn with_an_id_token_of_another_request(world: World) {
        let issuer = &issuers().complete;
        let world = with_google(world, google(issuer), Arc::new(SystemClock)).await;
        for nonce in [Some("another-nonce"), None] {
            let walk = Walk { nonce, ..Walk::to(issuer) };
            sign_in(&world, code(&walk.code().await)).await.expect(401);
        }
        assert_told(&world.db_audit("session.created").await, &["nonce", "nonce"]);
    }

    /// Otto has never confirmed it there, nor here: it may be anybody's.
    async fn with_an_address_that_nobody_has_verified(world: World) {
        let otto = world.account("Otto Olsen", "otto@northwind.example").await;
        let issuer = &issuers().complete;
        let world = with_google(world, google(issuer), Arc::new(SystemClock)).await;
        let walk = Walk { person: "otto", ..Walk::to(issuer) };
        sign_in(&world, code(&walk.code().await)).await.expect(403);
        let sessions = otto.client.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);
    }

    /// An access token counts if the provider says that it was made for this application.
    async fn with_an_access_token(world: World) {
        let issuer = &issuers().sparse;
        let settings = Settings { linkedin: Some(registered(linkedin(issuer))), ..Settings::default() };
        let port = asking(settings, Arc::new(SystemClock));
        let world = world.with_providers(Some(port)).await;
        let by = |token: String| {
            let body = json!({ "access_token": token });
            world.anonymous.call("signInWithLinkedin").json(&body).send()
        };
        let walk = Walk::to(issuer);
        by(walk.access_token().await).await.expect(200);
        let walk = Walk { client: OTHER_CLIENT, ..walk };
        let tokens = walk.tokens(OTHER_SECRET).await;
        by(tokens["access_token"].as_str().unwrap().to_owned()).await.expect(401);
        world.clock.advance(1);
        // Nor is an ID token one, nor a code.
        by(tokens["id_token"].as_str().unwrap().to_owned()).await.expect(401);
        by(Walk::to(issuer).code().await).await.expect(401);
        assert_told(&world.db_audit("session.created").await, &["other_client", "refused", "refused"]);
    }

    /// That the provider does not take our secret is no refusal of the person.
    async fn with_another_secret(world: World) {
        let issuer = &issuers().complete;
        let mut registration = registered(google(issuer));
        registration.client_secret = Secret::new("the-secret-before-the-last");
        let settings = Settings { google: Some(registration), ..Settings::default() };
        let port = asking(settings, Arc::new(SystemClock));
        let world = world.with_providers(Some(port)).await;
        sign_in(&world, code(&Walk::to(issuer).code().await)).await.expect(502);
        assert!(world.db_audit("session.created").await.is_empty());
    }
}

/// The binary, set up by a file: a page asks how to send somebody to the provider, the
/// browser comes back with a code, and what it is good for is a session.
async fn the_whole_way(database: &Database) {
    let issuer = &issuers().complete;
    let file = configured(&Settings {
        google: Some(registered(google(issuer))),
        ..Settings::default()
    });
    let charter = Charter::new(
        &database.url,
        &[
            ("CHARTER_CONFIG", file.path().to_str().unwrap()),
            ("NO_PROXY", "127.0.0.1"),
        ],
    );
    let serving = charter.serve().await;
    let visitor = Visitor::of(&serving);

    let offers = visitor.get(200, "/v2/auth/providers").await;
    let [offer] = offers["providers"].as_array().unwrap().as_slice() else {
        panic!("{offers}");
    };
    assert_eq!(offer["provider"], "google");
    assert_eq!(offer["authorization_url"], format!("{issuer}/auth"));
    assert_eq!(offer["scope"], "openid email profile");
    assert_eq!(offer["pkce"], true);
    let walk = Walk {
        client: offer["client_id"].as_str().unwrap(),
        redirect_uri: offer["redirect_uris"][0].as_str().unwrap(),
        ..Walk::to(issuer)
    };

    let body = code(&walk.code().await);
    let first = visitor.post(200, "/v2/auth/google", &body).await;
    assert_eq!(first["isNew"], true);
    assert_eq!(first["user"]["email"], "ines@northwind.example");
    visitor.post(401, "/v2/auth/google", &body).await;
    let session = first["token"].as_str().unwrap();
    let named = json!({"name": "Northwind Research"});
    let founded = visitor
        .request(Method::POST, "/v1/organisations")
        .bearer_auth(session)
        .json(&named);
    visitor.expect(201, founded).await;

    let body = code(&walk.code().await);
    let second = visitor.post(200, "/v2/auth/google", &body).await;
    assert_eq!(second["isNew"], false);
    assert_eq!(second["flow"], "dashboard");
    let out = visitor
        .request(Method::POST, "/v2/auth/signout")
        .bearer_auth(session);
    visitor.expect(204, out).await;
    let me = visitor
        .request(Method::GET, "/v2/auth/me")
        .bearer_auth(session);
    visitor.expect(401, me).await;
    serving.stop().await;
}

/// See [`the_whole_way`].
mod by_the_whole_way {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        the_whole_way(&Database::sqlite()).await;
    }

    #[tokio::test]
    async fn postgres() {
        the_whole_way(&Database::postgres().await).await;
    }
}
