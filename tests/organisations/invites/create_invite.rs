//! `createInvite`

use charter_persistence::{DeliveryError, MailTemplate};
use serde_json::{Value, json};

use super::preview_invite::previewed;
use crate::cases;
use crate::support::world::token_of;
use crate::support::{Answer, Audited, Client};

async fn invite(client: &Client, email: &str) -> Answer {
    client
        .call("createInvite")
        .json(&json!({ "email": email }))
        .send()
        .await
}

cases! {
    /// As a member unless the request says otherwise, for 7 days.
    async fn created(world: World) {
        let (ada, acme) = world.organisation().await;
        let created = invite(&ada.client, "Carol@Example.com").await.snapshot(201, "created");
        assert_eq!(token_of(&created.text_at("/invite_url")), created.text_at("/token"));

        let audit = world.db_audit("invite.created").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), created.text_at("/id"));
    }

    async fn as_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.client.call("createInvite")
            .json(&json!({"email": "carol@example.com", "role": "admin"}))
            .send().await
            .snapshot(201, "as_admin");
        let carol = world.person("Carol Clark", "carol@example.com").await;
        let accepted = carol.accept(&created).await.expect(200);
        assert_eq!(accepted.text_at("/organisation/role"), "admin");
    }

    /// The mail goes to the address as it was written and holds the link.
    async fn mailed(world: World) {
        let (ada, _) = world.organisation().await;
        let created = invite(&ada.client, "Carol@Example.com").await.expect(201);
        let mails = world.mailer.mails();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.to, "Carol@Example.com");
        assert_eq!(mail.template, MailTemplate::Invite);
        let url = &mail.variables["invite_url"];
        assert!(mail.text.contains(url), "{}", mail.text);
        // It leads to the same invite, and is not the one that admins are shown: who
        // has it reads what is sent to the address.
        assert_ne!(*url, created.text_at("/invite_url"));
        assert_eq!(previewed(&world.anonymous, url).await, "Carol@Example.com");
        assert_eq!(mail.variables["organisation"], "Acme");
        assert_eq!(mail.variables["inviter"], "Ada Admin");
        assert_eq!(mail.variables["role"], "member");
        assert!(mail.subject.contains("Acme"), "{}", mail.subject);
        world.anonymous.call("previewInvite").query("token", &token_of(url)).send().await.expect(200);

        world.clock.advance(86_400);
        world.store.deliver_due().await.unwrap();
        assert_eq!(world.mailer.mails().len(), 1, "it leaves once");
    }

    /// What the mail service does not take now leaves later; the link works meanwhile.
    async fn mail_delayed(world: World) {
        let (ada, _) = world.organisation().await;
        world.mailer.refuse(Some(DeliveryError::Temporary("busy".to_owned())));
        let created = invite(&ada.client, "carol@example.com").await.snapshot(201, "mail_delayed");
        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(200);

        world.mailer.refuse(None);
        assert_eq!(world.store.deliver_due().await.unwrap(), 0, "not before its time");
        world.clock.advance(60);
        assert_eq!(world.store.deliver_due().await.unwrap(), 1);
        let mails = world.mailer.mails();
        assert_eq!(mails.len(), 1);
        let url = &mails[0].variables["invite_url"];
        assert_eq!(previewed(&world.anonymous, url).await, created.text_at("/email"));
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.text_at("/invites/0/email_delivery"), "sent");
    }

    /// What it refuses for good is not tried again.
    async fn mail_refused(world: World) {
        let (ada, _) = world.organisation().await;
        world.mailer.refuse(Some(DeliveryError::Permanent("no such address".to_owned())));
        let created = invite(&ada.client, "carol@example.com").await.expect(201);
        assert_eq!(created.text_at("/email_delivery"), "failed");
        world.mailer.refuse(None);
        world.clock.advance(86_400);
        assert_eq!(world.store.deliver_due().await.unwrap(), 0);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.text_at("/invites/0/email_delivery"), "failed");
    }

    /// Without a mail service the link is passed on by other means.
    async fn mail_skipped(world: World) {
        let world = world.without_mail().await;
        let (ada, _) = world.organisation().await;
        let created = invite(&ada.client, "carol@example.com").await.snapshot(201, "mail_skipped");
        world.anonymous.call("previewInvite").query("token", &created.text_at("/token")).send().await.expect(200);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.text_at("/invites/0/email_delivery"), "skipped");
    }

    /// Nobody invites, then.
    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["invites:write"]).await;
        invite(&key, "carol@example.com").await.snapshot(201, "organisation_key");
        let mails = world.mailer.mails();
        assert_eq!(mails[0].variables["inviter"], "");
        assert!(mails[0].text.contains("Acme"), "{}", mails[0].text);
    }

    /// Another organisation is another matter.
    async fn two_organisations(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        invite(&ada.client, "carol@example.com").await.expect(201);
        invite(&olga.client, "carol@example.com").await.expect(201);
        invite(&olga.client, &ada.email).await.expect(201);
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("createInvite")
            .header("Idempotency-Key", "x".repeat(256))
            .json(&json!({"email": "carol", "role": "owner", "name": "Carol"}))
            .send().await
            .snapshot(400, "invalid");
        ada.client.call("createInvite").json(&json!({"role": null})).send().await
            .snapshot(400, "missing");
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"], json!([]));
        assert!(world.mailer.mails().is_empty());
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let mails = world.mailer.mails().len();
        invite(&bob.client, "carol@example.com").await.snapshot(403, "not_an_admin");
        assert_eq!(world.mailer.mails().len(), mails);
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        invite(&ada.client, "carol@example.com").await.snapshot(404, "no_active_organisation");
    }

    async fn already_member(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let mails = world.mailer.mails().len();
        invite(&ada.client, "BOB@example.COM").await.snapshot(409, "already_member");
        invite(&ada.client, "Ada@example.com").await.expect(409);
        assert_eq!(world.mailer.mails().len(), mails);
        assert_eq!(world.db_audit("invite.created").await.len(), 1);
    }

    /// One pending invite for an address, however it is written.
    async fn invite_pending(world: World) {
        let (ada, _) = world.organisation().await;
        invite(&ada.client, "carol@example.com").await.expect(201);
        invite(&ada.client, "Carol@EXAMPLE.com").await.snapshot(409, "invite_pending");
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), 1);
        assert_eq!(world.mailer.mails().len(), 1);
    }

    /// The plan covers so many a month. What is refused leaves nothing: no invite, no mail,
    /// no row in the audit log, no answer for the key.
    async fn quota_spent(world: World) {
        let (ada, _) = world.organisation().await;
        for number in 0..10 {
            ada.invite(&format!("guest{number}@example.com"), "member").await;
        }
        let create = || ada.client.call("createInvite")
            .header("Idempotency-Key", "carol-1")
            .json(&json!({"email": "carol@example.com"}));
        create().send().await.snapshot(402, "quota_spent");
        // Who would be refused anyway is told why, and not that the quota is spent.
        invite(&ada.client, "guest3@example.com").await.expect(409);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), 10);
        assert_eq!(world.mailer.mails().len(), 10);
        assert_eq!(world.db_audit("invite.created").await.len(), 10);
        ada.plan("starter").await;
        create().send().await.expect(201);
    }

    /// Once the first one is over, the address can be invited again.
    async fn after_the_first(world: World) {
        let (ada, _) = world.organisation().await;
        let first = invite(&ada.client, "carol@example.com").await.expect(201);
        world.clock.advance(7 * 86_400 - 1);
        invite(&ada.client, "carol@example.com").await.expect(409);
        world.clock.advance(1);
        let second = invite(&ada.client, "carol@example.com").await.expect(201);
        assert_ne!(second.text_at("/id"), first.text_at("/id"));
        assert_ne!(second.text_at("/token"), first.text_at("/token"));
        ada.client.call("revokeInvite").path("invite_id", second.text_at("/id")).send().await.expect(204);
        let third = invite(&ada.client, "carol@example.com").await.expect(201);

        let carol = world.person("Carol Clark", "carol@example.com").await;
        carol.accept(&first).await.expect(410);
        carol.accept(&second).await.expect(410);
        carol.accept(&third).await.expect(200);
    }

    async fn repeated(world: World) {
        let (ada, _) = world.organisation().await;
        let create = || ada.client.call("createInvite")
            .header("Idempotency-Key", "carol-1")
            .json(&json!({"email": "carol@example.com"}));
        let first = create().send().await.expect(201);
        let second = create().send().await.snapshot(201, "repeated");
        assert_eq!(second.body, first.body);
        assert_eq!(world.mailer.mails().len(), 1);
        assert_eq!(world.db_audit("invite.created").await.len(), 1);
    }

    /// The repetition tells what became of the mail, too.
    async fn repeated_after_failure(world: World) {
        let (ada, _) = world.organisation().await;
        world.mailer.refuse(Some(DeliveryError::Temporary("busy".to_owned())));
        let mut answers: Vec<Value> = Vec::new();
        for _ in 0..2 {
            let created = ada.client.call("createInvite")
                .header("Idempotency-Key", "carol-1")
                .json(&json!({"email": "carol@example.com"}))
                .send().await
                .expect(201);
            assert_eq!(created.text_at("/email_delivery"), "failed");
            answers.push(created.body);
        }
        assert_eq!(answers[0], answers[1]);
    }

    async fn key_reused(world: World) {
        let (ada, _) = world.organisation().await;
        let create = |email: &str| ada.client.call("createInvite")
            .header("Idempotency-Key", "carol-1")
            .json(&json!({"email": email}));
        create("carol@example.com").send().await.expect(201);
        create("dan@example.com").send().await.snapshot(422, "key_reused");
        assert_eq!(world.mailer.mails().len(), 1);
    }
}
