//! Against npm's oidc-provider.

use std::sync::Arc;

use charter_contract::Redacted;
use charter_loopback::{
    Answer, CLIENT, Loopback, NONCE, OTHER_CLIENT, OTHER_SECRET, REDIRECTS, Walk, issuers,
};
use charter_social::{
    Claim, EmailTrust, Fault, GoogleAddresses, LinkedinAddresses, OpenIdEndpoints, Proof, Provider,
    Providers, Secret, Settings, SignInError,
};

use crate::clock::TestClock;
use crate::registration::{access_token, code, code_with_nonce, ines, providers, registered};

fn linkedin_at(issuer: &str) -> LinkedinAddresses {
    LinkedinAddresses {
        authorization: format!("{issuer}/auth"),
        issuer: issuer.to_owned(),
        endpoints: None,
        introspection: format!("{issuer}/token/introspection"),
    }
}

fn google_at(issuer: &str) -> GoogleAddresses {
    GoogleAddresses {
        authorization: format!("{issuer}/auth"),
        issuer: issuer.to_owned(),
        endpoints: None,
        token_info: format!("{issuer}/tokeninfo"),
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

fn linkedin(addresses: LinkedinAddresses, clock: &Arc<TestClock>) -> Providers {
    let settings = Settings {
        linkedin: Some(registered(addresses)),
        ..Settings::default()
    };
    providers(&settings, Arc::clone(clock) as _)
}

fn google(addresses: GoogleAddresses) -> Providers {
    let settings = Settings {
        google: Some(registered(addresses)),
        ..Settings::default()
    };
    providers(&settings, TestClock::now())
}

/// LinkedIn, as it usually is, where `sparse` is.
fn sparse() -> Providers {
    linkedin(linkedin_at(&issuers().sparse), &TestClock::now())
}

#[tokio::test]
async fn a_code_with_pkce_and_nonce_leads_to_the_person() {
    let code = Walk::to(&issuers().sparse).code().await;
    let person = sparse()
        .sign_in(Provider::Linkedin, &code_with_nonce(&code, NONCE))
        .await;
    assert_eq!(person, Ok(ines("ines")), "from the userinfo endpoint");
}

#[tokio::test]
async fn what_the_id_token_says_need_not_be_asked() {
    let issuer = &issuers().complete;
    // Nobody listens there: whoever asked would fail.
    let addresses = GoogleAddresses {
        endpoints: Some(OpenIdEndpoints {
            user_info: "http://127.0.0.1:1/me".to_owned(),
            ..endpoints(issuer)
        }),
        ..google_at(issuer)
    };
    let code = Walk::to(issuer).code().await;
    let person = google(addresses)
        .sign_in(Provider::Google, &code_with_nonce(&code, NONCE))
        .await;
    assert_eq!(person, Ok(ines("ines")));
}

#[tokio::test]
async fn a_code_without_a_nonce_needs_none() {
    let walk = Walk {
        nonce: None,
        ..Walk::to(&issuers().sparse)
    };
    let person = sparse()
        .sign_in(Provider::Linkedin, &code(&walk.code().await))
        .await;
    assert_eq!(person, Ok(ines("ines")));
}

#[tokio::test]
async fn a_code_works_once() {
    let providers = sparse();
    let proof = code(&Walk::to(&issuers().sparse).code().await);
    let first = providers.sign_in(Provider::Linkedin, &proof).await;
    assert_eq!(first, Ok(ines("ines")));
    let second = providers.sign_in(Provider::Linkedin, &proof).await;
    assert_eq!(second, Err(SignInError::Refused("invalid_grant".into())));
}

#[tokio::test]
async fn a_code_belongs_to_whoever_has_asked_for_it() {
    let mut proof = code(&Walk::to(&issuers().sparse).code().await);
    if let Proof::Code { code_verifier, .. } = &mut proof {
        *code_verifier = Some(Redacted(
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
        ));
    }
    let stolen = sparse().sign_in(Provider::Linkedin, &proof).await;
    assert_eq!(stolen, Err(SignInError::Refused("invalid_grant".into())));
}

#[tokio::test]
async fn a_code_without_its_verifier_is_refused_before_it_is_spent() {
    let issuer = &issuers().complete;
    let providers = google(google_at(issuer));
    let text = Walk::to(issuer).code().await;
    let bare = Proof::Code {
        code: Redacted(text.clone()),
        redirect_uri: None,
        code_verifier: None,
        nonce: None,
    };
    let refused = providers.sign_in(Provider::Google, &bare).await;
    assert_eq!(refused, Err(SignInError::VerifierRequired));
    let person = providers.sign_in(Provider::Google, &code(&text)).await;
    assert_eq!(person, Ok(ines("ines")));
}

#[tokio::test]
async fn a_code_belongs_to_its_redirect_address() {
    let providers = sparse();
    let at = |address: &str, text: String| {
        let mut proof = code(&text);
        if let Proof::Code { redirect_uri, .. } = &mut proof {
            *redirect_uri = Some(address.to_owned());
        }
        proof
    };
    let walk = Walk {
        redirect_uri: REDIRECTS[1],
        ..Walk::to(&issuers().sparse)
    };

    let right = at(REDIRECTS[1], walk.code().await);
    let person = providers.sign_in(Provider::Linkedin, &right).await;
    assert_eq!(person, Ok(ines("ines")));

    let other = at(REDIRECTS[0], walk.code().await);
    let refused = providers.sign_in(Provider::Linkedin, &other).await;
    assert_eq!(refused, Err(SignInError::Refused("invalid_grant".into())));

    for strange in [
        "https://attacker.example/oauth/first",
        "https://charter.example/oauth/first/",
        "https://charter.example/oauth/first?next=//attacker.example",
        "HTTPS://charter.example/oauth/first",
        "",
    ] {
        let strange = at(strange, "a-code".to_owned());
        let refused = providers.sign_in(Provider::Linkedin, &strange).await;
        assert_eq!(refused, Err(SignInError::RedirectNotAllowed), "{strange:?}");
    }
    let strange = Proof::AccessToken {
        access_token: Redacted("a-token".to_owned()),
        redirect_uri: Some("https://attacker.example/".to_owned()),
    };
    let refused = providers.sign_in(Provider::Linkedin, &strange).await;
    assert_eq!(refused, Err(SignInError::RedirectNotAllowed));
}

#[tokio::test]
async fn an_id_token_answers_the_very_request() {
    let providers = sparse();
    let issuer = &issuers().sparse;
    let other = code_with_nonce(&Walk::to(issuer).code().await, "another-nonce");
    let wrong = providers.sign_in(Provider::Linkedin, &other).await;
    assert_eq!(wrong, Err(SignInError::Claims(Claim::Nonce)));

    let walk = Walk {
        nonce: None,
        ..Walk::to(issuer)
    };
    let none = code_with_nonce(&walk.code().await, NONCE);
    let wrong = providers.sign_in(Provider::Linkedin, &none).await;
    assert_eq!(wrong, Err(SignInError::Claims(Claim::Nonce)));
}

#[tokio::test]
async fn an_id_token_has_its_time() {
    let issuer = &issuers().sparse;
    for (seconds, claim) in [(3_600 + 120, Claim::Expiry), (-120, Claim::IssuedAt)] {
        let clock = TestClock::now();
        clock.add_seconds(seconds);
        let providers = linkedin(linkedin_at(issuer), &clock);
        let proof = code(&Walk::to(issuer).code().await);
        let wrong = providers.sign_in(Provider::Linkedin, &proof).await;
        assert_eq!(wrong, Err(SignInError::Claims(claim)));
    }
}

#[tokio::test]
async fn another_issuer_is_another() {
    let issuer = &issuers().sparse;
    // Everything is right but for the name.
    let addresses = LinkedinAddresses {
        issuer: "https://www.linkedin.com/oauth".to_owned(),
        endpoints: Some(endpoints(issuer)),
        ..linkedin_at(issuer)
    };
    let proof = code(&Walk::to(issuer).code().await);
    let wrong = linkedin(addresses, &TestClock::now())
        .sign_in(Provider::Linkedin, &proof)
        .await;
    assert_eq!(wrong, Err(SignInError::Claims(Claim::Issuer)));

    // The metadata is under this address, and says that it is another's.
    let alias = issuer.replace("127.0.0.1", "localhost");
    let wrong = linkedin(linkedin_at(&alias), &TestClock::now())
        .sign_in(Provider::Linkedin, &code("a-code"))
        .await;
    let fault = Fault::Malformed("metadata");
    assert_eq!(wrong, Err(SignInError::Failed(fault)));
}

#[tokio::test]
async fn an_id_token_for_another_client_is_for_another_client() {
    let issuer = &issuers().sparse;
    let walk = Walk {
        client: OTHER_CLIENT,
        ..Walk::to(issuer)
    };
    // Genuine in all: signed by the provider, about Ines, of today.
    let tokens = walk.tokens(OTHER_SECRET).await;
    let token_endpoint = Loopback::start(move |_| Answer::json(200, tokens.clone())).await;
    let addresses = LinkedinAddresses {
        endpoints: Some(OpenIdEndpoints {
            token: token_endpoint.at("/token"),
            ..endpoints(issuer)
        }),
        ..linkedin_at(issuer)
    };
    let wrong = linkedin(addresses, &TestClock::now())
        .sign_in(Provider::Linkedin, &code("a-code"))
        .await;
    assert_eq!(wrong, Err(SignInError::Claims(Claim::Audience)));
}

#[tokio::test]
async fn an_address_that_is_not_verified_proves_nothing() {
    for issuer in [&issuers().sparse, &issuers().complete] {
        let walk = Walk {
            person: "otto",
            ..Walk::to(issuer)
        };
        let settings = |email_trust| {
            let mut registration = registered(linkedin_at(issuer));
            registration.email_trust = email_trust;
            Settings {
                linkedin: Some(registration),
                ..Settings::default()
            }
        };

        let claimed = providers(&settings(EmailTrust::Claimed), TestClock::now());
        let proof = code(&walk.code().await);
        let person = claimed.sign_in(Provider::Linkedin, &proof).await.unwrap();
        assert_eq!(person.email.as_deref(), Some("otto@northwind.example"));
        assert!(!person.email_verified);
        assert_eq!(person.verified_email(), None);

        let always = providers(&settings(EmailTrust::Always), TestClock::now());
        let proof = code(&walk.code().await);
        let person = always.sign_in(Provider::Linkedin, &proof).await.unwrap();
        assert_eq!(person.verified_email(), Some("otto@northwind.example"));
    }
}

#[tokio::test]
async fn an_access_token_counts_if_it_was_made_for_us() {
    let providers = sparse();
    let walk = Walk::to(&issuers().sparse);
    let ours = access_token(&walk.access_token().await);
    let person = providers.sign_in(Provider::Linkedin, &ours).await;
    assert_eq!(person, Ok(ines("ines")));

    let walk = Walk {
        client: OTHER_CLIENT,
        ..walk
    };
    let tokens = walk.tokens(OTHER_SECRET).await;
    let theirs = access_token(tokens["access_token"].as_str().unwrap());
    let refused = providers.sign_in(Provider::Linkedin, &theirs).await;
    assert_eq!(refused, Err(SignInError::NotForUs));

    for strange in ["no-token-at-all", "two words", "Zeile\u{fc}"] {
        let strange = access_token(strange);
        let refused = providers.sign_in(Provider::Linkedin, &strange).await;
        assert_eq!(refused, Err(SignInError::Refused("invalid_token".into())));
    }
}

#[tokio::test]
async fn a_wrong_secret_is_the_operators_trouble() {
    let mut registration = registered(linkedin_at(&issuers().sparse));
    registration.client_secret = Secret::new("the-secret-before-the-last");
    let settings = Settings {
        linkedin: Some(registration),
        ..Settings::default()
    };
    let providers = providers(&settings, TestClock::now());
    let walk = Walk::to(&issuers().sparse);
    let proofs = [
        code(&walk.code().await),
        access_token(&walk.access_token().await),
    ];
    for proof in proofs {
        let failed = providers.sign_in(Provider::Linkedin, &proof).await;
        assert_eq!(failed, Err(SignInError::Failed(Fault::Credentials)));
    }
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_not_asked() {
    let refused = sparse().sign_in(Provider::Google, &code("a-code")).await;
    assert_eq!(refused, Err(SignInError::NotConfigured));
}

#[tokio::test]
async fn nothing_that_is_printed_holds_a_secret() {
    let settings = Settings {
        linkedin: Some(registered(linkedin_at(&issuers().sparse))),
        ..Settings::default()
    };
    let providers = providers(&settings, TestClock::now());
    let proof = code_with_nonce("a-code", "a-nonce");
    let token = access_token("a-token");
    let printed = format!("{settings:?} {providers:?} {proof:?} {token:?}");
    for secret in ["the-secret", "a-code", "a-nonce", "a-token", "dBjftJeZ4"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    assert!(printed.contains(CLIENT), "what is no secret is there");
}
