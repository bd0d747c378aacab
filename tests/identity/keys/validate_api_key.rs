//! `validateApiKey`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Client};

async fn validate(client: &Client) -> Answer {
    client.call("validateApiKey").send().await
}

cases! {
    /// `last_used` is what it was before this request.
    async fn of_a_user(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.client.call("createApiKey")
            .json(&json!({"name": "Laptop", "scopes": ["organisations:read", "members:read"]}))
            .send().await.expect(201);
        let key = world.anonymous.with_key(created.text_at("/key"));
        let answer = validate(&key).await.snapshot(200, "of_a_user");
        assert_eq!(answer.text_at("/_id"), created.text_at("/id"));
        assert!(!answer.body.to_string().contains(&created.text_at("/key")));
        world.store.write_last_used().await.unwrap();
        world.clock.advance(3_600);
        let answer = validate(&key).await.snapshot(200, "used_before");
        assert_eq!(answer.text_at("/last_used"), "2026-03-15T12:01:00Z");
        validate(&world.anonymous.with_key(created.text_at("/key"))).await.expect(200);
    }

    async fn of_an_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.client.call("createApiKey")
            .json(&json!({
                "name": "Metering", "owner": "organisation", "scopes": ["usage:write"], "expires_in_days": 365,
            }))
            .send().await.expect(201);
        validate(&world.anonymous.with_key(created.text_at("/key"))).await.snapshot(200, "of_an_organisation");
    }

    /// Made by an operator, with every scope, for somebody in no organisation.
    async fn of_an_operator(world: World) {
        let noel = world.person("Noel Novak", "noel@northwind.example").await;
        let answer = validate(&noel.client).await.snapshot(200, "of_an_operator");
        assert_eq!(answer.body["company"], Value::Null);
    }

    /// Bound to another organisation than the active one.
    async fn bound(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        assert_eq!(validate(&bound).await.expect(200).text_at("/company"), "Acme");
        assert_eq!(validate(&ada.client).await.expect(200).text_at("/company"), "Second");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("validateApiKey").header("X-Workspace-Id", "northwind").query("key", "1").send().await
            .snapshot(400, "invalid");
    }

    /// A session's token is none.
    async fn session(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        validate(&ines.client).await.snapshot(401, "session");
    }

    /// Nor is a key elsewhere than in its header.
    async fn elsewhere(world: World) {
        let (ada, _) = world.organisation().await;
        let bearer = format!("Bearer {}", ada.client.key.clone().unwrap());
        world.anonymous.call("validateApiKey").header("Authorization", bearer).send().await.expect(401);
    }

    async fn revoked_or_expired(world: World) {
        let (ada, _) = world.organisation().await;
        let create = async |body: Value| ada.client.call("createApiKey").json(&body).send().await.expect(201);
        let revoked = create(json!({"name": "Revoked", "scopes": ["keys:write"]})).await;
        ada.client.call("revokeApiKey").path("key_id", revoked.text_at("/id")).send().await.expect(204);
        let gone = validate(&world.anonymous.with_key(revoked.text_at("/key"))).await.snapshot(401, "revoked");
        let unknown = validate(&world.anonymous.with_key(format!("ct_live_{}", "A".repeat(43)))).await.expect(401);
        assert_eq!(gone.text_at("/detail"), unknown.text_at("/detail"));

        let expiring = create(json!({"name": "Expiring", "scopes": ["keys:write"], "expires_in_days": 1})).await;
        let expiring = world.anonymous.with_key(expiring.text_at("/key"));
        world.clock.advance(86_399);
        validate(&expiring).await.expect(200);
        world.clock.advance(1);
        validate(&expiring).await.expect(401);
    }
}
