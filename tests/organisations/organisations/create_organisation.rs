//! `createOrganisation`

use serde_json::{Value, json};

use crate::cases;
use crate::support::Audited;

cases! {
    /// The creator is its admin, and it is active.
    async fn created(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        let created = ada.client.call("createOrganisation").json(&json!({"name": "My Company"})).send().await
            .snapshot(201, "created");

        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), created.text_at("/id"));
        assert_eq!(current.text_at("/role"), "admin");
        assert_eq!(current.text_at("/members/0/id"), ada.id);
        assert_eq!(current.body["member_count"], 1);

        let audit = world.db_audit("organisation.created").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), created.text_at("/id"));
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), created.text_at("/id"));
    }

    async fn active_after_another(world: World) {
        let (ada, acme) = world.organisation().await;
        world.clock.advance(60);
        let second = ada.found("Second").await;

        let listed = ada.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.text_at("/organisations/0/id"), acme);
        assert_eq!(listed.text_at("/organisations/1/id"), second);
        assert_eq!(listed.text_at("/active_organisation_id"), second);
    }

    /// Every character counts once, whatever it takes in UTF-8; names need not
    /// differ.
    async fn longest_name(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        let name = "\u{1F3ED}".repeat(100);
        for _ in 0..2 {
            let created = ada.client.call("createOrganisation").json(&json!({"name": name})).send().await
                .expect(201);
            assert_eq!(created.text_at("/name"), name);
        }
        let longer = format!("{name}x");
        ada.client.call("createOrganisation").json(&json!({"name": longer})).send().await.expect(400);
    }

    async fn invalid(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("createOrganisation")
            .header("Idempotency-Key", "two words")
            .json(&json!({"name": "x".repeat(101), "plan_id": "enterprise"}))
            .send().await
            .snapshot(400, "invalid");
        ada.client.call("createOrganisation").json(&json!({"name": " \u{a0} "})).send().await
            .snapshot(400, "blank");
        ada.client.call("createOrganisation").json(&json!({})).send().await
            .snapshot(400, "missing");
        ada.client.call("createOrganisation").body("application/json", "{\"name\": \"Ac").send().await
            .snapshot(400, "syntax");

        let listed = ada.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.body["organisations"], json!([]));
        assert!(world.db_audit("organisation.created").await.is_empty());
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:write"]).await;
        key.call("createOrganisation").json(&json!({"name": "Offspring"})).send().await
            .snapshot(403, "organisation_key");
    }

    async fn repeated(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        let create = || ada.client.call("createOrganisation")
            .header("Idempotency-Key", "founding-1")
            .json(&json!({"name": "My Company"}));
        let first = create().send().await.expect(201);
        assert!(!first.headers.contains_key("idempotency-replayed"));
        world.clock.advance(3_600);

        let second = create().send().await.snapshot(201, "repeated");
        assert_eq!(second.body, first.body);
        assert_eq!(second.headers["idempotency-replayed"], "true");
        let listed = ada.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.body["organisations"].as_array().unwrap().len(), 1);
        assert_eq!(world.db_audit("organisation.created").await.len(), 1);
    }

    async fn key_reused(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        let create = |name: &str| ada.client.call("createOrganisation")
            .header("Idempotency-Key", "founding-1")
            .json(&json!({"name": name}));
        create("My Company").send().await.expect(201);
        create("Your Company").send().await.snapshot(422, "key_reused");

        let listed = ada.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.body["organisations"].as_array().unwrap().len(), 1);
    }

    /// An Idempotency-Key is its caller's own, is free again after a day, and is
    /// not used up by a request that failed.
    async fn key_scope(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let mut ids: Vec<Value> = Vec::new();
        for (person, seconds) in [(&ada, 86_399), (&ada, 1), (&bob, 0), (&ada, 0)] {
            let call = person.client.call("createOrganisation").header("Idempotency-Key", "founding-1");
            call.json(&json!({"name": ""})).send().await.expect(400);
            let call = person.client.call("createOrganisation").header("Idempotency-Key", "founding-1");
            let created = call.json(&json!({"name": "My Company"})).send().await.expect(201);
            ids.push(created.body["id"].clone());
            world.clock.advance(seconds);
        }
        assert_eq!(ids[0], ids[1], "kept for a day");
        assert_ne!(ids[1], ids[2], "another caller's");
        assert_ne!(ids[1], ids[3], "free after a day");
    }
}
