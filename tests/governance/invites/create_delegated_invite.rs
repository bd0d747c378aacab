//! `createDelegatedInvite`

use charter_persistence::{DeliveryError, MailTemplate};
use serde_json::{Value, json};

use super::{delegate, delegating, founder, invite, nothing_happened, pending, pending_of, used};
use crate::cases;
use crate::support::{Audited, Person, World};

fn noel() -> Value {
    json!({"target_email": "noel@example.com", "message": "Could you finish this?", "step_at_delegation": "install"})
}

/// The latest mail to Noel.
async fn mail_after_resending(world: &World, ada: &Person, id: &str) -> MailTemplate {
    ada.client
        .call("resendInvite")
        .path("invite_id", id)
        .send()
        .await
        .expect(200);
    world.mailer.mails().last().unwrap().template
}

/// The id of an invite as /v1 has it.
async fn id_of(ada: &Person, email: &str) -> String {
    pending_of(&ada.client, email).await.text_at("/id")
}

cases! {
    /// As an admin, with a mail of its own kind that the request delivers.
    async fn delegated(world: World) {
        let (ada, acme) = world.organisation().await;
        delegate(&ada.client, &acme, &noel()).await.snapshot(200, "delegated");
        let mails = world.mailer.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].template, MailTemplate::Delegation);
        assert_eq!(mails[0].variables["step"], "install");
        let invited = pending_of(&ada.client, "noel@example.com").await;
        assert_eq!(invited.text_at("/role"), "admin");
        assert_eq!(invited.text_at("/email_delivery"), "sent");
        assert_eq!(used(&ada.client).await, 1);
        let audit = world.db_audit("invite.delegated").await;
        assert_eq!(audit.len(), 1);
        assert_eq!([audit[0].organisation(), audit[0].actor()], [acme, ada.id]);
        assert_eq!(audit[0].target(), invited.text_at("/id"));
        let noel = world.person("Noel Castellan", "noel@example.com").await;
        let accepted = noel.accept(&invited).await.expect(200);
        assert_eq!(accepted.text_at("/organisation/role"), "admin");
        assert_eq!(world.mailer.mails().len(), 1);
    }

    /// With nothing but the address, by somebody who has told both names.
    async fn by_session(world: World) {
        let (ines, northwind) = founder(&world, "pt").await;
        delegate(&ines.client, &northwind, &json!({"target_email": "noel@example.com"})).await.snapshot(200, "by_session");
        let mail = world.letter("noel@example.com", MailTemplate::Delegation).await;
        assert_eq!([&mail.variables["message"], &mail.variables["step"]], ["", ""]);
        assert!(world.db_audit("invite.delegated").await[0].actor_session_id.is_some());
    }

    /// In the language of whoever delegates.
    async fn mailed(world: World) {
        for (language, asks, as_what, writes) in [
            ("en", "asks you to set up", "as an admin", "writes"),
            ("pt", "pede que você configure", "como admin", "escreve"),
            ("es", "le pide que configure", "como admin", "escribe"),
        ] {
            let (ines, northwind) = founder(&world, language).await;
            let email = format!("noel-{language}@example.com");
            let body = json!({"target_email": email, "message": "Could you finish this?"});
            delegate(&ines.client, &northwind, &body).await.expect(200);
            let mail = world.letter(&email, MailTemplate::Delegation).await;
            assert_eq!(mail.variables["language"], language);
            assert_eq!(mail.subject, format!("Ines Laurent {asks} Northwind"));
            assert!(mail.text.starts_with(&format!("{} {as_what}.\n\n", mail.subject)), "{}", mail.text);
            let words = format!("\n\nInes Laurent {writes}:\n\n> Could you finish this?\n\n");
            assert!(mail.text.contains(&words), "{}", mail.text);
        }
    }

    async fn mail_skipped(world: World) {
        let world = world.without_mail().await;
        let (ada, acme) = world.organisation().await;
        delegate(&ada.client, &acme, &noel()).await.snapshot(200, "mail_skipped");
        assert_eq!(pending_of(&ada.client, "noel@example.com").await.text_at("/email_delivery"), "skipped");
    }

    /// It was tried, and is tried again.
    async fn mail_delayed(world: World) {
        let (ada, acme) = world.organisation().await;
        world.mailer.refuse(Some(DeliveryError::Temporary("busy".to_owned())));
        let answer = delegate(&ada.client, &acme, &noel()).await.expect(200);
        assert_eq!(answer.body["emailing_attempt_made"], true);
        world.mailer.refuse(None);
        world.clock.advance(60);
        assert_eq!(world.store.deliver_due().await.unwrap(), 1);
        assert_eq!(world.mailer.mails()[0].template, MailTemplate::Delegation);
    }

    /// Of several delegations of one user the latest counts; everybody has their own.
    async fn again(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        delegate(&ada.client, &acme, &noel()).await.expect(200);
        let noel = id_of(&ada, "noel@example.com").await;
        assert_eq!(mail_after_resending(&world, &ada, &noel).await, MailTemplate::Delegation);
        delegate(&bob.client, &acme, &json!({"target_email": "erin@example.com"})).await.expect(200);
        assert_eq!(mail_after_resending(&world, &ada, &noel).await, MailTemplate::Delegation);
        delegate(&ada.client, &acme, &json!({"target_email": "dan@example.com"})).await.expect(200);
        assert_eq!(mail_after_resending(&world, &ada, &noel).await, MailTemplate::Invite);
        for email in ["dan@example.com", "erin@example.com"] {
            let id = id_of(&ada, email).await;
            assert_eq!(mail_after_resending(&world, &ada, &id).await, MailTemplate::Delegation);
        }
        // With the membership goes what the member has delegated; the invite stays.
        bob.client.call("leaveOrganisation").send().await.expect(204);
        let erin = id_of(&ada, "erin@example.com").await;
        assert_eq!(mail_after_resending(&world, &ada, &erin).await, MailTemplate::Invite);
    }

    /// Somebody has to be the one who delegates.
    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organization_member:write"]).await;
        delegate(&key, &acme, &noel()).await.snapshot(403, "organisation_key");
        nothing_happened(&world, &ada.client).await;
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        delegate(&bob.client, &acme, &noel()).await.snapshot(403, "not_an_admin");
        nothing_happened(&world, &ada.client).await;
    }

    async fn no_organisation(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        delegate(&ada.client, &elsewhere, &noel()).await.snapshot(404, "no_organisation");
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &second).await;
        delegate(&bound, &acme, &noel()).await.expect(404);
        let key = ada.organisation_key(&["organization_member:write"]).await;
        delegate(&key, &acme, &noel()).await.expect(404);
        delegate(&bound, &second, &noel()).await.expect(200);
        assert_eq!(world.db_audit("invite.delegated").await[0].organisation(), second);
    }

    async fn already_member(world: World) {
        let (ada, acme) = world.organisation().await;
        delegate(&ada.client, &acme, &json!({"target_email": "Ada@example.com"})).await.snapshot(409, "already_member");
        nothing_happened(&world, &ada.client).await;
    }

    async fn invite_pending(world: World) {
        let (ada, acme) = world.organisation().await;
        invite(&ada.client, &acme, &json!({"target_email": "noel@example.com"})).await.expect(200);
        delegate(&ada.client, &acme, &noel()).await.snapshot(409, "invite_pending");
        assert_eq!(pending(&ada.client).await.len(), 1);
        assert!(world.db_audit("invite.delegated").await.is_empty());
    }

    async fn quota_spent(world: World) {
        let (ada, acme) = world.organisation().await;
        let people: Vec<Value> = (0..10).map(|number| json!({"target_email": format!("guest{number}@example.com")})).collect();
        invite(&ada.client, &acme, &json!(people)).await.expect(200);
        delegate(&ada.client, &acme, &noel()).await.snapshot(402, "quota_spent");
        assert_eq!(pending(&ada.client).await.len(), 10);
        assert!(world.mailer.mails().is_empty());
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        let body = json!({"target_email": "noel", "message": "x".repeat(1_001), "step_at_delegation": "-install", "level": 8});
        delegate(&ada.client, &acme, &body).await.snapshot(400, "invalid");
        nothing_happened(&world, &ada.client).await;
    }

    async fn repeated(world: World) {
        let (ada, acme) = world.organisation().await;
        let call = |body: &Value| delegating(&ada.client, &acme, body).header("Idempotency-Key", "setup-1");
        let first = call(&noel()).send().await.expect(200);
        let second = call(&noel()).send().await.snapshot(200, "repeated");
        assert_eq!(first.body, second.body);
        call(&json!({"target_email": "dan@example.com"})).send().await.snapshot(422, "key_reused");
        assert_eq!(world.mailer.mails().len(), 1);
        assert_eq!(world.db_audit("invite.delegated").await.len(), 1);
    }
}
