//! Reading the log: the binary, told to log everything that it can, is led through
//! whatever has secrets in it, and none of them may stand there.

use std::fmt::Write as _;
use std::time::Duration;

use charter_contract::Clock as _;
use charter_issuer::{Asked, Exchange, Issue, Signs, field, keys, metadata};
use charter_loopback::{SECRET, VERIFIER};
use charter_server::system::SystemClock;
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::people::{ANOTHER, PASSWORD, WRONG, person};
use crate::governance::bare;
use crate::support::client::{encode, encoded};
use crate::support::database::Database;
use crate::support::process::{Charter, Serving};
use crate::support::provider::{Says, TestProviders, configured};
use crate::support::saml::{ACS, CALLBACK, PAGE, SERVICE};
use crate::support::smtp::{Manner, SmtpServer};
use crate::support::visitor::Visitor;
use crate::support::world::token_of;

const EMAIL: &str = "ines@secrets.example";
const INVITED: &str = "mara@secrets.example";

/// What must not be found anywhere, by its name.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn keep(&mut self, name: &str, secret: impl Into<String>) -> String {
        let secret = secret.into();
        assert!(secret.len() >= 8, "{name} is too short to be looked for");
        self.0.push((name.to_owned(), secret.clone()));
        secret
    }

    /// The secrets that a text has, in any way in which programs write them.
    fn found_in(&self, text: &str) -> Vec<&str> {
        let shown = |secret: &str| {
            let mut hex = String::new();
            for byte in secret.bytes() {
                write!(hex, "{byte:02x}").unwrap();
            }
            let bytes = format!("{:?}", secret.as_bytes());
            text.contains(secret)
                || text.contains(&encode(secret))
                || text.contains(&secret.replace(' ', "+"))
                || text.contains(&hex)
                || text.contains(bytes.trim_matches(['[', ']']))
        };
        self.0
            .iter()
            .filter(|(_, secret)| shown(secret))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

#[test]
fn a_secret_is_found_however_it_is_written() {
    let mut secrets = Secrets::default();
    secrets.keep("password", "grey heron");
    for text in [
        "x grey heron y",
        "{\"password\":\"grey heron\"}",
        "?p=grey%20heron",
        "p=grey+heron&x",
        "67726579206865726f6e",
        "Blob([103, 114, 101, 121, 32, 104, 101, 114, 111, 110])",
    ] {
        assert_eq!(secrets.found_in(text), ["password"], "{text}");
    }
    assert!(secrets.found_in("grey  heron, Grey Heron").is_empty());
}

/// The token of the link to a page of ours in the latest mail to an address.
async fn mailed(smtp: &SmtpServer, email: &str, page: &str) -> String {
    let find = || {
        let received = smtp.received();
        received.iter().rev().find_map(|mail| {
            let body = mail.body();
            let link = body.split_whitespace().find(|word| word.contains(page))?;
            (mail.recipient == email).then(|| token_of(link))
        })
    };
    let arrives = async {
        loop {
            if let Some(token) = find() {
                return token;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), arrives)
        .await
        .unwrap_or_else(|_| panic!("no mail to {email} leads to {page}"))
}

/// Everything that people do with passwords, tokens and keys, well and badly.
async fn use_secrets(visitor: &Visitor, smtp: &SmtpServer, secrets: &mut Secrets) {
    for (name, password) in [("password", PASSWORD), ("reset", ANOTHER), ("wrong", WRONG)] {
        secrets.keep(name, password);
    }
    let chosen = secrets.keep("changed", "one umbrella for the whole choir");

    // Signing up, and confirming.
    let body = person(EMAIL, PASSWORD);
    let pending = visitor.post(201, "/v2/auth/signup", &body).await;
    secrets.keep("pending session", pending["token"].as_str().unwrap());
    let confirmation = secrets.keep("confirmation", mailed(smtp, EMAIL, "/confirm?").await);
    let path = format!("/v2/auth/confirmation/{confirmation}");
    visitor
        .expect(200, visitor.request(Method::PUT, &path))
        .await;
    visitor
        .expect(410, visitor.request(Method::PUT, &path))
        .await;

    // Signing in, rightly and wrongly.
    let right = json!({"email": EMAIL, "password": PASSWORD});
    let wrong = json!({"email": EMAIL, "password": WRONG});
    visitor.post(401, "/v2/auth/signin", &wrong).await;
    let session = visitor.post(200, "/v2/auth/signin", &right).await;
    let session = secrets.keep("session", session["token"].as_str().unwrap());

    // Requests that are refused, with the secret where it does not belong.
    let mut unknown = right.clone();
    unknown["passphrase"] = json!(PASSWORD);
    visitor.post(400, "/v2/auth/signin", &unknown).await;
    let number = json!({"email": PASSWORD, "password": [PASSWORD]});
    visitor.post(400, "/v2/auth/signin", &number).await;
    let broken = visitor
        .request(Method::POST, "/v2/auth/signin")
        .header("content-type", "application/json")
        .body(format!(
            "{{\"email\": \"{EMAIL}\", \"password\": \"{PASSWORD}"
        ));
    visitor.expect(400, broken).await;
    let query = format!("/v2/auth/signin?password={}", encode(PASSWORD));
    visitor.post(400, &query, &right).await;
    let nowhere = format!("/v2/auth/{confirmation}/{session}");
    visitor
        .expect(404, visitor.request(Method::GET, &nowhere))
        .await;
    let method = format!("/v2/auth/reset/{confirmation}");
    visitor
        .expect(405, visitor.request(Method::DELETE, &method))
        .await;
    let basic = visitor
        .request(Method::GET, "/v2/auth/me")
        .basic_auth(EMAIL, Some(PASSWORD));
    visitor.expect(401, basic).await;
    let cookie = visitor
        .request(Method::GET, "/v2/auth/me")
        .header("cookie", format!("session={session}"))
        .header("x-api-key", &session);
    visitor.expect(401, cookie).await;

    // Resetting; the mail server is difficult at first.
    smtp.be(Manner::RefusesContent("554 5.7.1 no"));
    let address = json!({ "email": EMAIL });
    visitor
        .post(200, "/v2/auth/forgot/password", &address)
        .await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    smtp.be(Manner::Accepts);
    tokio::time::sleep(Duration::from_millis(100)).await;
    reset(visitor, smtp, secrets).await;

    // Changing.
    let session = visitor.post(200, "/v2/auth/signin", &right).await;
    let session = secrets.keep("another session", session["token"].as_str().unwrap());
    for (present, status) in [(WRONG, 401), (PASSWORD, 200)] {
        let body = json!({
            "currentPassword": present, "newPassword": chosen, "confirmPassword": chosen,
        });
        let request = visitor
            .request(Method::PUT, "/v2/auth/password")
            .bearer_auth(&session)
            .json(&body);
        visitor.expect(status, request).await;
    }

    invite(visitor, smtp, secrets, &session).await;
    let out = visitor
        .request(Method::POST, "/v2/auth/signout")
        .bearer_auth(&session);
    visitor.expect(204, out).await;
}

/// Signing in by what a provider says, well and badly.
async fn sign_in_elsewhere(visitor: &Visitor, providers: &TestProviders, secrets: &mut Secrets) {
    secrets.keep("client secret", SECRET);
    let verifier = secrets.keep("verifier", VERIFIER);
    let nonce = secrets.keep("nonce", "n-0S6_WzA2Mj-of-hers");
    let code = secrets.keep("code", "4/0AVG7fiQ+the code of hers");
    let token = secrets.keep("access token", "gho_16C7e42F292c6912E7710c838347");
    let unknown = secrets.keep("unknown token", "gho_unknown_0C7e42F292c6912E77");
    providers.say(Says {
        email: Some("elsewhere@secrets.example"),
        ..Says::default()
    });

    let by_code = json!({"code": code, "code_verifier": verifier});
    let by_token = json!({ "access_token": token });
    for path in ["/v2/auth/github", "/v2/auth/facebook"] {
        let first = visitor.post(200, path, &by_code).await;
        secrets.keep(path, first["token"].as_str().unwrap());
        visitor.post(401, path, &by_code).await;
    }
    for name in ["github", "facebook", "google", "linkedin"] {
        let path = format!("/v2/auth/{name}");
        let known = visitor.post(200, &path, &by_token).await;
        secrets.keep(name, known["token"].as_str().unwrap());
        let refused = json!({ "access_token": unknown });
        visitor.post(401, &path, &refused).await;
        let mut answered = by_code.clone();
        answered["nonce"] = json!(nonce);
        visitor.post(401, &path, &answered).await;

        // With the secret where it does not belong.
        let both = json!({"code": code, "access_token": token});
        visitor.post(400, &path, &both).await;
        let mut elsewhere = by_code.clone();
        elsewhere["redirectUri"] = json!(format!("https://evil.example/?{code}"));
        visitor.post(400, &path, &elsewhere).await;
        let query = format!("{path}?code={}", encode(&code));
        visitor.post(400, &query, &by_code).await;

        providers.say(Says {
            verified: false,
            subject: 7,
            ..Says::default()
        });
        visitor.post(403, &path, &by_token).await;
        providers.say(Says {
            up: false,
            ..Says::default()
        });
        for body in [&by_code, &by_token] {
            visitor.post(502, &path, body).await;
        }
        providers.say(Says {
            email: Some("elsewhere@secrets.example"),
            ..Says::default()
        });
    }
}

/// An identity provider, whose operator has been told of it. Its entity id.
async fn identity_provider(visitor: &Visitor, charter: &Charter, key: &str) -> &'static str {
    const ENTITY: &str = "https://idp.northwind.example/metadata";
    let organisation = visitor
        .request(Method::POST, "/v1/organisations")
        .bearer_auth(key)
        .json(&json!({"name": "Northwind"}));
    let organisation = visitor.expect(201, organisation).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let sso = "https://idp.northwind.example/sso";
    std::fs::write(file.path(), metadata(ENTITY, sso, keys::PROVIDER)).unwrap();
    charter
        .run(&[
            "saml",
            "add",
            "--json",
            "--organisation",
            organisation["id"].as_str().unwrap(),
            "--metadata",
            file.path().to_str().unwrap(),
            "--domain",
            "secrets.example",
        ])
        .await;
    ENTITY
}

/// Begins a sign-in: the secret of whoever does, what comes back, and what the provider
/// says about this person.
async fn begin(
    visitor: &Visitor,
    provider: &str,
    address: &str,
    secrets: &mut Secrets,
) -> (String, String, Issue) {
    let email = "xenia@secrets.example";
    let begun = visitor
        .post(200, "/v2/auth/saml", &json!({ "email": email }))
        .await;
    let state = secrets.keep("state", begun["state"].as_str().unwrap());
    let asked = Asked::read(&begun["url"].as_str().unwrap().parse().unwrap());
    let relay_state = secrets.keep("relay state", asked.relay_state.unwrap());
    let exchange = Exchange {
        provider,
        service: SERVICE,
        address,
        request: &asked.id,
        email,
        now: SystemClock.now().date_time(),
    };
    let mut issue = Issue::of(&exchange, Signs::Assertion);
    issue.assertion_id = format!("_assertion{}", asked.id);
    (state, relay_state, issue)
}

/// Single sign-on, well and badly.
async fn single_sign_on(visitor: &Visitor, provider: &str, secrets: &mut Secrets) {
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none());
    let browser = browser.build().unwrap();
    let bring = async |fields: &[(&str, &str)]| {
        let request = visitor
            .request(Method::POST, "/v2/auth/saml/acs")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(fields))
            .build()
            .unwrap();
        let response = browser.execute(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    };

    let (state, relay_state, mut issue) = begin(visitor, provider, ACS, secrets).await;
    let genuine = secrets.keep("response", field(&issue.xml()));
    issue.signs = Signs::Neither;
    let unsigned = secrets.keep("unsigned response", field(&issue.xml()));
    let refused = format!("{PAGE}?error=assertion-refused");
    for (response, state) in [
        (&unsigned, &relay_state),
        (&genuine, &genuine[..43].to_owned()),
    ] {
        let fields = [("SAMLResponse", response.as_str()), ("RelayState", state)];
        assert_eq!(bring(&fields).await, refused);
    }
    let fields = [
        ("SAMLResponse", genuine.as_str()),
        ("RelayState", &relay_state),
        ("x", &state),
    ];
    let location = bring(&fields).await;
    let ticket = location.strip_prefix(&format!("{PAGE}?ticket=")).unwrap();
    let ticket = secrets.keep("ticket", ticket);
    assert_eq!(bring(&fields).await, refused);
    let page = format!("/signin?ticket={ticket}");
    visitor.get(200, &page).await;
    let redeem = json!({"ticket": ticket, "state": state});
    let other = json!({"ticket": ticket, "state": relay_state});
    visitor.post(401, "/v2/auth/saml/ticket", &other).await;
    let session = visitor.post(200, "/v2/auth/saml/ticket", &redeem).await;
    secrets.keep("session of a ticket", session["token"].as_str().unwrap());
    visitor.post(401, "/v2/auth/saml/ticket", &redeem).await;

    let (_, relay_state, issue) = begin(visitor, provider, CALLBACK, secrets).await;
    let genuine = secrets.keep("another response", field(&issue.xml()));
    let body = json!({"SAMLResponse": genuine, "RelayState": relay_state});
    let session = visitor.post(200, "/v2/auth/saml/callback", &body).await;
    secrets.keep("session of a response", session["token"].as_str().unwrap());
    visitor.post(401, "/v2/auth/saml/callback", &body).await;

    // With the secret where it does not belong.
    for (path, body) in [
        ("/v2/auth/saml/callback", json!({"RelayState": genuine})),
        (
            "/v2/auth/saml/callback",
            json!({"SAMLResponse": issue.xml()}),
        ),
        (
            "/v2/auth/saml/ticket",
            json!({"ticket": ticket, "state": [state]}),
        ),
        ("/v2/auth/saml", json!({"id": ticket, "email": state})),
    ] {
        visitor.post(400, path, &body).await;
    }
    let query = format!("/v2/auth/saml/ticket?ticket={ticket}&state={state}");
    visitor.post(400, &query, &redeem).await;
    visitor.get(405, &query).await;
}

