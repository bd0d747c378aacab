//! Coming by a provider as somebody else. What the protocol itself rules out is
//! attacked in `crates/social`, and at a real provider in `identity::at_a_provider`;
//! here it is about what becomes of accounts.

use std::sync::Arc;

use charter_loopback::{CLIENT, NONCE, OTHER_CLIENT, REDIRECTS, SECRET, VERIFIER, Walk, issuers};
use charter_server::system::SystemClock;
use charter_social::{LinkedinAddresses, Registration, Secret, Settings};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::people::{HOME, account, behind_proxy, from, lives, network};
use crate::cases;
use crate::support::provider::{Says, asking};
use crate::support::{Answer, Client};

const EMAIL: &str = "ines@northwind.example";

/// The ways in, and the names of the providers.
const WAYS: [(&str, &str); 4] = [
    ("signInWithFacebook", "facebook"),
    ("signInWithGithub", "github"),
    ("signInWithGoogle", "google"),
    ("signInWithLinkedin", "linkedin"),
];

/// Redirect addresses that look like one of ours, which is `known`.
fn look_alikes(known: &str) -> Vec<String> {
    let path = known.trim_start_matches("https://charter.example");
    vec![
        "https://evil.example/oauth".to_owned(),
        format!("https://charter.example.evil.example{path}"),
        format!("https://charter.example@evil.example{path}"),
        format!("https://evil.example/?{known}"),
        format!("http://charter.example{path}"),
        format!("https://charter.example:8443{path}"),
        format!("https://CHARTER.example{path}"),
        format!("{known}/"),
        format!("{known}/../../evil"),
        format!("{known}?next=https://evil.example"),
        format!("{known}#evil"),
        format!("{known}%2f"),
        "javascript:alert(1)".to_owned(),
    ]
}

/// Addresses that are another's, however much they look like Ines's.
const OTHERS: [&str; 8] = [
    "in\u{435}s@northwind.example",
    "\u{131}nes@northwind.example",
    "ines@northw\u{131}nd.example",
    "ines@northwind.example.",
    "ines+evil@northwind.example",
    "ines@northwind.example@evil.example",
    "\"ines@northwind.example\"@evil.example",
    "ines@northwind.example,evil@evil.example",
];

async fn arrive(client: &Client, place: &str, operation: &str, body: &Value) -> Answer {
    from(client, operation, place).json(body).send().await
}

/// How many sessions there are beside the one that asks.
async fn others(client: &Client, session: &str) -> usize {
    let session = client.with_key(session);
    let listed = session.call("listSessions").send().await.expect(200);
    let sessions = listed.body["sessions"].as_array().unwrap();
    let other = |one: &&Value| one["current"] == false;
    sessions.iter().filter(other).count()
}

