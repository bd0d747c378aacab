//! `updateCurrentOrganisation`

use serde_json::{Value, json};

use crate::cases;
use crate::support::Audited;

cases! {
    async fn renamed(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        let updated = ada.client.call("updateCurrentOrganisation").json(&json!({"name": "Acme Institute"})).send().await
            .snapshot(200, "renamed");

        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/name"), "Acme Institute");
        assert_eq!(current.text_at("/updated_at"), updated.text_at("/updated_at"));
        assert_ne!(current.text_at("/updated_at"), current.text_at("/created_at"));

        let audit = world.db_audit("organisation.updated").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_ne!(audit[0].organisation(), elsewhere);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), acme);
    }

    /// Only the organisation of the caller changes.
    async fn others_untouched(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let before = olga.client.call("getCurrentOrganisation").send().await.expect(200);
        ada.client.call("updateCurrentOrganisation").json(&json!({"name": "Everywhere"})).send().await.expect(200);
        let after = olga.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(after.body, before.body);
        assert_eq!(after.headers["etag"], before.headers["etag"]);
    }

    /// Absent, null and a value are three things.
    async fn billing_email(world: World) {
        let (ada, _) = world.organisation().await;
        let update = async |change: Value| {
            ada.client.call("updateCurrentOrganisation").json(&change).send().await
        };
        update(json!({"billing_email": "Billing@Acme.example"})).await.snapshot(200, "billing_email");
        let kept = update(json!({"name": "Acme Ltd"})).await.expect(200);
        assert_eq!(kept.text_at("/billing_email"), "Billing@Acme.example");
        let removed = update(json!({"billing_email": null})).await.snapshot(200, "no_billing_email");
        assert_eq!(removed.text_at("/name"), "Acme Ltd");
    }

    async fn nothing(world: World) {
        let (ada, _) = world.organisation().await;
        let before = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        world.clock.advance(60);
        let updated = ada.client.call("updateCurrentOrganisation").json(&json!({})).send().await
            .snapshot(200, "nothing");
        for member in ["name", "billing_email", "plan_id", "created_at"] {
            assert_eq!(updated.body[member], before.body[member]);
        }
    }

    async fn if_match(world: World) {
        let (ada, _) = world.organisation().await;
        let update = async |if_match: &str, name: &str| {
            ada.client.call("updateCurrentOrganisation").header("If-Match", if_match).json(&json!({"name": name}))
                .send().await
        };
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        let first = current.headers["etag"].to_str().unwrap().to_owned();
        let second = update(&first, "Second").await.snapshot(200, "if_match");
        let second = second.headers["etag"].to_str().unwrap().to_owned();
        update(&first, "Lost").await.snapshot(412, "changed_meanwhile");
        update(&format!("W/{second}"), "Lost").await.snapshot(412, "weak");
        update(&format!("{first}, \"x,\""), "Lost").await.expect(412);
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/name"), "Second");
        assert_eq!(current.headers["etag"].to_str().unwrap(), second);
        assert_eq!(world.db_audit("organisation.updated").await.len(), 1);

        update("*", "Third").await.expect(200);
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        let third = current.headers["etag"].to_str().unwrap().to_owned();
        update(&format!("{first} , {second},{third}"), "Fourth").await.expect(200);
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("updateCurrentOrganisation")
            .header("If-Match", "1")
            .json(&json!({"name": null, "billing_email": "nobody", "plan_id": "enterprise"}))
            .send().await
            .snapshot(400, "invalid");
        ada.client.call("updateCurrentOrganisation").json(&json!({"name": "two\nlines"})).send().await
            .snapshot(400, "control_character");
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        bob.client.call("updateCurrentOrganisation").json(&json!({"name": "Bob's"})).send().await
            .snapshot(403, "not_an_admin");
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/name"), "Acme");
        assert!(world.db_audit("organisation.updated").await.is_empty());
    }

    /// It has the rights of an admin.
    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:write"]).await;
        key.call("updateCurrentOrganisation").json(&json!({"name": "Acme Robotics"})).send().await
            .snapshot(200, "organisation_key");
        let audit = world.db_audit("organisation.updated").await;
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor_user_id, None);
        assert!(audit[0].actor_key_id.is_some());
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("updateCurrentOrganisation").json(&json!({"name": "Acme"})).send().await
            .snapshot(404, "no_active_organisation");
    }
}
