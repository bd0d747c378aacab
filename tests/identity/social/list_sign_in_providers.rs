//! `listSignInProviders`

use charter_social::{Pkce, Settings};
use serde_json::json;

use crate::cases;
use crate::support::provider::asking;

cases! {
    /// What a page needs to send somebody there; no secret.
    async fn all(world: World) {
        let listed = world.anonymous.call("listSignInProviders").send().await.snapshot(200, "all");
        assert!(!listed.body.to_string().contains(charter_loopback::SECRET));
        assert!(world.providers.asked().is_empty());
    }

    /// What the operator has set otherwise.
    async fn some(world: World) {
        let Settings { google, .. } = world.providers.settings();
        let mut google = google.unwrap();
        google.scopes = Some(vec!["openid".to_owned(), "email".to_owned()]);
        google.pkce = Some(Pkce::Optional);
        google.redirect_uris.push("northwind://signed-in".to_owned());
        let settings = Settings { google: Some(google), ..Settings::default() };
        let port = asking(settings, world.clock.clone());
        let world = world.with_providers(Some(port)).await;
        world.anonymous.call("listSignInProviders").send().await.snapshot(200, "one");
    }

    async fn none(world: World) {
        let port = asking(Settings::default(), world.clock.clone());
        let world = world.with_providers(Some(port)).await;
        world.anonymous.call("listSignInProviders").send().await.snapshot(200, "none");
        let world = world.with_providers(None).await;
        let none = world.anonymous.call("listSignInProviders").send().await.expect(200);
        assert_eq!(none.body, json!({"providers": []}));
    }
}
