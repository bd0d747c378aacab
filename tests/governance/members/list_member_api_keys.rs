//! `listMemberApiKeys`

use serde_json::{Value, json};

use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Client};

async fn list(client: &Client, organisation: &str, member: &str) -> Answer {
    client
        .call("listMemberApiKeys")
        .path("organization_id", bare(organisation))
        .path("user__uuid", bare(member))
        .send()
        .await
}

async fn create(client: &Client, owner: &str, name: &str) -> Answer {
    client
        .call("createApiKey")
        .json(&json!({"name": name, "owner": owner, "scopes": ["members:read", "keys:read"]}))
        .send()
        .await
        .expect(201)
}

fn names(listed: &Answer) -> Vec<&str> {
    let keys = listed.body["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect()
}

cases! {
    /// Those that work in the organisation: bound to it, or following the member.
    async fn listed(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        world.clock.advance(60);
        create(&bob.client, "user", "Nightly import").await;
        world.key_bound_to(&bob, &acme).await;
        let own = bob.found("Bob & Sons").await;
        world.key_bound_to(&bob, &own).await;
        create(&bob.client, "organisation", "Of Bob & Sons").await;
        create(&ada.client, "user", "Ada's").await;
        world.store.write_last_used().await.unwrap();
        let listed = list(&ada.client, &acme, &bob.id).await.snapshot(200, "listed");
        assert_eq!(names(&listed), ["Bound", "Nightly import", "Test"]);
        // The member sees the same, by any key and without a scope for it.
        let same = list(&bob.client, &acme, &bob.id).await.expect(200);
        assert_eq!(same.body, listed.body);
        let key = ada.organisation_key(&["usage:read"]).await;
        assert_eq!(list(&key, &acme, &bob.id).await.expect(200).body, listed.body);
    }

    /// Not those that are revoked or have expired.
    async fn over(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let session = world.session_of(&bob).await;
        let gone = create(&bob.client, "user", "Revoked").await;
        let rotated = create(&bob.client, "user", "Rotated").await;
        bob.client.call("revokeApiKey").path("key_id", gone.text_at("/id")).send().await.expect(204);
        bob.client.call("rotateApiKey").path("key_id", rotated.text_at("/id")).json(&json!({"overlap_seconds": 60})).send().await
            .expect(201);
        assert_eq!(names(&list(&bob.client, &acme, &bob.id).await.expect(200)), ["Rotated", "Rotated", "Test"]);
        world.clock.advance(60);
        assert_eq!(names(&list(&bob.client, &acme, &bob.id).await.expect(200)), ["Rotated", "Test"]);
        for key in bob.client.call("listApiKeys").send().await.expect(200).body["api_keys"].as_array().unwrap() {
            let id = key["id"].as_str().unwrap();
            session.call("revokeApiKey").path("key_id", id).send().await.expect(204);
        }
        // Sessions are no keys.
        list(&session, &acme, &bob.id).await.snapshot(200, "none");
    }

    /// Whether any was used within a week.
    async fn active(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        world.store.write_last_used().await.unwrap();
        let used = list(&ada.client, &acme, &bob.id).await.expect(200);
        assert_eq!(used.body["has_keys_active_last_week"], true);
        world.clock.advance(7 * 86_400);
        let still = list(&ada.client, &acme, &bob.id).await.expect(200);
        assert_eq!(still.body["has_keys_active_last_week"], true);
        world.clock.advance(1);
        let no_more = list(&ada.client, &acme, &bob.id).await.expect(200);
        assert_eq!(no_more.body["has_keys_active_last_week"], false);
        assert_eq!(no_more.body["has_keys"], true);
        // And never.
        let carol = world.person("Carol Clark", "carol@example.com").await;
        let session = world.session_of(&carol).await;
        let invite = ada.invite(&carol.email, "member").await;
        session.call("acceptInvite").json(&json!({"token": invite.text_at("/token")})).send().await.expect(200);
        let never = list(&ada.client, &acme, &carol.id).await.expect(200);
        assert_eq!(never.body["has_keys_active_last_week"], false);
        assert_eq!(never.body["keys"][0]["last_used_at"], Value::Null);
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        list(&bob.client, &acme, &ada.id).await.snapshot(403, "not_an_admin");
        list(&bob.client, &acme, &olga.id).await.expect(403);
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        list(&ada.client, &acme, &olga.id).await.snapshot(404, "no_member");
        list(&ada.client, &elsewhere, &olga.id).await.snapshot(404, "no_organisation");
        // Oneself, where one is no member.
        list(&ada.client, &elsewhere, &ada.id).await.expect(404);
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        list(&bound, &acme, &ada.id).await.expect(200);
        list(&bound, &second, &ada.id).await.expect(404);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.client.call("listMemberApiKeys").path("organization_id", bare(&acme)).path("user__uuid", "me").query("limit", "1")
            .send().await
            .snapshot(400, "invalid");
    }
}
