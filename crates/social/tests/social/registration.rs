//! This server as a client, and what it hands in.

use std::sync::Arc;

use charter_contract::{Clock, Redacted};
use charter_social::{Limits, Person, Proof, Providers, Registration, Secret, Settings};
use reqwest::Client;

/// How the providers know this server.
pub(crate) const CLIENT: &str = "charter";
/// The secret that goes with it.
pub(crate) const SECRET: &str = "the-secret-of-charter-at-the-provider";
/// Another application, which people sign in to as well.
pub(crate) const OTHER_CLIENT: &str = "tombola";
/// The other's secret.
pub(crate) const OTHER_SECRET: &str = "the-secret-of-tombola-at-the-provider";
/// Where the providers send people back to.
pub(crate) const REDIRECTS: [&str; 2] = [
    "https://charter.example/oauth/first",
    "https://charter.example/oauth/second",
];
/// RFC 7636 has this one.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The nonce of an authorization request.
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

/// At `addresses`, with everything else as it usually is.
pub(crate) fn registered<A: Default>(addresses: A) -> Registration<A> {
    let redirects = REDIRECTS.map(str::to_owned).to_vec();
    Registration {
        addresses,
        ..Registration::new(CLIENT, Secret::new(SECRET), redirects)
    }
}

/// With the usual limits.
pub(crate) fn providers(settings: &Settings, clock: Arc<dyn Clock>) -> Providers {
    providers_within(settings, clock, Limits::default())
}

/// With limits that a test can wait for.
pub(crate) fn providers_within(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    limits: Limits,
) -> Providers {
    Providers::new(settings, limits, Client::builder().no_proxy(), clock).unwrap()
}

/// A code with all that belongs to it.
pub(crate) fn code(code: &str) -> Proof {
    Proof::Code {
        code: Redacted(code.to_owned()),
        redirect_uri: None,
        code_verifier: Some(Redacted(VERIFIER.to_owned())),
        nonce: None,
    }
}

/// A code and the nonce that the ID token must carry.
pub(crate) fn code_with_nonce(text: &str, expected: &str) -> Proof {
    let mut proof = code(text);
    if let Proof::Code { nonce, .. } = &mut proof {
        *nonce = Some(Redacted(expected.to_owned()));
    }
    proof
}

/// An access token.
pub(crate) fn access_token(token: &str) -> Proof {
    Proof::AccessToken {
        access_token: Redacted(token.to_owned()),
        redirect_uri: None,
    }
}

/// Ines, as most providers of these tests know her.
pub(crate) fn ines(subject: &str) -> Person {
    Person {
        subject: subject.to_owned(),
        email: Some("ines@northwind.example".to_owned()),
        email_verified: true,
        display_name: Some("Ines Laurent".to_owned()),
        first_name: Some("Ines".to_owned()),
        last_name: Some("Laurent".to_owned()),
        language: Some("pt-BR".to_owned()),
    }
}
