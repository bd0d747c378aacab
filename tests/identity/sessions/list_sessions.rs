//! `listSessions`

use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::PASSWORD;
use crate::support::{Client, World};

async fn begin(world: &World, address: &str) -> Client {
    world.clock.advance(60);
    let answer = world
        .anonymous
        .at(address)
        .call("signIn")
        .header("User-Agent", format!("Agent of {address}"))
        .json(&json!({"email": "ines@northwind.example", "password": PASSWORD}))
        .send()
        .await
        .expect(200);
    world.with_session(&answer)
}

async fn addresses(client: &Client) -> Vec<Value> {
    let listed = client.call("listSessions").send().await.expect(200);
    listed.body["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["address"].clone())
        .collect()
}

cases! {
    /// In the order of their beginning, and nobody else's.
    async fn listed(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        begin(&world, "192.0.2.17").await;
        let latest = begin(&world, "::ffff:198.51.100.7").await;
        begin(&world, "2001:db8::17").await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        latest.call("listSessions").send().await.snapshot(200, "listed");
    }

    /// With a key none of them is the one that asks.
    async fn with_a_key(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listSessions").send().await.snapshot(200, "none");
        world.session_of(&ada).await;
        let listed = ada.client.call("listSessions").send().await.expect(200);
        assert_eq!(listed.body["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(listed.body["sessions"][0]["current"], false);
    }

    async fn pages(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            begin(&world, address).await;
        }
        let first = ines.client.call("listSessions").query("limit", "3").send().await.snapshot(200, "page");
        let cursor = first.text_at("/next_cursor");
        let last = ines.client.call("listSessions").query("limit", "3").query("cursor", &cursor).send().await.expect(200);
        assert_eq!(last.body["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(last.text_at("/sessions/0/address"), "192.0.2.3");
        assert_eq!(last.body["next_cursor"], Value::Null);
    }

    /// What has ended is not shown, by whichever way it did.
    async fn ended(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        begin(&world, "192.0.2.1").await;
        begin(&world, "192.0.2.2").await.call("signOut").send().await.expect(204);
        let third = begin(&world, "192.0.2.3").await;
        assert_eq!(addresses(&third).await, [json!(null), json!("192.0.2.1"), json!("192.0.2.3")]);
        world.clock.advance(13 * 86_400);
        third.call("getCurrentUser").send().await.expect(200);
        world.store.write_last_used().await.unwrap();
        world.clock.advance(2 * 86_400);
        assert_eq!(addresses(&third).await, [json!("192.0.2.3")]);
        ines.client.call("listSessions").send().await.expect(401);
    }

    async fn pending(world: World) {
        let signed_up = world.sign_up("Ines Laurent", "ines@northwind.example").await;
        world.sign_up("Somebody Else", "ines@northwind.example").await;
        let listed = world.with_session(&signed_up).call("listSessions").send().await.expect(200);
        assert_eq!(listed.body["sessions"].as_array().unwrap().len(), 1, "the other claim is somebody else's");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listSessions").query("limit", "0").query("cursor", "x").query("all", "1").send().await
            .snapshot(400, "invalid");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        ada.organisation_key(&["sessions:read"]).await.call("listSessions").send().await
            .snapshot(403, "organisation_key");
    }
}
