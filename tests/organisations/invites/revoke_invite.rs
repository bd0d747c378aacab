//! `revokeInvite`

use serde_json::json;

use charter_persistence::DeliveryError;

use crate::cases;
use crate::support::{Answer, Audited, Client};

async fn revoke(client: &Client, invite: &Answer) -> Answer {
    client
        .call("revokeInvite")
        .path("invite_id", invite.text_at("/id"))
        .send()
        .await
}

cases! {
    /// Its link is dead at once.
    async fn revoked(world: World) {
        let (ada, acme) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        revoke(&ada.client, &created).await.snapshot(204, "revoked");

        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(410);
        let carol = world.person("Carol Clark", "carol@example.com").await;
        carol.accept(&created).await.expect(410);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"], json!([]));
        ada.invite("carol@example.com", "member").await;

        let audit = world.db_audit("invite.revoked").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), created.text_at("/id"));
    }

    /// Also one that has expired.
    async fn expired(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        world.clock.advance(8 * 86_400);
        revoke(&ada.client, &created).await.expect(204);
        let listed = ada.client.call("listInvites").query("status", "revoked").send().await.expect(200);
        assert_eq!(listed.text_at("/invites/0/id"), created.text_at("/id"));
        let listed = ada.client.call("listInvites").query("status", "expired").send().await.expect(200);
        assert_eq!(listed.body["invites"], json!([]));
    }

    /// By an admin other than the one who invited, and by a key of the organisation.
    async fn anybodys(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let key = ada.organisation_key(&["invites:write"]).await;
        let carol = ada.invite("carol@example.com", "member").await;
        let dan = ada.invite("dan@example.com", "member").await;
        revoke(&bob.client, &carol).await.expect(204);
        revoke(&key, &dan).await.expect(204);
    }

    /// Its mail does not leave any more.
    async fn mail_in_hand(world: World) {
        let (ada, _) = world.organisation().await;
        world.mailer.refuse(Some(DeliveryError::Temporary("busy".to_owned())));
        let created = ada.invite("carol@example.com", "member").await;
        revoke(&ada.client, &created).await.expect(204);
        world.mailer.refuse(None);
        world.clock.advance(3_600);
        world.store.deliver_due().await.unwrap();
        assert!(world.mailer.mails().is_empty());
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("revokeInvite").path("invite_id", "invite_1").query("notify", "yes").send().await
            .snapshot(400, "invalid");
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let created = ada.invite("carol@example.com", "member").await;
        revoke(&bob.client, &created).await.snapshot(403, "not_an_admin");
        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(200);
        assert!(world.db_audit("invite.revoked").await.is_empty());
    }

    async fn not_found(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let theirs = olga.invite("carol@example.com", "member").await;
        let refused = revoke(&ada.client, &theirs).await.snapshot(404, "not_ours");
        let nobodys = ada.client.call("revokeInvite").path("invite_id", "invite_01kh3aqwt0e60tak362xesvjfr")
            .send().await.expect(404);
        assert_eq!(refused.body["detail"], nobodys.body["detail"]);
        world.anonymous.call("previewInvite").query("token", &theirs.text_at("/token")).send().await.expect(200);
    }

    async fn twice(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        revoke(&ada.client, &created).await.expect(204);
        revoke(&ada.client, &created).await.snapshot(404, "twice");
        assert_eq!(world.db_audit("invite.revoked").await.len(), 1);
    }

    async fn no_active_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        revoke(&bob.client, &created).await.snapshot(404, "no_active_organisation");
    }

    async fn accepted(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let created = ada.invite(&bob.email, "member").await;
        bob.accept(&created).await.expect(200);
        revoke(&ada.client, &created).await.snapshot(409, "accepted");
        bob.client.call("getCurrentOrganisation").send().await.expect(200);
        assert!(world.db_audit("invite.revoked").await.is_empty());
    }
}