/// Somebody sets a password by the link in the mail. The one to who signed up first
/// was refused for good.
async fn reset(visitor: &Visitor, smtp: &SmtpServer, secrets: &mut Secrets) {
    let pending = json!({"email": INVITED, "displayName": "Mara Olsen", "generatePassword": true});
    visitor.post(201, "/v2/auth/signup", &pending).await;
    let first = secrets.keep("first password", mailed(smtp, INVITED, "/reset?").await);
    let page = format!("/reset?token={first}");
    visitor
        .expect(200, visitor.request(Method::GET, &page))
        .await;
    let path = format!("/v2/auth/reset/{first}");
    visitor
        .expect(200, visitor.request(Method::GET, &path))
        .await;
    for (password, repeated, status) in [
        (ANOTHER, WRONG, 400),
        ("password1", "password1", 400),
        (ANOTHER, ANOTHER, 200),
        (ANOTHER, ANOTHER, 410),
    ] {
        let body = json!({"newPassword": password, "confirmPassword": repeated});
        visitor.post(status, &path, &body).await;
    }
}

/// Keys and invites.
async fn invite(visitor: &Visitor, smtp: &SmtpServer, secrets: &mut Secrets, session: &str) {
    let call = |method, path: &str| visitor.request(method, path).bearer_auth(session);
    let post = |path: &str, body: Value| call(Method::POST, path).json(&body);
    let organisation = post("/v1/organisations", json!({"name": "Acme"}));
    visitor.expect(201, organisation).await;

    let key = post(
        "/v1/organisations/keys",
        json!({"name": "Laptop", "scopes": ["members:read"]}),
    );
    let key = visitor.expect(201, key).await;
    let id = key["id"].as_str().unwrap().to_owned();
    let secret = secrets.keep("key", key["key"].as_str().unwrap());
    let validate = visitor
        .request(Method::GET, "/v2/auth/key")
        .header("x-api-key", &secret);
    visitor.expect(200, validate).await;
    let rotated = post(&format!("/v1/organisations/keys/{id}/rotate"), json!({}));
    let rotated = visitor.expect(201, rotated).await;
    secrets.keep("rotated key", rotated["key"].as_str().unwrap());
    let guess = secrets.keep("guessed key", format!("ct_live_{}", "Q".repeat(43)));
    let guessed = visitor
        .request(Method::GET, "/v1/organisations")
        .bearer_auth(guess);
    visitor.expect(401, guessed).await;

    let invited = "otto@secrets.example";
    let invite = post("/v1/organisations/invites", json!({ "email": invited }));
    let invite = visitor.expect(201, invite).await;
    let shown = secrets.keep("invite, as shown", invite["token"].as_str().unwrap());
    let token = secrets.keep("invite, as mailed", mailed(smtp, invited, "/invite?").await);
    for path in [
        format!("/v2/auth/invite/{token}"),
        format!("/v1/organisations/invites/preview?token={shown}"),
        format!("/invite?token={token}"),
    ] {
        visitor
            .expect(200, visitor.request(Method::GET, &path))
            .await;
    }
    let accept = post(
        "/v1/organisations/invites/accept",
        json!({ "token": shown }),
    );
    visitor.expect(403, accept).await;
    let path = format!("/v2/auth/invite/{token}");
    visitor.post(201, &path, &person(invited, PASSWORD)).await;
    visitor.post(410, &path, &person(invited, PASSWORD)).await;
}

