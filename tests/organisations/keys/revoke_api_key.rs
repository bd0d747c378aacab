//! `revokeApiKey`

use serde_json::json;

use crate::cases;
use crate::support::{Answer, Client, Person};

async fn create(person: &Person, owner: &str) -> Answer {
    person
        .client
        .call("createApiKey")
        .json(&json!({"name": "Doomed", "owner": owner, "scopes": ["keys:read", "keys:write"]}))
        .send()
        .await
        .expect(201)
}

async fn revoke(client: &Client, key: &Answer) -> Answer {
    client
        .call("revokeApiKey")
        .path("key_id", key.text_at("/id"))
        .send()
        .await
}

cases! {
    /// The key ends at once and is no more to be seen.
    async fn own_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = create(&ada, "user").await;
        let client = world.anonymous.with_key(key.text_at("/key"));
        client.call("listApiKeys").send().await.expect(200);
        revoke(&ada.client, &key).await.snapshot(204, "revoked");
        client.call("listApiKeys").send().await.expect(401);
        let listed = ada.client.call("listApiKeys").send().await.expect(200);
        assert!(!listed.body.to_string().contains(&key.text_at("/id")));
        let rows = world.db_audit("key.revoked").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].target_id.as_deref(), Some(key.text_at("/id").as_str()));
    }

    /// A key may end itself.
    async fn itself(world: World) {
        let (ada, _) = world.organisation().await;
        let key = create(&ada, "user").await;
        let client = world.anonymous.with_key(key.text_at("/key"));
        revoke(&client, &key).await.expect(204);
        revoke(&client, &key).await.expect(401);
        let own = create(&ada, "organisation").await;
        let client = world.anonymous.with_key(own.text_at("/key"));
        revoke(&client, &own).await.expect(204);
        client.call("listApiKeys").send().await.expect(401);
    }

    /// The organisation's keys: by an admin or by a key of the organisation, by
    /// no member.
    async fn keys_of_the_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        let first = create(&ada, "organisation").await;
        let second = create(&ada, "organisation").await;
        revoke(&mia.client, &first).await.snapshot(403, "admin_required");
        let key = world.anonymous.with_key(second.text_at("/key"));
        revoke(&key, &first).await.expect(204);
        revoke(&ada.client, &second).await.expect(204);
        key.call("listApiKeys").send().await.expect(401);
    }

    /// What is not there, is over, or is somebody else's looks the same.
    async fn not_found(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        ada.client
            .call("revokeApiKey")
            .path("key_id", "key_01kjmma2g0evr88y42wdngtn4v")
            .send()
            .await
            .snapshot(404, "unknown");

        let own = create(&ada, "user").await;
        let shared = create(&ada, "organisation").await;
        // Not even an admin ends the key of another person.
        let of_mia = create(&mia, "user").await;
        let refused = revoke(&ada.client, &of_mia).await.snapshot(404, "another_users");
        revoke(&olga.client, &own).await.expect(404);
        let foreign = revoke(&olga.client, &shared).await.expect(404);
        assert_eq!(refused.body["type"], foreign.body["type"]);
        for key in [&own, &shared, &of_mia] {
            let client = world.anonymous.with_key(key.text_at("/key"));
            client.call("listApiKeys").send().await.expect(200);
        }

        // The organisation's key does not reach the keys of its members.
        let organisation = world.anonymous.with_key(shared.text_at("/key"));
        revoke(&organisation, &own).await.expect(404);

        revoke(&ada.client, &own).await.expect(204);
        revoke(&ada.client, &own).await.expect(404);
    }

    async fn malformed_id(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("revokeApiKey")
            .path("key_id", "user_01kghcfqpge4ma4jz41b93y214")
            .send()
            .await
            .snapshot(400, "malformed_id");
    }
}
