//! `resendInvite`

use charter_persistence::DeliveryError;

use super::preview_invite::previewed;
use crate::cases;
use crate::support::{Answer, Audited, Client};

async fn resend(client: &Client, invite: &Answer) -> Answer {
    client
        .call("resendInvite")
        .path("invite_id", invite.text_at("/id"))
        .send()
        .await
}

cases! {
    /// A new link for 7 more days; the old one is dead.
    async fn resent(world: World) {
        let (ada, acme) = world.organisation().await;
        let created = ada.invite("carol@example.com", "admin").await;
        world.clock.advance(3 * 86_400);
        let resent = resend(&ada.client, &created).await.snapshot(200, "resent");
        assert_eq!(resent.text_at("/id"), created.text_at("/id"));
        assert_ne!(resent.text_at("/token"), created.text_at("/token"));

        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(404);
        world.anonymous.call("previewInvite").query("token", &resent.text_at("/token")).send().await.expect(200);
        let mails = world.mailer.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[1].to, "carol@example.com");
        let url = &mails[1].variables["invite_url"];
        assert_eq!(previewed(&world.anonymous, url).await, resent.text_at("/email"));
        assert_ne!(mails[1].message_id, mails[0].message_id);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"][0], resent.body);

        let carol = world.person("Carol Clark", "carol@example.com").await;
        carol.accept(&created).await.expect(404);
        let accepted = carol.accept(&resent).await.expect(200);
        assert_eq!(accepted.text_at("/organisation/role"), "admin");

        let audit = world.db_audit("invite.resent").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), created.text_at("/id"));
    }

    async fn after_expiry(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        world.clock.advance(30 * 86_400);
        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(410);
        let resent = resend(&ada.client, &created).await.snapshot(200, "after_expiry");
        world.clock.advance(7 * 86_400 - 1);
        world.anonymous.call("previewInvite").query("token", &resent.text_at("/token")).send().await.expect(200);
        world.clock.advance(1);
        world.anonymous.call("previewInvite").query("token", &resent.text_at("/token")).send().await.expect(410);
    }

    /// By another admin; the one who invited has left.
    async fn inviter_left(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let created = ada.invite("carol@example.com", "member").await;
        ada.client.call("leaveOrganisation").send().await.expect(204);
        let resent = resend(&bob.client, &created).await.expect(200);
        assert_eq!(resent.text_at("/invited_by"), ada.id);
    }

    /// The mail with the old link does not leave after the one with the new link.
    async fn old_mail_in_hand(world: World) {
        let (ada, _) = world.organisation().await;
        world.mailer.refuse(Some(DeliveryError::Temporary("busy".to_owned())));
        let created = ada.invite("carol@example.com", "member").await;
        let resent = resend(&ada.client, &created).await.snapshot(200, "mail_delayed");
        world.mailer.refuse(None);
        world.clock.advance(3_600);
        world.store.deliver_due().await.unwrap();
        let mails = world.mailer.mails();
        assert_eq!(mails.len(), 1);
        let url = &mails[0].variables["invite_url"];
        assert_eq!(previewed(&world.anonymous, url).await, resent.text_at("/email"));
    }

    async fn without_mail(world: World) {
        let world = world.without_mail().await;
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        let resent = resend(&ada.client, &created).await.expect(200);
        assert_eq!(resent.text_at("/email_delivery"), "skipped");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        let key = ada.organisation_key(&["invites:write"]).await;
        let resent = resend(&key, &created).await.expect(200);
        assert_eq!(resent.text_at("/invited_by"), ada.id);
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("resendInvite").path("invite_id", &ada.id).query("days", "30").send().await
            .snapshot(400, "invalid");
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let created = ada.invite("carol@example.com", "member").await;
        resend(&bob.client, &created).await.snapshot(403, "not_an_admin");
        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(200);
    }

    async fn not_found(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let theirs = olga.invite("carol@example.com", "member").await;
        let refused = resend(&ada.client, &theirs).await.snapshot(404, "not_ours");
        let nobodys = ada.client.call("resendInvite").path("invite_id", "invite_01kh3aqwt0e60tak362xesvjfr")
            .send().await.expect(404);
        assert_eq!(refused.body["detail"], nobodys.body["detail"]);
        world.anonymous.call("previewInvite").query("token", &theirs.text_at("/token")).send().await.expect(200);
        assert_eq!(world.mailer.mails().len(), 1);
    }

    async fn revoked(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        ada.client.call("revokeInvite").path("invite_id", created.text_at("/id")).send().await.expect(204);
        resend(&ada.client, &created).await.snapshot(404, "revoked");
    }

    async fn no_active_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        resend(&bob.client, &created).await.snapshot(404, "no_active_organisation");
    }

    async fn accepted(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let created = ada.invite(&bob.email, "member").await;
        bob.accept(&created).await.expect(200);
        resend(&ada.client, &created).await.snapshot(409, "accepted");
        ada.client.call("removeMember").path("member_id", &bob.id).send().await.expect(204);
        resend(&ada.client, &created).await.expect(409);
        assert!(world.db_audit("invite.resent").await.is_empty());
    }

    /// After it expired its address was invited anew and has joined.
    async fn already_member(world: World) {
        let (ada, _) = world.organisation().await;
        let old = ada.invite("bob@example.com", "admin").await;
        world.clock.advance(7 * 86_400);
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        resend(&ada.client, &old).await.snapshot(409, "already_member");
        bob.accept(&old).await.expect(409);
        let members = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_role"), "member");
    }

    /// After it expired its address was invited anew.
    async fn invite_pending(world: World) {
        let (ada, _) = world.organisation().await;
        let old = ada.invite("carol@example.com", "admin").await;
        world.clock.advance(7 * 86_400);
        let new = ada.invite("Carol@example.com", "member").await;
        resend(&ada.client, &old).await.snapshot(409, "invite_pending");
        world.anonymous.call("previewInvite").query("token", &new.text_at("/token")).send().await.expect(200);

        // Once the new one is over, the old one can be resent again.
        ada.client.call("revokeInvite").path("invite_id", new.text_at("/id")).send().await.expect(204);
        let resent = resend(&ada.client, &old).await.expect(200);
        assert_eq!(resent.text_at("/role"), "admin");
        assert_eq!(resent.text_at("/status"), "pending");
    }
}
