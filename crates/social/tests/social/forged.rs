//! ID tokens that no provider should send.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_loopback::{Answer, CLIENT, Loopback, NONCE, OTHER_CLIENT, SECRET, Seen};
use charter_social::{
    Claim, Fault, LinkedinAddresses, Person, Provider, Providers, Settings, SignInError,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::clock::TestClock;
use crate::registration::{code_with_nonce, ines, providers, registered};

/// A key of the provider's, or of somebody else.
struct Key {
    name: &'static str,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Key {
    fn new(name: &'static str) -> Self {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
                .unwrap();
        Self { name, pair, random }
    }

    fn public(&self) -> Value {
        // 4, then both coordinates.
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.name,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
            "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    /// Signs whatever it is asked to.
    fn token(&self, header: Value, claims: &Value) -> String {
        let text = unsigned(&header, claims);
        let signature = self.pair.sign(&self.random, text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "JWT", "kid": self.name })
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn with_mac(secret: &[u8], kid: &str, claims: &Value) -> String {
    let text = unsigned(&json!({ "alg": "HS256", "typ": "JWT", "kid": kid }), claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(text.as_bytes());
    format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// What the provider answers at the moment.
struct Said {
    keys: Vec<Value>,
    id_token: Value,
    user: Value,
}

/// A provider that says what it is told to.
struct Forger {
    loopback: Arc<Loopback>,
    said: Arc<Mutex<Said>>,
    key: Key,
    clock: Arc<TestClock>,
    providers: Providers,
}

impl Forger {
    async fn start() -> Self {
        let key = Key::new("one");
        let said = Arc::new(Mutex::new(Said {
            keys: vec![key.public()],
            id_token: Value::Null,
            user: Value::Null,
        }));
        let telling = Arc::clone(&said);
        let loopback =
            Loopback::start(move |request| answer(request, &telling.lock().unwrap())).await;
        let clock = TestClock::fixed();
        let settings = Settings {
            linkedin: Some(registered(LinkedinAddresses {
                authorization: loopback.at("/auth"),
                issuer: loopback.at(""),
                endpoints: None,
                introspection: loopback.at("/introspection"),
            })),
            ..Settings::default()
        };
        Self {
            providers: providers(&settings, Arc::clone(&clock) as _),
            loopback,
            said,
            key,
            clock,
        }
    }

    /// What a genuine ID token about Ines says.
    fn claims(&self) -> Value {
        json!({
            "iss": self.loopback.at(""),
            "aud": CLIENT,
            "sub": "ines",
            "iat": self.clock.seconds(),
            "exp": self.clock.seconds() + 3600,
            "nonce": NONCE,
            "email": "ines@northwind.example",
            "email_verified": true,
            "name": "Ines Laurent",
            "given_name": "Ines",
            "family_name": "Laurent",
            "locale": "pt_BR",
        })
    }

    /// The same, but for these members; null takes one away.
    fn claims_with(&self, others: Value) -> Value {
        let mut claims = self.claims();
        let members = claims.as_object_mut().unwrap();
        for (name, value) in others.as_object().unwrap() {
            match value {
                Value::Null => drop(members.shift_remove(name)),
                value => drop(members.insert(name.clone(), value.clone())),
            }
        }
        claims
    }

    /// Signs in with a code for which the provider gives this ID token.
    async fn sign_in(&self, id_token: impl Into<Value>) -> Result<Person, SignInError> {
        self.said.lock().unwrap().id_token = id_token.into();
        let proof = code_with_nonce("a-code", NONCE);
        self.providers.sign_in(Provider::Linkedin, &proof).await
    }

    /// With claims that the provider has signed as it should.
    async fn sign_in_with(&self, others: Value) -> Result<Person, SignInError> {
        let claims = self.claims_with(others);
        self.sign_in(self.key.token(self.key.header(), &claims))
            .await
    }

    #[track_caller]
    fn asked_for_keys(&self, times: usize) {
        assert_eq!(self.loopback.times("/jwks"), times);
    }
}

fn answer(request: &Seen, said: &Said) -> Answer {
    let issuer = format!("http://{}", request.headers["host"]);
    let body = match request.path.as_str() {
        "/.well-known/openid-configuration" => json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        }),
        "/jwks" => json!({ "keys": said.keys }),
        "/token" => {
            let mut tokens = json!({
                "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600,
            });
            if !said.id_token.is_null() {
                tokens["id_token"] = said.id_token.clone();
            }
            tokens
        }
        "/me" => said.user.clone(),
        other => return Answer::text(404, "text/plain", other.to_owned()),
    };
    Answer::json(200, body)
}

fn wrong(claim: Claim) -> Result<Person, SignInError> {
    Err(SignInError::Claims(claim))
}

#[tokio::test]
async fn a_genuine_one_is_believed() {
    let forger = Forger::start().await;
    assert_eq!(forger.sign_in_with(json!({})).await, Ok(ines("ines")));
    // As LinkedIn has it.
    let person = forger
        .sign_in_with(json!({ "email_verified": "true" }))
        .await;
    assert_eq!(person, Ok(ines("ines")));
}

#[tokio::test]
async fn every_claim_is_looked_at() {
    let forger = Forger::start().await;
    let now = forger.clock.seconds();
    for (others, claim) in [
        (json!({ "iss": "https://attacker.example" }), Claim::Issuer),
        (json!({ "iss": forger.loopback.at("/") }), Claim::Issuer),
        (json!({ "aud": OTHER_CLIENT }), Claim::Audience),
        (json!({ "aud": [] }), Claim::Audience),
        (json!({ "aud": [CLIENT, OTHER_CLIENT] }), Claim::Audience),
        (
            json!({ "aud": [CLIENT, OTHER_CLIENT], "azp": CLIENT }),
            Claim::Audience,
        ),
        (json!({ "azp": OTHER_CLIENT }), Claim::AuthorizedParty),
        (json!({ "exp": now - 60 }), Claim::Expiry),
        (json!({ "iat": now + 61 }), Claim::IssuedAt),
        (json!({ "nonce": "another" }), Claim::Nonce),
        (json!({ "nonce": null }), Claim::Nonce),
        (json!({ "sub": "" }), Claim::Subject),
        (json!({ "sub": "ines\u{0}" }), Claim::Subject),
        (json!({ "sub": null }), Claim::IdToken),
        (json!({ "exp": null }), Claim::IdToken),
        (json!({ "iss": null }), Claim::IdToken),
    ] {
        let said = others.to_string();
        assert_eq!(forger.sign_in_with(others).await, wrong(claim), "{said}");
    }
    for others in [
        json!({ "azp": CLIENT }),
        json!({ "aud": [CLIENT] }),
        json!({ "exp": now - 59 }),
        json!({ "iat": now + 60 }),
    ] {
        let said = others.to_string();
        assert_eq!(
            forger.sign_in_with(others).await,
            Ok(ines("ines")),
            "{said}"
        );
    }
}

#[tokio::test]
async fn nobody_else_can_sign() {
    let forger = Forger::start().await;
    let claims = forger.claims();
    let header = forger.key.header();

    // Under the name of the provider's key.
    let thief = Key::new("one").token(header.clone(), &claims);
    assert_eq!(forger.sign_in(thief).await, wrong(Claim::Signature));

    // Signed well, then changed.
    let genuine = forger.key.token(header, &claims);
    let (_, signature) = genuine.rsplit_once('.').unwrap();
    let changed = unsigned(
        &forger.key.header(),
        &forger.claims_with(json!({ "sub": "otto" })),
    );
    let changed = format!("{changed}.{signature}");
    assert_eq!(forger.sign_in(changed).await, wrong(Claim::Signature));

    let cut = genuine.trim_end_matches(|c| c != '.').to_owned();
    assert_eq!(forger.sign_in(cut).await, wrong(Claim::Signature));
}

#[tokio::test]
async fn a_token_is_signed_with_the_providers_key_alone() {
    let forger = Forger::start().await;
    let claims = forger.claims();
    let bare = |alg: &str| {
        let header = json!({ "alg": alg, "typ": "JWT", "kid": "one" });
        format!("{}.", unsigned(&header, &claims))
    };
    assert_eq!(forger.sign_in(bare("none")).await, wrong(Claim::Algorithm));
    // Not a word that exists.
    assert_eq!(forger.sign_in(bare("None")).await, wrong(Claim::IdToken));

    // The signature of `alg: none` is not looked at, so it must not help.
    let signed = forger
        .key
        .token(json!({ "alg": "none", "kid": "one" }), &claims);
    assert_eq!(forger.sign_in(signed).await, wrong(Claim::Algorithm));

    let point = forger.key.pair.public_key().as_ref();
    let jwk = forger.key.public().to_string();
    for secret in [point, jwk.as_bytes(), SECRET.as_bytes(), b""] {
        let forged = with_mac(secret, "one", &claims);
        assert_eq!(forger.sign_in(forged).await, wrong(Claim::Algorithm));
    }

    // Another kind of key than the one that is named.
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "one" });
    let forged = forger.key.token(header, &claims);
    assert_eq!(forger.sign_in(forged).await, wrong(Claim::Key));
}

#[tokio::test]
async fn a_key_in_the_token_is_none() {
    let forger = Forger::start().await;
    let thief = Key::new("thief");
    let mut header = thief.header();
    header["jwk"] = thief.public();
    header["jku"] = json!(forger.loopback.at("/thief"));
    let forged = thief.token(header, &forger.claims());
    assert_eq!(forger.sign_in(forged).await, wrong(Claim::Key));
    assert_eq!(forger.loopback.times("/thief"), 0);
}

#[tokio::test]
async fn other_tokens_are_no_id_tokens() {
    let forger = Forger::start().await;
    for (name, value) in [
        ("typ", json!("at+jwt")),
        ("typ", json!("logout+jwt")),
        ("cty", json!("JWT")),
        ("crit", json!(["exp"])),
        ("alg", json!("RSA-OAEP-256")),
        ("alg", json!("A256GCM")),
        ("alg", json!("dir")),
    ] {
        let mut header = forger.key.header();
        header[name] = value;
        let said = header.to_string();
        let token = forger.key.token(header, &forger.claims());
        assert_eq!(forger.sign_in(token).await, wrong(Claim::IdToken), "{said}");
    }
    for text in ["", "a.b", "a.b.c", "e30.e30.", "\u{0}"] {
        assert_eq!(
            forger.sign_in(text).await,
            wrong(Claim::IdToken),
            "{text:?}"
        );
    }
    assert_eq!(forger.sign_in(Value::Null).await, wrong(Claim::IdToken));
    let fault = SignInError::Failed(Fault::Malformed("answer to a code"));
    assert_eq!(forger.sign_in(json!(["a"])).await, Err(fault));
}

#[tokio::test]
async fn two_answers_are_about_one_person() {
    let forger = Forger::start().await;
    let user = |sub: &str| {
        json!({
            "sub": sub, "email": "ines@northwind.example", "email_verified": "true",
            "name": "Ines Laurent", "given_name": "Ines", "family_name": "Laurent",
            // As LinkedIn has it.
            "locale": { "language": "pt", "country": "BR" },
        })
    };
    let silent = || {
        json!({
            "email": null, "email_verified": null, "name": null, "given_name": null,
            "family_name": null, "locale": null,
        })
    };
    forger.said.lock().unwrap().user = user("ines");
    assert_eq!(forger.sign_in_with(silent()).await, Ok(ines("ines")));
    // An address of which the ID token does not say whether it is verified is not believed.
    let doubtful = json!({ "email": "otto@northwind.example", "email_verified": null });
    assert_eq!(forger.sign_in_with(doubtful).await, Ok(ines("ines")));
    assert_eq!(forger.loopback.times("/me"), 2);
    forger.said.lock().unwrap().user = user("otto");
    assert_eq!(
        forger.sign_in_with(silent()).await,
        wrong(Claim::Subject),
        "the access token is another's"
    );
}

#[tokio::test]
async fn a_new_key_is_found_but_strange_ones_are_not_looked_for_all_the_time() {
    let forger = Forger::start().await;
    assert_eq!(forger.sign_in_with(json!({})).await, Ok(ines("ines")));
    forger.asked_for_keys(1);

    let second = Key::new("two");
    let by_second = |forger: &Forger| second.token(second.header(), &forger.claims());
    forger.said.lock().unwrap().keys.push(second.public());
    let token = by_second(&forger);
    assert_eq!(forger.sign_in(token).await, wrong(Claim::Key));
    forger.asked_for_keys(1);

    // A minute after the keys were asked for.
    forger.clock.add_seconds(60);
    let token = by_second(&forger);
    assert_eq!(forger.sign_in(token).await, Ok(ines("ines")));
    forger.asked_for_keys(2);
    let token = by_second(&forger);
    assert_eq!(forger.sign_in(token).await, Ok(ines("ines")));
    forger.asked_for_keys(2);

    let strange = Key::new("three");
    for _ in 0..5 {
        let token = strange.token(strange.header(), &forger.claims());
        assert_eq!(forger.sign_in(token).await, wrong(Claim::Key));
    }
    forger.asked_for_keys(2);
    forger.clock.add_seconds(61);
    for _ in 0..5 {
        let token = strange.token(strange.header(), &forger.claims());
        assert_eq!(forger.sign_in(token).await, wrong(Claim::Key));
    }
    forger.asked_for_keys(3);
}

#[tokio::test]
async fn metadata_is_believed_for_an_hour() {
    let forger = Forger::start().await;
    let metadata = "/.well-known/openid-configuration";
    for (later, asked) in [(0, 1), (3_599, 1), (1, 2), (10, 2)] {
        forger.clock.add_seconds(later);
        assert_eq!(forger.sign_in_with(json!({})).await, Ok(ines("ines")));
        assert_eq!(forger.loopback.times(metadata), asked);
        forger.asked_for_keys(asked);
    }
    // A key that was withdrawn is of no use from then on.
    forger.said.lock().unwrap().keys.clear();
    forger.clock.add_seconds(3_600);
    assert_eq!(forger.sign_in_with(json!({})).await, wrong(Claim::Key));
}

#[tokio::test]
async fn a_hundred_at_once_ask_for_the_metadata_once() {
    let forger = Forger::start().await;
    let token = forger.key.token(forger.key.header(), &forger.claims());
    forger.said.lock().unwrap().id_token = json!(token);
    let proof = code_with_nonce("a-code", NONCE);
    let all = (0..100).map(|_| forger.providers.sign_in(Provider::Linkedin, &proof));
    for person in futures_util::future::join_all(all).await {
        assert_eq!(person, Ok(ines("ines")));
    }
    assert_eq!(
        forger.loopback.times("/.well-known/openid-configuration"),
        1
    );
    forger.asked_for_keys(1);
}
