//! `listOrganizations`

use serde_json::{Value, json};

use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Client};

async fn list(client: &Client, query: &[(&str, &str)]) -> Answer {
    let call = client.call("listOrganizations");
    let call = query
        .iter()
        .fold(call, |call, (name, value)| call.query(name, value));
    call.send().await.expect(200)
}

/// Names and levels.
fn levels(listed: &Answer) -> Value {
    let results = listed.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|one| json!([one["name"], one["membership_level"]]))
        .collect()
}

cases! {
    /// Whichever is the active one, and at which level the user belongs to each.
    async fn listed(world: World) {
        let (ada, acme) = world.organisation().await;
        world.strangers().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        bob.found("Bob & Sons").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "member").await;
        let listed = bob.client.call("listOrganizations").send().await.snapshot(200, "listed");
        assert_eq!(listed.text_at("/results/0/id"), bare(&acme));
        assert_eq!(levels(&listed), json!([["Acme", 8], ["Bob & Sons", 15]]));
        assert_eq!(levels(&list(&carol.client, &[]).await), json!([["Acme", 1]]));
        // As soon as it is another one.
        bob.client.call("leaveOrganisation").send().await.expect(409);
        bob.switch(&acme).await;
        bob.client.call("leaveOrganisation").send().await.expect(204);
        assert_eq!(levels(&list(&bob.client, &[]).await), json!([["Bob & Sons", 15]]));
    }

    async fn pages(world: World) {
        let (ada, _) = world.organisation().await;
        for name in ["Second", "Third"] {
            world.clock.advance(60);
            ada.found(name).await;
        }
        let first = list(&ada.client, &[("limit", "2")]).await;
        assert_eq!(levels(&first), json!([["Acme", 15], ["Second", 15]]));
        assert_eq!(first.body["previous"], Value::Null);
        assert_eq!(first.text_at("/next"), "https://charter.example/api/organizations?limit=2&offset=2");
        let second = ada.client.call("listOrganizations").query("limit", "2").query("offset", "2").send().await
            .snapshot(200, "last_page");
        assert_eq!(levels(&second), json!([["Third", 15]]));
        // Behind the last one there is nothing but the number of all.
        let behind = list(&ada.client, &[("offset", "2147483647")]).await;
        assert_eq!([&behind.body["count"], &behind.body["results"]], [&json!(3), &json!([])]);
    }

    /// A key that is bound to an organisation names that one.
    async fn bound_key(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.found("Second").await;
        let key = world.key_bound_to(&ada, &acme).await;
        let listed = list(&key, &[]).await;
        assert_eq!(listed.body["count"], 1);
        assert_eq!(levels(&listed), json!([["Acme", 15]]));
        assert_eq!(list(&key, &[("offset", "1")]).await.body["count"], 1);
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organization:read"]).await;
        ada.found("Second").await;
        key.call("listOrganizations").send().await.snapshot(200, "organisation_key");
        let behind = list(&key, &[("offset", "7")]).await;
        assert_eq!([&behind.body["count"], &behind.body["results"]], [&json!(1), &json!([])]);
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);
        assert_eq!(list(&ada.client, &[]).await.body["count"], 1);
    }

    /// Who belongs to none.
    async fn none(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("listOrganizations").send().await.snapshot(200, "none");
        assert_eq!(list(&ada.client, &[("offset", "1")]).await.body["count"], 0);
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listOrganizations").query("limit", "0").query("offset", "-1").query("name", "Acme").send().await
            .snapshot(400, "invalid");
    }
}