cases! {
    /// Whoever runs another application has the access tokens of all who sign in there.
    async fn by_tokens_of_another_application(world: World) {
        let client = behind_proxy(&world);
        let owner = account(&world, &client, EMAIL).await;
        let before = others(&client, &owner).await;
        world.providers.say(Says { client: OTHER_CLIENT, ..Says::default() });
        for (number, (operation, _)) in WAYS.into_iter().enumerate() {
            let token = json!({"access_token": "given-to-another-application"});
            arrive(&client, &network(number), operation, &token).await.expect(401);
        }
        assert_eq!(others(&client, &owner).await, before);
    }

    /// An address that the provider has not verified is whatever somebody has typed.
    async fn by_an_unverified_address(world: World) {
        let client = behind_proxy(&world);
        let owner = account(&world, &client, EMAIL).await;
        let before = others(&client, &owner).await;
        world.providers.say(Says { verified: false, ..Says::default() });
        for (number, (operation, _)) in WAYS.into_iter().enumerate() {
            let token = json!({"access_token": "a-token"});
            let refused = arrive(&client, &network(number), operation, &token).await.expect(403);
            assert_eq!(refused.text_at("/type"), "/problems/address-unverified");
        }
        assert_eq!(others(&client, &owner).await, before);
    }

    /// Verified, but another's: letters that look alike, or become alike when they are
    /// made small.
    async fn by_an_address_that_looks_alike(world: World) {
        let client = behind_proxy(&world);
        let owner = account(&world, &client, EMAIL).await;
        let mark = account(&world, &client, "mark@northwind.example").await;
        let before = (others(&client, &owner).await, others(&client, &mark).await);
        // The sign of the Kelvin is a small k when it is made small.
        for (subject, email) in (100..).zip(OTHERS.into_iter().chain(["mar\u{212a}@northwind.example"])) {
            world.providers.say(Says { subject, email: Some(email), ..Says::default() });
            let token = json!({"access_token": "a-token"});
            let answer = arrive(&client, &network(usize::try_from(subject).unwrap()), "signInWithGoogle", &token).await;
            match answer.status.as_u16() {
                // Nobody's address, or somebody else's.
                403 => assert_eq!(answer.text_at("/type"), "/problems/address-unverified"),
                200 => assert_eq!(answer.body["isNew"], true, "{email}"),
                other => panic!("{other}: {}", answer.body),
            }
        }
        assert_eq!((others(&client, &owner).await, others(&client, &mark).await), before);
    }

    /// Who is known by a number at one provider is nobody with that number at another.
    async fn by_the_same_number_elsewhere(world: World) {
        let client = behind_proxy(&world);
        let token = json!({"access_token": "a-token"});
        let owner = arrive(&client, HOME, "signInWithGithub", &token).await.expect(200);
        world.providers.say(Says { email: Some("evil@evil.example"), ..Says::default() });
        for (number, (operation, name)) in WAYS.into_iter().enumerate() {
            let answer = arrive(&client, &network(number), operation, &token).await.expect(200);
            let same = answer.text_at("/user/_id") == owner.text_at("/user/_id");
            assert_eq!(same, name == "github", "{operation}");
        }
    }

    /// The browser's way back leads to us alone.
    async fn by_a_redirect_address(world: World) {
        let client = behind_proxy(&world);
        let mut number = 0;
        for (operation, name) in WAYS {
            for address in look_alikes(&format!("https://charter.example/oauth/{name}")) {
                for proof in [json!({"code": "a-code", "code_verifier": VERIFIER}), json!({"access_token": "a-token"})] {
                    let mut body = proof;
                    body["redirectUri"] = json!(address);
                    number += 1;
                    let refused = arrive(&client, &network(number), operation, &body).await.expect(400);
                    assert!(!refused.body.to_string().contains("evil"), "{}", refused.body);
                    assert!(refused.headers.get("location").is_none());
                }
            }
        }
        assert!(number > 100, "{number}");
        assert!(world.providers.asked().is_empty(), "no code was spent");
    }

    /// A code that somebody has seen pass by, from twenty places at the moment at which
    /// its owner comes: it is redeemed once.
    async fn by_a_code_at_the_same_moment(world: World) {
        let issuer = &issuers().sparse;
        let redirects = REDIRECTS.map(str::to_owned).to_vec();
        let registration = Registration {
            addresses: LinkedinAddresses {
                authorization: format!("{issuer}/auth"),
                issuer: issuer.clone(),
                endpoints: None,
                introspection: format!("{issuer}/token/introspection"),
            },
            ..Registration::new(CLIENT, Secret::new(SECRET), redirects)
        };
        let settings = Settings { linkedin: Some(registration), ..Settings::default() };
        let port = asking(settings, Arc::new(SystemClock));
        let world = world.with_providers(Some(port)).await;
        let client = behind_proxy(&world);
        let code = Walk::to(issuer).code().await;
        let body = json!({"code": code, "code_verifier": VERIFIER, "nonce": NONCE});
        let places: Vec<String> = (0..20).map(network).collect();
        let answers = join_all(places.iter().map(|place| arrive(&client, place, "signInWithLinkedin", &body))).await;
        let (mut let_in, mut refused) = (Vec::new(), 0);
        for answer in answers {
            match answer.status.as_u16() {
                200 => let_in.push(answer.text_at("/token")),
                401 => refused += 1,
                other => panic!("{other}: {}", answer.body),
            }
        }
        // A provider that sees a code twice takes back what it has given for it, so that
        // even the first may come to nothing.
        assert!(let_in.len() <= 1 && let_in.len() + refused == 20, "{}", let_in.len());
        for token in let_in {
            assert!(lives(&client, &token).await);
        }
        arrive(&client, &network(99), "signInWithLinkedin", &body).await.expect(401);
    }
}
