//! `createApiKey`

use serde_json::{Value, json};

use crate::cases;

cases! {
    /// The secret is shown once, works, and is kept as a hash alone.
    async fn user_key(world: World) {
        let (ada, organisation) = world.organisation().await;
        let created = ada
            .client
            .call("createApiKey")
            .json(&json!({"name": "Laptop", "scopes": ["members:read", "organisations:read"]}))
            .send()
            .await
            .snapshot(201, "user");
        let secret = created.text_at("/key");
        assert!(secret.starts_with(&created.text_at("/prefix")));
        assert_eq!(created.text_at("/created_by"), ada.id);

        let laptop = world.anonymous.with_key(&secret);
        let organisations = laptop.call("listOrganisations").send().await.expect(200);
        assert_eq!(organisations.text_at("/active_organisation_id"), organisation);
        let members = laptop.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_id"), ada.id);
        laptop.call("listApiKeys").send().await.expect(403);

        let listed = ada.client.call("listApiKeys").send().await.expect(200);
        assert!(!listed.body.to_string().contains(&secret));
        assert!(listed.body.to_string().contains(&created.text_at("/id")));

        let rows = world.db_audit("key.created").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].target_id.as_deref(), Some(created.text_at("/id").as_str()));
        assert!(!world.db_holds(&secret).await);
        assert!(world.db_holds(&created.text_at("/prefix")).await);
    }

    /// Scopes are kept in the document's order, whatever order they came in.
    async fn scopes_in_order(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada
            .client
            .call("createApiKey")
            .json(&json!({"name": "All", "scopes": ["plans:write", "keys:read", "organisations:read"]}))
            .send()
            .await
            .expect(201);
        assert_eq!(
            created.body["scopes"],
            json!(["organisations:read", "keys:read", "plans:write"])
        );
    }

    /// An organisation's key acts for nobody, in its organisation alone, with
    /// the rights of an admin, and outlives its creator's membership.
    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let created = ada
            .client
            .call("createApiKey")
            .json(&json!({
                "name": "Metering",
                "owner": "organisation",
                "scopes": ["organisations:read", "members:read", "invites:read", "usage:write"],
                "expires_in_days": 365,
            }))
            .send()
            .await
            .snapshot(201, "organisation");
        assert_eq!(created.text_at("/organisation_id"), acme);
        let metering = world.anonymous.with_key(created.text_at("/key"));

        let members = metering.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["current_user_id"], Value::Null);
        assert_eq!(members.body["current_user_role"], Value::Null);
        metering.call("listInvites").send().await.expect(200);

        world.joined(&ada, "Max Manager", "max@example.com", "admin").await;
        ada.client.call("leaveOrganisation").send().await.expect(204);
        let current = metering.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        assert_eq!(current.body["role"], Value::Null);
    }

    /// A key with a lifetime works until its last moment and then no more.
    async fn lifetime(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada
            .client
            .call("createApiKey")
            .json(&json!({"name": "Short", "scopes": ["organisations:read"], "expires_in_days": 1}))
            .send()
            .await
            .expect(201);
        assert_eq!(created.text_at("/expires_at"), "2026-03-16T12:01:00Z");
        let short = world.anonymous.with_key(created.text_at("/key"));
        world.clock.advance(86_399);
        short.call("listOrganisations").send().await.expect(200);
        world.clock.advance(1);
        short.call("listOrganisations").send().await.expect(401);
        let listed = ada.client.call("listApiKeys").send().await.expect(200);
        assert!(!listed.body.to_string().contains(&created.text_at("/id")));
    }

    /// Every key that a caller makes can do as much as the caller's at most.
    async fn more_scopes_than_the_caller(world: World) {
        let (ada, _) = world.organisation().await;
        let limited = ada.with_scopes(&["keys:write", "members:read"]).await;
        let refused = limited
            .call("createApiKey")
            .json(&json!({"name": "More", "scopes": ["members:read", "members:write", "plans:write"]}))
            .send()
            .await
            .snapshot(403, "more_scopes");
        let detail = refused.text_at("/detail");
        assert!(detail.contains("members:write") && detail.contains("plans:write"));
        assert!(!detail.contains("members:read"));
        limited
            .call("createApiKey")
            .json(&json!({"name": "Same", "scopes": ["keys:write", "members:read"]}))
            .send()
            .await
            .expect(201);
    }

    async fn organisation_key_by_a_member(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        mia.client
            .call("createApiKey")
            .json(&json!({"name": "Not mine", "owner": "organisation", "scopes": ["usage:read"]}))
            .send()
            .await
            .snapshot(403, "admin_required");
        mia.client
            .call("createApiKey")
            .json(&json!({"name": "Mine", "scopes": ["usage:read"]}))
            .send()
            .await
            .expect(201);
    }

    async fn by_an_organisations_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["keys:write", "usage:read"]).await;
        key.call("createApiKey")
            .json(&json!({"name": "Offspring", "owner": "organisation", "scopes": ["usage:read"]}))
            .send()
            .await
            .snapshot(403, "user_required");
        key.call("createApiKey")
            .json(&json!({"name": "Offspring", "scopes": ["usage:read"]}))
            .send()
            .await
            .expect(403);
        assert_eq!(world.db_audit("key.created").await.len(), 1);
    }

    /// A key of one's own needs no organisation; one of the organisation does.
    async fn without_an_organisation(world: World) {
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        nora.client
            .call("createApiKey")
            .json(&json!({"name": "Nowhere", "owner": "organisation", "scopes": ["usage:read"]}))
            .send()
            .await
            .snapshot(404, "no_active_organisation");
        nora.client
            .call("createApiKey")
            .json(&json!({"name": "Mine", "scopes": ["usage:read"]}))
            .send()
            .await
            .expect(201);
    }

    async fn violations(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("createApiKey")
            .json(&json!({
                "name": " ",
                "owner": "team",
                "scopes": ["members:read", "members:read", "members:delete"],
                "expires_in_days": 3651,
                "colour": "red",
            }))
            .send()
            .await
            .snapshot(400, "violations");
        ada.client
            .call("createApiKey")
            .json(&json!({"owner": null, "scopes": []}))
            .send()
            .await
            .snapshot(400, "more_violations");
    }
}
