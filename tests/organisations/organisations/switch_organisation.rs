//! `switchOrganisation`

use serde_json::json;

use crate::cases;
use crate::support::Audited;

cases! {
    /// For all keys of the caller at once.
    async fn switched(world: World) {
        let (ada, acme) = world.organisation().await;
        let other_key = ada.with_scopes(&["organisations:read"]).await;
        let second = ada.found("Second").await;

        ada.client.call("switchOrganisation").json(&json!({"organisation_id": acme})).send().await
            .snapshot(200, "switched");
        for client in [&ada.client, &other_key] {
            let current = client.call("getCurrentOrganisation").send().await.expect(200);
            assert_eq!(current.text_at("/id"), acme);
        }

        let audit = world.db_audit("organisation.switched").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), acme);

        ada.switch(&second).await;
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), second);
    }

    /// To the one that is active already; in the role that the caller has there.
    async fn same(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        bob.client.call("switchOrganisation").json(&json!({"organisation_id": acme})).send().await
            .snapshot(200, "same");
    }

    /// Others keep the one that is active for them.
    async fn only_the_caller(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let second = ada.found("Second").await;
        let invite = ada.invite(&bob.email, "member").await;
        bob.accept(&invite).await.expect(200);
        bob.switch(&acme).await;

        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), second);
    }

    async fn bound_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;

        let current = bound.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        ada.switch(&acme).await;
        bound.call("switchOrganisation").json(&json!({"organisation_id": second})).send().await.expect(200);
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), second);
        let current = bound.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme, "a bound key stays where it is");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("switchOrganisation")
            .json(&json!({"organisation_id": "acme", "set_active": true}))
            .send().await
            .snapshot(400, "invalid");
    }

    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:write"]).await;
        key.call("switchOrganisation").json(&json!({"organisation_id": acme})).send().await
            .snapshot(403, "organisation_key");
    }

    async fn not_a_member(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        let theirs = ada.client.call("switchOrganisation").json(&json!({"organisation_id": elsewhere})).send().await
            .snapshot(404, "not_a_member");
        let nobodys = ada.client.call("switchOrganisation")
            .json(&json!({"organisation_id": "org_01kh3aqwt0e60tak362xesvjfr"}))
            .send().await
            .expect(404);
        assert_eq!(theirs.body["detail"], nobodys.body["detail"]);

        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        assert!(world.db_audit("organisation.switched").await.is_empty());
    }
}
