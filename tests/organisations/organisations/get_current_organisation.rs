//! `getCurrentOrganisation`

use serde_json::{Value, json};

use crate::cases;

cases! {
    async fn with_members(world: World) {
        let (ada, _) = world.organisation().await;
        world.strangers().await;
        let bob = world.joined(&ada, "Bob Builder", "Bob@Example.com", "member").await;
        bob.client.call("getCurrentOrganisation").send().await.snapshot(200, "with_members");
    }

    /// The present month counts, the last one does not.
    async fn with_usage(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("recordUsageEvents")
            .json(&json!({"events": [
                {"source": "crawler", "id": "1", "type": "job", "quantity": 3},
                {"source": "crawler", "id": "2", "type": "page", "quantity": 250},
                {"source": "crawler", "id": "3", "type": "page", "quantity": 50, "occurred_at": "2026-03-01T00:00:00Z"},
                {"source": "crawler", "id": "4", "type": "page", "quantity": 7, "occurred_at": "2026-02-28T23:59:59Z"},
                {"source": "crawler", "id": "5", "type": "job", "quantity": 7, "occurred_at": "2026-02-28T23:59:59Z"},
            ]}))
            .send().await
            .expect(200);
        ada.client.call("getCurrentOrganisation").send().await.snapshot(200, "with_usage");
    }

    /// All members are counted, the first 1,000 are shown, and listMembers goes on
    /// behind those.
    async fn many_members(world: World) {
        let (ada, acme) = world.organisation().await;
        world.db_crowd(&acme, 999).await;
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.body["member_count"], 1_000);
        assert_eq!(current.body["members"].as_array().unwrap().len(), 1_000);
        let listed = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(listed.body["next_cursor"], Value::Null);

        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.body["member_count"], 1_001);
        assert_eq!(current.body["members"].as_array().unwrap().len(), 1_000);
        assert_eq!(current.text_at("/members/1/id"), bob.id);
        let listed = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(listed.body["members"], current.body["members"]);
        let cursor = listed.text_at("/next_cursor");
        let rest = ada.client.call("listMembers").query("cursor", &cursor).send().await.expect(200);
        assert_eq!(rest.body["members"].as_array().unwrap().len(), 1);
        assert_eq!(rest.text_at("/members/0/email"), "member999@example.com");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:read"]).await;
        key.call("getCurrentOrganisation").send().await.snapshot(200, "organisation_key");
    }

    /// The version of the organisation itself.
    async fn etag(world: World) {
        let (ada, _) = world.organisation().await;
        let etag = async || {
            let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
            current.headers["etag"].clone()
        };
        let first = etag().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        assert_eq!(etag().await, first, "members do not change it");

        let updated = ada.client.call("updateCurrentOrganisation").json(&json!({"name": "Acme Ltd"})).send().await
            .expect(200);
        let second = etag().await;
        assert_ne!(second, first);
        assert_eq!(second, updated.headers["etag"]);

        ada.client.call("updatePlan").json(&json!({"plan_id": "starter"})).send().await.expect(200);
        assert_ne!(etag().await, second, "the plan is part of it");
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("getCurrentOrganisation").send().await.snapshot(404, "no_active_organisation");
    }

    /// Who is no member any more has no active organisation, also with a key
    /// bound to it.
    async fn after_removal(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let bound = world.key_bound_to(&bob, &acme).await;
        bound.call("getCurrentOrganisation").send().await.expect(200);
        ada.client.call("removeMember").path("member_id", &bob.id).send().await.expect(204);
        for client in [&bob.client, &bound] {
            client.call("getCurrentOrganisation").send().await.expect(404);
            let listed = client.call("listOrganisations").send().await.expect(200);
            assert_eq!(listed.body["active_organisation_id"], Value::Null);
            assert_eq!(listed.body["organisations"], json!([]));
        }
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("getCurrentOrganisation").query("expand", "members").query("id", "1").send().await
            .snapshot(400, "invalid");
    }
}