/// A legal document, and the links by which it is signed and downloaded.
async fn sign(visitor: &Visitor, smtp: &SmtpServer, secrets: &mut Secrets, key: &str) {
    let organisations = visitor
        .request(Method::GET, "/v1/organisations")
        .bearer_auth(key);
    let organisations = visitor.expect(200, organisations).await;
    let active = organisations["active_organisation_id"].as_str().unwrap();
    let documents = format!("/api/organizations/{}/legal_documents", bare(active));
    let signer = "signer@secrets.example";
    let body = json!({
        "document_type": "DPA", "company_name": "Acme", "company_address": "Here 1",
        "representative_email": signer,
    });
    let created = visitor
        .request(Method::POST, &documents)
        .bearer_auth(key)
        .json(&body);
    let created = visitor.expect(201, created).await;
    let shown = token_of(created["signing_url"].as_str().unwrap());
    let shown = secrets.keep("link to sign by, as shown", shown);
    let token = mailed(smtp, signer, "/sign?").await;
    let token = secrets.keep("link to sign by, as mailed", token);
    for path in ["/sign", "/sign/document", "/sign/draft"] {
        visitor.get(200, &format!("{path}?token={token}")).await;
        visitor.get(404, &format!("{path}/{shown}")).await;
    }
    visitor
        .get(400, &format!("/sign/document?link={token}"))
        .await;
    for (status, body) in [
        (
            400,
            json!({"token": [token], "name": token, "consent": true}),
        ),
        (
            400,
            json!({"token": token, "name": "Ines", "consent": shown}),
        ),
        (
            200,
            json!({"token": token, "name": "Ines", "consent": true}),
        ),
        (
            410,
            json!({"token": shown, "name": "Ines", "consent": true}),
        ),
    ] {
        visitor.post(status, "/sign", &body).await;
    }
    let id = created["id"].as_str().unwrap();
    let download = visitor
        .request(Method::GET, &format!("{documents}/{id}/download"))
        .bearer_auth(key)
        .build()
        .unwrap();
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none());
    let response = browser.build().unwrap().execute(download).await.unwrap();
    assert_eq!(response.status().as_u16(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    let (_, signature) = location.split_once("signature=").unwrap();
    secrets.keep("link to the signed PDF", signature);
    let target = location.strip_prefix("https://charter.example").unwrap();
    visitor.get(200, target).await;
}

/// Starts the binary, uses it, stops it, and reads what it has said.
async fn said_of(database: &Database, format: &str, secrets: &mut Secrets) -> String {
    let smtp = SmtpServer::start().await;
    let port = smtp.port.to_string();
    let providers = TestProviders::start().await;
    let file = configured(&providers.settings());
    let charter = Charter::new(
        &database.url,
        &[
            ("CHARTER_CONFIG", file.path().to_str().unwrap()),
            ("NO_PROXY", "127.0.0.1"),
            ("CHARTER_LOG_FILTER", "trace"),
            ("CHARTER_LOG_FORMAT", format),
            ("CHARTER_PUBLIC_URL", "https://charter.example"),
            ("CHARTER_IDENTITY_PASSWORD_MEMORY_KIB", "8"),
            ("CHARTER_IDENTITY_PASSWORD_PASSES", "1"),
            ("CHARTER_MAIL_FROM", "Charter <charter@charter.example>"),
            ("CHARTER_SMTP_HOST", "127.0.0.1"),
            ("CHARTER_SMTP_PORT", &port),
            ("CHARTER_SMTP_ENCRYPTION", "none"),
        ],
    );
    charter
        .run(&[
            "user",
            "create",
            "--json",
            "--name",
            "Ada",
            "--email",
            "ada@secrets.example",
        ])
        .await;
    let key = charter
        .run(&["key", "create", "--json", "--user", "ada@secrets.example"])
        .await;
    let key = secrets.keep("operator's key", key["key"].as_str().unwrap());
    let serving: Serving = charter.serve().await;
    let visitor = Visitor::of(&serving);
    let mine = visitor
        .request(Method::GET, "/v2/auth/me")
        .bearer_auth(&key);
    visitor.expect(200, mine).await;
    let identity_provider = identity_provider(&visitor, &charter, &key).await;
    use_secrets(&visitor, &smtp, secrets).await;
    sign_in_elsewhere(&visitor, &providers, secrets).await;
    single_sign_on(&visitor, identity_provider, secrets).await;
    sign(&visitor, &smtp, secrets, &key).await;
    serving.stop().await;
    charter.said()
}

#[track_caller]
fn assert_silent(said: &str, secrets: &Secrets) {
    // It has said something, down to the statements.
    for talk in [
        "TRACE",
        "served",
        "confirmAccount",
        "signInWithGithub",
        "consumeSamlResponse",
        "signDocument",
        "charter::work",
    ] {
        assert!(said.contains(talk), "the log does not have {talk}");
    }
    assert!(secrets.0.len() >= 35, "{} secrets", secrets.0.len());
    let found = secrets.found_in(said);
    let lines: Vec<&str> = secrets
        .0
        .iter()
        .filter_map(|(_, secret)| said.lines().find(|line| line.contains(secret)))
        .collect();
    assert!(
        found.is_empty(),
        "in the log: {found:?}\n{}",
        lines.join("\n")
    );
    // Nor what passwords are kept as, nor whose they are.
    for other in ["$argon2", "secrets.example"] {
        let line = said.lines().find(|line| line.contains(other));
        assert_eq!(line, None);
    }
}

#[tokio::test]
async fn sqlite() {
    let mut secrets = Secrets::default();
    let said = said_of(&Database::sqlite(), "text", &mut secrets).await;
    assert_silent(&said, &secrets);
}

#[tokio::test]
async fn postgres() {
    let mut secrets = Secrets::default();
    let database = Database::postgres().await;
    let said = said_of(&database, "json", &mut secrets).await;
    assert_silent(&said, &secrets);
}
