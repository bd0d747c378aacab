//! This server as a client, and what it hands in.

use std::sync::Arc;

use charter_contract::{Clock, Redacted};
use charter_loopback::{CLIENT, REDIRECTS, SECRET, VERIFIER};
use charter_social::{Limits, Person, Proof, Providers, Registration, Secret, Settings};
use reqwest::Client;

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
        login: None,
        display_name: Some("Ines Laurent".to_owned()),
        first_name: Some("Ines".to_owned()),
        last_name: Some("Laurent".to_owned()),
        language: Some("pt-BR".to_owned()),
    }
}
