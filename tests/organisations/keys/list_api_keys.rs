//! `listApiKeys`

use serde_json::json;

use crate::cases;
use crate::support::{Answer, Client};

async fn names(client: &Client) -> Vec<String> {
    let listed = client.call("listApiKeys").send().await.expect(200);
    names_in(&listed)
}

fn names_in(listed: &Answer) -> Vec<String> {
    listed.body["api_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn create(client: &Client, name: &str, owner: &str) -> Answer {
    client
        .call("createApiKey")
        .json(&json!({"name": name, "owner": owner, "scopes": ["keys:read", "keys:write"]}))
        .send()
        .await
        .expect(201)
}

cases! {
    /// An admin sees their own keys and the organisation's, in the order of
    /// their creation.
    async fn as_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        world.clock.advance(60);
        create(&ada.client, "Laptop", "user").await;
        world.clock.advance(60);
        create(&ada.client, "Metering", "organisation").await;
        ada.client.call("listApiKeys").send().await.snapshot(200, "admin");
    }

    /// A member sees none but their own, the organisation's key none but the
    /// organisation's.
    async fn as_others(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        create(&ada.client, "Ada's", "user").await;
        create(&mia.client, "Mia's", "user").await;
        let metering = create(&ada.client, "Metering", "organisation").await;
        let metering = world.anonymous.with_key(metering.text_at("/key"));

        let of_mia = names(&mia.client).await;
        assert!(of_mia.contains(&"Mia's".to_owned()));
        assert!(!of_mia.contains(&"Ada's".to_owned()) && !of_mia.contains(&"Metering".to_owned()));
        assert_eq!(names(&metering).await, ["Metering"]);

        let (olga, _) = world.strangers().await;
        let of_olga = names(&olga.client).await;
        assert_eq!(of_olga.len(), 1, "{of_olga:?}");

        // With another organisation active the first one's keys are out of sight.
        ada.found("Second").await;
        assert!(!names(&ada.client).await.contains(&"Metering".to_owned()));
    }

    /// Without an organisation a user still has keys.
    async fn without_an_organisation(world: World) {
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        create(&nora.client, "Mine", "user").await;
        assert!(names(&nora.client).await.contains(&"Mine".to_owned()));
    }

    /// What does not work any more is not listed; what rotation has replaced is,
    /// as long as it works.
    async fn only_those_that_work(world: World) {
        let (ada, _) = world.organisation().await;
        let old = create(&ada.client, "Rotated", "organisation").await;
        let gone = create(&ada.client, "Revoked", "organisation").await;
        world.clock.advance(1);
        ada.client
            .call("revokeApiKey")
            .path("key_id", gone.text_at("/id"))
            .send()
            .await
            .expect(204);
        let new = ada
            .client
            .call("rotateApiKey")
            .path("key_id", old.text_at("/id"))
            .json(&json!({"overlap_seconds": 60}))
            .send()
            .await
            .expect(201);
        let listed = ada.client.call("listApiKeys").send().await.expect(200);
        let rotated: Vec<_> = listed.body["api_keys"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|key| key["name"] == "Rotated")
            .collect();
        assert_eq!(rotated.len(), 2);
        assert_eq!(rotated[0]["id"], old.body["id"]);
        assert_eq!(rotated[0]["replaced_by"], new.body["id"]);
        assert_eq!(rotated[0]["expires_at"], "2026-03-15T12:02:01Z");
        assert!(!names_in(&listed).contains(&"Revoked".to_owned()));
        world.clock.advance(60);
        let left: Vec<_> = names(&ada.client).await;
        assert_eq!(left.iter().filter(|name| *name == "Rotated").count(), 1);
    }

    /// `last_used_at` tells roughly when a key was used.
    async fn last_use(world: World) {
        let (ada, _) = world.organisation().await;
        let created = create(&ada.client, "Laptop", "user").await;
        let laptop = world.anonymous.with_key(created.text_at("/key"));
        world.clock.advance(3_600);
        laptop.call("listApiKeys").send().await.expect(200);
        world.store.work(std::future::ready(())).await;
        let listed = laptop.call("listApiKeys").send().await.expect(200);
        let own = listed.body["api_keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["id"] == created.body["id"])
            .unwrap();
        assert_eq!(own["last_used_at"], "2026-03-15T13:01:00Z");
    }

    /// Pages follow each other without a gap and without a repetition.
    async fn pages(world: World) {
        let (ada, _) = world.organisation().await;
        for number in 1..=4 {
            // Several in one moment, so that the order does not hang on time alone.
            world.clock.advance(number / 3);
            create(&ada.client, &format!("Key {number}"), "organisation").await;
        }
        let all = names(&ada.client).await;
        assert_eq!(all.len(), 5);
        let first = ada
            .client
            .call("listApiKeys")
            .query("limit", "2")
            .send()
            .await
            .snapshot(200, "first_page");
        let second = ada
            .client
            .call("listApiKeys")
            .query("limit", "2")
            .query("cursor", &first.text_at("/next_cursor"))
            .send()
            .await
            .expect(200);
        let third = ada
            .client
            .call("listApiKeys")
            .query("limit", "2")
            .query("cursor", &second.text_at("/next_cursor"))
            .send()
            .await
            .expect(200);
        assert!(third.body["next_cursor"].is_null());
        let walked = [names_in(&first), names_in(&second), names_in(&third)].concat();
        assert_eq!(walked, all);
        let whole = ada.client.call("listApiKeys").query("limit", "5").send().await.expect(200);
        assert!(whole.body["next_cursor"].is_null(), "a full last page ends the list");
    }

    async fn violations(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("listApiKeys")
            .query("limit", "1001")
            .query("cursor", "nonsense")
            .query("page", "2")
            .send()
            .await
            .snapshot(400, "violations");
    }
}
