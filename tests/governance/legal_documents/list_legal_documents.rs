//! `listLegalDocuments`

use serde_json::{Value, json};

use super::{create, northwind, outsiders};
use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Client};

async fn list(client: &Client, organisation: &str, query: &[(&str, &str)]) -> Answer {
    let call = client
        .call("listLegalDocuments")
        .path("organization_id", bare(organisation));
    let call = query
        .iter()
        .fold(call, |call, (name, value)| call.query(name, value));
    call.send().await
}

cases! {
    /// The latest first, in pages.
    async fn listed(world: World) {
        let (ada, acme) = world.organisation().await;
        create(&ada.client, &acme, &northwind("BAA")).await.expect(201);
        world.clock.advance(60);
        create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
        let all = list(&ada.client, &acme, &[]).await.snapshot(200, "listed");
        let first = list(&ada.client, &acme, &[("limit", "1")]).await.snapshot(200, "first_page");
        assert_eq!(first.body["results"][0], all.body["results"][0]);
        let next = first.text_at("/next");
        assert!(next.ends_with("/legal_documents?limit=1&offset=1"), "{next}");
        let second = list(&ada.client, &acme, &[("limit", "1"), ("offset", "1")]).await.expect(200);
        assert_eq!(second.body["results"], json!([all.body["results"][1]]));
        assert_eq!(second.body["next"], Value::Null);
        let beyond = list(&ada.client, &acme, &[("offset", "7")]).await.expect(200);
        assert_eq!(beyond.body["results"], json!([]));
        assert_eq!(beyond.body["count"], 2);
    }

    async fn none(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        create(&olga.client, &elsewhere, &northwind("DPA")).await.expect(201);
        list(&ada.client, &acme, &[]).await.snapshot(200, "none");
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        list(&ada.client, &acme, &[("limit", "0"), ("cursor", "x")]).await.snapshot(400, "invalid");
    }

    async fn member(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        list(&bob.client, &acme, &[]).await.snapshot(403, "not_an_admin");
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        for outsider in outsiders(&world, &ada).await {
            list(&outsider, &acme, &[]).await.expect(404);
        }
        list(&ada.client, "org_00000000000000000000000000", &[]).await.snapshot(404, "not_found");
    }
}
