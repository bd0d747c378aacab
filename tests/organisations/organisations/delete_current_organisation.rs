//! `deleteCurrentOrganisation`

use serde_json::{Value, json};

use crate::cases;
use crate::support::Audited;

cases! {
    /// With everything that belongs to it; the users remain.
    async fn deleted(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let invite = ada.invite("carol@example.com", "member").await;
        let key = ada.organisation_key(&["organisations:read"]).await;
        let bound = world.key_bound_to(&bob, &acme).await;
        ada.client.call("recordUsageEvents")
            .json(&json!({"events": [{"source": "crawler", "id": "1", "type": "page"}]}))
            .send().await
            .expect(200);

        ada.client.call("deleteCurrentOrganisation").send().await.snapshot(204, "deleted");

        for person in [&ada, &bob] {
            let listed = person.client.call("listOrganisations").send().await.expect(200);
            assert_eq!(listed.body["organisations"], json!([]));
            assert_eq!(listed.body["active_organisation_id"], Value::Null);
            person.client.call("getCurrentOrganisation").send().await.expect(404);
            person.client.call("switchOrganisation").json(&json!({"organisation_id": acme})).send().await.expect(404);
        }
        world.anonymous.call("previewInvite").query("token", &invite.text_at("/token")).send().await.expect(404);
        let carol = world.person("Carol Clark", "carol@example.com").await;
        carol.accept(&invite).await.expect(404);
        key.call("listOrganisations").send().await.expect(401);
        assert!([401, 404].contains(&bound.call("getCurrentOrganisation").send().await.status.as_u16()));

        let audit = world.db_audit("organisation.deleted").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), acme);
        assert_eq!(world.db_audit("organisation.created").await.len(), 1, "the history stays");

        ada.found("Phoenix").await;
        ada.client.call("getCurrentOrganisation").send().await.expect(200);
    }

    /// Another organisation of the same users and a stranger's stay as they are.
    async fn others_untouched(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let before = olga.client.call("getCurrentOrganisation").send().await.expect(200);
        ada.found("Short-lived").await;
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);

        let listed = ada.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.text_at("/organisations/0/id"), acme);
        assert_eq!(listed.body["active_organisation_id"], Value::Null);
        ada.switch(&acme).await;
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        let after = olga.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(after.body, before.body);
    }

    /// A mail that has not left yet does not leave any more.
    async fn mail_in_hand(world: World) {
        let (ada, _) = world.organisation().await;
        world.mailer.refuse(Some(charter_persistence::DeliveryError::Temporary("busy".to_owned())));
        ada.invite("carol@example.com", "member").await;
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);
        world.mailer.refuse(None);
        world.clock.advance(86_400);
        world.store.deliver_due().await.unwrap();
        assert!(world.mailer.mails().is_empty());
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        bob.client.call("deleteCurrentOrganisation").send().await.snapshot(403, "not_an_admin");
        let current = bob.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        assert!(world.db_audit("organisation.deleted").await.is_empty());
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:write"]).await;
        key.call("deleteCurrentOrganisation").send().await.snapshot(403, "organisation_key");
        ada.client.call("getCurrentOrganisation").send().await.expect(200);
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("deleteCurrentOrganisation").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("deleteCurrentOrganisation").query("force", "true").query("dry_run", "").send().await
            .snapshot(400, "invalid");
        ada.client.call("getCurrentOrganisation").send().await.expect(200);
    }
}
