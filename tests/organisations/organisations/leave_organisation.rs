//! `leaveOrganisation`

use serde_json::{Value, json};

use crate::cases;
use crate::support::Audited;

cases! {
    async fn left(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        bob.client.call("leaveOrganisation").send().await.snapshot(204, "left");

        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let listed = bob.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.body["organisations"], json!([]));
        assert_eq!(listed.body["active_organisation_id"], Value::Null);
        bob.client.call("getCurrentOrganisation").send().await.expect(404);
        bob.client.call("switchOrganisation").json(&json!({"organisation_id": acme})).send().await.expect(404);

        let audit = world.db_audit("member.left").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), bob.id);
        assert_eq!(audit[0].target(), acme);
    }

    /// An admin may go when there is another one, and may be invited back.
    async fn other_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        ada.client.call("leaveOrganisation").send().await.expect(204);
        let invite = bob.invite(&ada.email, "member").await;
        let back = ada.accept(&invite).await.expect(200);
        assert_eq!(back.text_at("/organisation/id"), acme);
        assert_eq!(back.text_at("/organisation/role"), "member");
    }

    /// The organisation's keys and invites go on without who made them.
    async fn what_remains(world: World) {
        let (ada, acme) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let key = ada.organisation_key(&["members:read"]).await;
        let own = world.key_bound_to(&ada, &acme).await;
        let invite = ada.invite("carol@example.com", "member").await;
        ada.client.call("leaveOrganisation").send().await.expect(204);

        let members = key.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        assert!([401, 404].contains(&own.call("listMembers").send().await.status.as_u16()));
        world.anonymous.call("previewInvite").query("token", &invite.text_at("/token")).send().await.expect(200);
    }

    async fn last_admin(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        ada.client.call("leaveOrganisation").send().await.snapshot(409, "last_admin");
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
        assert!(world.db_audit("member.left").await.is_empty());
    }

    /// Also when nobody else is left.
    async fn last_member(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("leaveOrganisation").send().await.expect(409);
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:write"]).await;
        key.call("leaveOrganisation").send().await.snapshot(403, "organisation_key");
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("leaveOrganisation").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        ada.client.call("leaveOrganisation").query("really", "1").query("organisation_id", "2").send().await
            .snapshot(400, "invalid");
        ada.client.call("getCurrentOrganisation").send().await.expect(200);
    }
}
