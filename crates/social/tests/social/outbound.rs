//! Providers that are down, slow, endless or somewhere else.

use std::sync::Arc;
use std::time::Duration;

use charter_loopback::{Answer, Loopback, SECRET};
use charter_social::{
    Fault, GithubAddresses, GoogleAddresses, Limits, Provider, Providers, Settings, SignInError,
};
use poem::Body;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::clock::TestClock;
use crate::registration::{access_token, code, providers_within, registered};

fn limits() -> Limits {
    Limits {
        connect: Duration::from_millis(300),
        total: Duration::from_millis(600),
        ..Limits::default()
    }
}

/// Everything of GitHub and of Google at one address.
fn at(address: &str) -> Providers {
    let settings = Settings {
        github: Some(registered(GithubAddresses {
            authorization: format!("{address}/authorize"),
            token: format!("{address}/token"),
            api: address.to_owned(),
        })),
        google: Some(registered(GoogleAddresses {
            authorization: format!("{address}/authorize"),
            issuer: address.to_owned(),
            endpoints: None,
            token_info: format!("{address}/tokeninfo"),
        })),
        ..Settings::default()
    };
    providers_within(&settings, TestClock::fixed(), limits())
}

/// The first request of each way in meets the same fault.
async fn fails(address: &str, expected: Fault) {
    let providers = at(address);
    for provider in [Provider::Github, Provider::Google] {
        for proof in [code("a-code"), access_token("a-token")] {
            let failed = providers.sign_in(provider, &proof).await;
            let expected = Err(SignInError::Failed(expected));
            assert_eq!(failed, expected, "{provider} {proof:?}");
        }
    }
}

async fn answering(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Arc<Loopback> {
    Loopback::start(move |_| answer()).await
}

/// Answers every connection with these bytes, and closes it.
async fn raw(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    address
}

#[tokio::test]
async fn down() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    fails(&address, Fault::Unreachable).await;
}

#[tokio::test]
async fn slow_to_answer() {
    let server = answering(|| Answer::json(200, json!({})).after(Duration::from_secs(30))).await;
    fails(&server.at(""), Fault::TimedOut).await;
}

#[tokio::test]
async fn slow_to_finish() {
    // The head at once, the body never.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
                        Content-Length: 100\r\n\r\n{";
            stream.write_all(head.as_bytes()).await.unwrap();
            kept.push(stream);
        }
    });
    fails(&address, Fault::TimedOut).await;
}

#[tokio::test]
async fn many_slow_answers_are_one_slow_sign_in() {
    // Each of them in time, all of them not.
    let server = Loopback::start(|request| {
        let body = match request.path.as_str() {
            "/token" => json!({ "access_token": "gho_a-token", "token_type": "bearer" }),
            "/user" => json!({ "id": 1, "name": null }),
            _ => json!([]),
        };
        Answer::json(200, body).after(Duration::from_millis(250))
    })
    .await;
    let late = at(&server.at(""))
        .sign_in(Provider::Github, &code("a-code"))
        .await;
    assert_eq!(late, Err(SignInError::Failed(Fault::TimedOut)));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn huge() {
    let huge = || json!({ "access_token": "x".repeat(1024 * 1024) }).to_string();
    let declared = answering(move || Answer::text(200, "application/json", huge())).await;
    fails(&declared.at(""), Fault::TooLarge).await;

    // In pieces, without saying how many there are.
    let pieces = answering(move || {
        let piece = std::io::Cursor::new(huge());
        Answer::text(200, "application/json", Body::from_async_read(piece))
    })
    .await;
    fails(&pieces.at(""), Fault::TooLarge).await;
}

#[tokio::test]
async fn largest() {
    // One byte less than too much.
    let rest = r#"{"access_token":"","token_type":"bearer"}"#.len();
    let token = "x".repeat(1024 * 1024 - rest);
    let body = json!({ "access_token": token, "token_type": "bearer" }).to_string();
    assert_eq!(body.len(), 1024 * 1024);
    let server = Loopback::start(move |request| match request.path.as_str() {
        "/token" => Answer::text(200, "application/json", body.clone()),
        _ => Answer::json(401, json!({})),
    })
    .await;
    let refused = at(&server.at(""))
        .sign_in(Provider::Github, &code("a-code"))
        .await;
    assert_ne!(refused, Err(SignInError::Failed(Fault::TooLarge)));
}

#[tokio::test]
async fn elsewhere() {
    let elsewhere = answering(|| Answer::json(200, json!({}))).await;
    for status in [301, 302, 303, 307, 308] {
        let to = elsewhere.at("/secret");
        let server = answering(move || Answer::redirect(status, &to)).await;
        fails(&server.at(""), Fault::Redirected).await;
    }
    assert!(elsewhere.seen().is_empty(), "nobody goes there: {SECRET}");
}

#[tokio::test]
async fn out_of_order() {
    for status in [429, 500, 502, 503] {
        let server = answering(move || Answer::text(status, "text/html", "<h1>Sorry</h1>")).await;
        fails(&server.at(""), Fault::Status(status)).await;
    }
}

#[tokio::test]
async fn broken() {
    let cut =
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
            .await;
    fails(&cut, Fault::Broken).await;
    let nonsense = raw(b"SSH-2.0-OpenSSH_9.9\r\n").await;
    fails(&nonsense, Fault::Broken).await;
}

#[tokio::test]
async fn not_what_is_documented() {
    for (content_type, body) in [
        ("text/html", "<h1>Welcome</h1>"),
        ("application/json", "<h1>Welcome</h1>"),
        ("application/json", "{}"),
        ("application/json", "[]"),
        ("application/json", ""),
    ] {
        let server = answering(move || Answer::text(200, content_type, body)).await;
        let providers = at(&server.at(""));
        for (provider, proof, what) in [
            (Provider::Github, code("a-code"), "answer to a code"),
            (
                Provider::Github,
                access_token("a-token"),
                "answer about a token",
            ),
            (Provider::Google, code("a-code"), "metadata"),
            (
                Provider::Google,
                access_token("a-token"),
                "answer about a token",
            ),
        ] {
            let failed = providers.sign_in(provider, &proof).await;
            let expected = Err(SignInError::Failed(Fault::Malformed(what)));
            assert_eq!(failed, expected, "{provider} {what} {body:?}");
        }
    }
}

#[tokio::test]
async fn metadata_does_not_lead_to_unprotected_places() {
    for strange in [
        "http://keys.attacker.example/jwks",
        "https://127.0.0.1:1/jwks",
        "file:///etc/passwd",
    ] {
        for member in ["token_endpoint", "userinfo_endpoint"] {
            let server = Loopback::start(move |request| {
                let issuer = format!("http://{}", request.headers["host"]);
                if request.path == "/jwks" {
                    return Answer::json(200, json!({ "keys": [] }));
                }
                let mut metadata = json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/auth"),
                    "token_endpoint": format!("{issuer}/token"),
                    "userinfo_endpoint": format!("{issuer}/me"),
                    "jwks_uri": format!("{issuer}/jwks"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                });
                metadata[member] = json!(strange);
                Answer::json(200, metadata)
            })
            .await;
            let failed = at(&server.at(""))
                .sign_in(Provider::Google, &code("a-code"))
                .await;
            let expected = Err(SignInError::Failed(Fault::Malformed("metadata")));
            assert_eq!(failed, expected, "{member} {strange}");
        }
    }
}
