//! What the operator may write.

use charter_loopback::REDIRECTS;
use charter_social::{
    EmailTrust, GithubAddresses, Limits, Offer, Pkce, Provider, Providers, Registration, Secret,
    SetUpError, Settings,
};
use reqwest::Client;
use serde_json::json;

use crate::clock::TestClock;
use crate::registration::{providers, registered};

fn refused(settings: &Settings) -> String {
    let builder = Client::builder().no_proxy();
    let refused: Result<Providers, SetUpError> =
        Providers::new(settings, Limits::default(), builder, TestClock::fixed());
    refused.unwrap_err().to_string()
}

fn github(change: impl FnOnce(&mut Registration<GithubAddresses>)) -> Settings {
    let mut registration = registered(GithubAddresses::default());
    change(&mut registration);
    Settings {
        github: Some(registration),
        ..Settings::default()
    }
}

#[test]
fn client_secret_and_redirect_addresses_suffice() {
    let registration = json!({
        "client_id": "charter", "client_secret": "s3cret", "redirect_uris": REDIRECTS,
    });
    let settings: Settings = serde_json::from_value(json!({
        "linkedin": registration, "google": registration, "facebook": registration,
        "github": registration,
    }))
    .unwrap();
    assert_eq!(
        settings.google.as_ref().unwrap().email_trust,
        EmailTrust::Claimed
    );
    let providers = providers(&settings, TestClock::fixed());
    let offer = |provider, authorization_url, scope, pkce| Offer {
        provider,
        authorization_url,
        client_id: "charter",
        scope,
        pkce,
        redirect_uris: &settings.google.as_ref().unwrap().redirect_uris,
    };
    let expected = [
        offer(
            Provider::Facebook,
            "https://www.facebook.com/dialog/oauth",
            "email public_profile",
            Pkce::Required,
        ),
        offer(
            Provider::Github,
            "https://github.com/login/oauth/authorize",
            "read:user user:email",
            Pkce::Required,
        ),
        offer(
            Provider::Google,
            "https://accounts.google.com/o/oauth2/v2/auth",
            "openid email profile",
            Pkce::Required,
        ),
        offer(
            Provider::Linkedin,
            "https://www.linkedin.com/oauth/v2/authorization",
            "openid email profile",
            Pkce::Optional,
        ),
    ];
    assert_eq!(providers.offers().collect::<Vec<_>>(), expected);
}

#[test]
fn nothing_set_up_is_nothing_on_offer() {
    let providers = providers(&Settings::default(), TestClock::fixed());
    assert_eq!(providers.offers().count(), 0);
}

#[test]
fn what_is_written_is_what_counts() {
    let settings: Settings = serde_json::from_value(json!({ "github": {
        "client_id": "charter", "client_secret": "s3cret", "redirect_uris": REDIRECTS,
        "scopes": ["user:email"], "pkce": "optional", "email_trust": "always",
        "addresses": {
            "authorization": "https://github.northwind.example/login/oauth/authorize",
            "token": "https://github.northwind.example/login/oauth/access_token",
            "api": "https://github.northwind.example/api/v3",
        },
    } }))
    .unwrap();
    let written = serde_json::to_value(&settings).unwrap();
    assert_eq!(
        serde_json::from_value::<Settings>(written).unwrap(),
        settings
    );
    let providers = providers(&settings, TestClock::fixed());
    let offer = providers.offers().next().unwrap();
    assert_eq!((offer.scope, offer.pkce), ("user:email", Pkce::Optional));
    assert_eq!(
        offer.authorization_url,
        "https://github.northwind.example/login/oauth/authorize"
    );

    let misspelt = json!({ "github": {
        "client_id": "charter", "client_secret": "s3cret", "redirect_uris": REDIRECTS,
        "redirect_uri": "https://charter.example",
    } });
    assert!(serde_json::from_value::<Settings>(misspelt).is_err());
}

#[test]
fn a_secret_does_not_travel_unprotected() {
    for address in [
        "http://github.example/token",
        "github.example",
        "",
        "ftp://x/",
    ] {
        let settings = github(|github| github.addresses.token = address.to_owned());
        assert_eq!(
            refused(&settings),
            "github: `token` must be an https address (http only on this machine)",
            "{address}"
        );
    }
}

#[test]
fn what_is_missing_is_said() {
    let settings = github(|github| github.redirect_uris.clear());
    assert_eq!(refused(&settings), "github: there is no redirect address");
    let settings = github(|github| github.redirect_uris = vec!["/oauth".to_owned()]);
    assert!(refused(&settings).starts_with("github: `redirect_uris`"));
    for settings in [
        github(|github| github.client_id.clear()),
        github(|github| github.client_secret = Secret::new("")),
    ] {
        assert_eq!(
            refused(&settings),
            "github: the client id or its secret is empty"
        );
    }
}
