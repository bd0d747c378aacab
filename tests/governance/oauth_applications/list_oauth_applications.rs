//! `listOauthApplications`

use charter_api_organisations::models::OrganisationId;
use charter_contract::TypeId as _;
use charter_persistence::OauthApplicationToCreate;
use serde_json::{Value, json};

use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Client, World};

/// Registers an application as the operator does; its secret.
async fn register(world: &World, organisation: &str, name: &str, is_verified: bool) -> String {
    world.clock.advance(60);
    let redirect_uris = [
        "https://desk.northwind.example/callback",
        "http://127.0.0.1:8400/",
    ];
    let (_, secret) = world
        .store
        .create_oauth_application(OauthApplicationToCreate {
            organisation: OrganisationId::parse(organisation).unwrap().into(),
            name,
            redirect_uris: &redirect_uris.map(str::to_owned),
            is_verified,
        })
        .await
        .unwrap();
    secret.reveal().to_owned()
}

async fn list(client: &Client, organisation: &str) -> Answer {
    client
        .call("listOauthApplications")
        .path("organization_id", bare(organisation))
        .send()
        .await
}

cases! {
    async fn listed(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let secret = register(&world, &acme, "Northwind Desk", false).await;
        register(&world, &elsewhere, "Elsewhere Desk", false).await;
        register(&world, &acme, "Northwind Phone", true).await;
        let listed = list(&bob.client, &acme).await.snapshot(200, "listed");
        assert_eq!(listed.body["count"], 2);
        assert_eq!(secret.len(), "ct_secret_".len() + 43);
        assert!(secret.starts_with("ct_secret_"));
        assert!(!world.db_holds(&secret).await);
        let key = ada.organisation_key(&["organization:read"]).await;
        assert_eq!(list(&key, &acme).await.expect(200).body, listed.body);
    }

    async fn pages(world: World) {
        let (ada, acme) = world.organisation().await;
        for name in ["One", "Two", "Three"] {
            register(&world, &acme, name, false).await;
        }
        let call = || ada.client.call("listOauthApplications").path("organization_id", bare(&acme));
        let middle = call().query("limit", "1").query("offset", "1").send().await.snapshot(200, "middle_page");
        assert_eq!(middle.text_at("/results/0/name"), "Two");
        let behind = call().query("offset", "3").send().await.expect(200);
        assert_eq!([&behind.body["count"], &behind.body["results"]], [&json!(3), &json!([])]);
    }

    async fn none(world: World) {
        let (ada, acme) = world.organisation().await;
        let listed = list(&ada.client, &acme).await.snapshot(200, "none");
        assert_eq!(listed.body["next"], Value::Null);
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        list(&ada.client, &elsewhere).await.snapshot(404, "not_a_member");
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        list(&bound, &acme).await.expect(200);
        list(&bound, &second).await.expect(404);
        let key = ada.organisation_key(&["organization:read"]).await;
        list(&key, &acme).await.expect(404);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        // Ids have no prefix here.
        ada.client.call("listOauthApplications").path("organization_id", &acme).query("limit", "1001").query("verified", "true")
            .send().await
            .snapshot(400, "invalid");
    }
}
