//! Invite mail by SMTP, from the operation to the mail server: what
//! `email_delivery` says is so.

use std::sync::Arc;

use charter_persistence::{Mailer, Store};
use charter_server::configuration::{self, Configuration, Encryption, Smtp};
use charter_server::mail::SmtpMailer;
use serde_json::json;

use crate::cases;
use crate::support::smtp::{Manner, SmtpServer};
use crate::support::world::token_of;
use crate::support::{Answer, Client, World};

/// A service that mails through `port`.
async fn mailing(world: &World, port: u16) -> (Store, Client) {
    let smtp = Smtp {
        host: Some("127.0.0.1".to_owned()),
        port: Some(port),
        encryption: Encryption::None,
        timeout_seconds: 5,
        ..Smtp::default()
    };
    let mail = configuration::Mail {
        from: Some("Charter <charter@charter.example>".to_owned()),
        ..configuration::Mail::default()
    };
    let mailer: Arc<dyn Mailer> =
        Arc::new(SmtpMailer::new(&smtp, &mail, world.clock.clone()).unwrap());
    let store = world.open(world.db_url(), Some(mailer)).await;
    let service = world.serve(&store, &Configuration::default());
    (store, service)
}

async fn invite(client: &Client, email: &str) -> Answer {
    client
        .call("createInvite")
        .json(&json!({ "email": email }))
        .send()
        .await
        .expect(201)
}

async fn delivery(client: &Client, invite: &Answer) -> String {
    let listed = client.call("listInvites").send().await.expect(200);
    let invites = listed.body["invites"].as_array().unwrap();
    let invite = invites
        .iter()
        .find(|other| other["id"] == invite.body["id"])
        .unwrap();
    invite["email_delivery"].as_str().unwrap().to_owned()
}

cases! {
    /// The mail is there when the answer says so, and its link works.
    async fn sent(world: World) {
        let (ada, _) = world.organisation().await;
        let smtp = SmtpServer::start().await;
        let (_, service) = mailing(&world, smtp.port).await;
        let client = Client { key: ada.client.key.clone(), ..service };
        let invite = invite(&client, "Mara@Example.com").await;
        assert_eq!(invite.text_at("/email_delivery"), "sent");

        let mails = smtp.received();
        let [mail] = mails.as_slice() else {
            panic!("{mails:#?}");
        };
        assert_eq!(mail.recipient, "Mara@Example.com");
        assert_eq!(mail.header("To").unwrap(), "Mara@Example.com");
        let from = mail.header("From").unwrap();
        assert!(from.contains("charter@charter.example"), "{from}");
        assert!(mail.header("Subject").unwrap().contains("Acme"));
        assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
        assert_eq!(mail.header("Date").unwrap(), "Sun, 15 Mar 2026 12:01:00 +0000");
        assert!(mail.message_id().ends_with("@charter.example>"));

        let body = mail.body();
        let link = body
            .split_whitespace()
            .find(|word| word.starts_with("https://"))
            .unwrap_or_else(|| panic!("no link in {}", mail.content));
        // Not the one that admins are shown: it proves who reads the mail.
        assert_ne!(link, invite.text_at("/invite_url"));
        client
            .anonymous()
            .call("previewInvite")
            .query("token", &token_of(link))
            .send()
            .await
            .expect(200);
    }

    /// A server that cannot take it now gets it later, under the same id, until
    /// it has it.
    async fn failed_and_sent_later(world: World) {
        let (ada, _) = world.organisation().await;
        let smtp = SmtpServer::start().await;
        let (store, service) = mailing(&world, smtp.port).await;
        let client = Client { key: ada.client.key.clone(), ..service };
        for (number, manner) in [
            Manner::RefusesRecipients("451 try again later"),
            Manner::RefusesContent("452 no room"),
            Manner::HangsUp,
            Manner::RefusesRecipients("530 authentication required"),
        ]
        .into_iter()
        .enumerate()
        {
            smtp.be(manner);
            let email = format!("mara{number}@example.com");
            let invite = invite(&client, &email).await;
            assert_eq!(invite.text_at("/email_delivery"), "failed", "{manner:?}");
            assert_eq!(delivery(&client, &invite).await, "failed");

            // Not before its time.
            world.clock.advance(29);
            assert_eq!(store.deliver_due().await.unwrap(), 0);
            world.clock.advance(1);
            assert_eq!(store.deliver_due().await.unwrap(), 1);
            assert_eq!(delivery(&client, &invite).await, "failed", "{manner:?}");
            assert_eq!(smtp.received().len(), number);

            smtp.be(Manner::Accepts);
            world.clock.advance(120);
            assert_eq!(store.deliver_due().await.unwrap(), 1);
            assert_eq!(delivery(&client, &invite).await, "sent");
            assert_eq!(smtp.received().len(), number + 1);
            assert_eq!(smtp.received()[number].recipient, email);
            // Once is enough.
            world.clock.advance(86_400);
            assert_eq!(store.deliver_due().await.unwrap(), 0);
        }
    }

    /// An address that the server refuses for good is not tried again, until
    /// somebody sends the invite again.
    async fn refused_for_good(world: World) {
        let (ada, _) = world.organisation().await;
        let smtp = SmtpServer::start().await;
        let (store, service) = mailing(&world, smtp.port).await;
        let client = Client { key: ada.client.key.clone(), ..service };
        smtp.be(Manner::RefusesRecipients("550 no such mailbox"));
        let invite = invite(&client, "nobody@example.com").await;
        assert_eq!(invite.text_at("/email_delivery"), "failed");
        world.clock.advance(3_600);
        assert_eq!(store.deliver_due().await.unwrap(), 0);
        assert_eq!(delivery(&client, &invite).await, "failed");

        smtp.be(Manner::Accepts);
        let resent = client
            .call("resendInvite")
            .path("invite_id", invite.text_at("/id"))
            .send()
            .await
            .expect(200);
        assert_eq!(resent.text_at("/email_delivery"), "sent");
        assert_eq!(smtp.received().len(), 1);
    }

    /// No server at all is a failure as well, and mended in time.
    async fn nobody_there(world: World) {
        let (ada, _) = world.organisation().await;
        let port = SmtpServer::start().await.port;
        tokio::task::yield_now().await;
        let (_, service) = mailing(&world, port).await;
        let client = Client { key: ada.client.key.clone(), ..service };
        let invite = invite(&client, "mara@example.com").await;
        assert_eq!(invite.text_at("/email_delivery"), "failed");
    }

    /// A mail that waits is taken back with its invite.
    async fn revoked_before_it_was_sent(world: World) {
        let (ada, _) = world.organisation().await;
        let smtp = SmtpServer::start().await;
        let (store, service) = mailing(&world, smtp.port).await;
        let client = Client { key: ada.client.key.clone(), ..service };
        smtp.be(Manner::RefusesContent("451 try again later"));
        let invite = invite(&client, "mara@example.com").await;
        client
            .call("revokeInvite")
            .path("invite_id", invite.text_at("/id"))
            .send()
            .await
            .expect(204);
        smtp.be(Manner::Accepts);
        world.clock.advance(3_600);
        assert_eq!(store.deliver_due().await.unwrap(), 0);
        assert!(smtp.received().is_empty());
    }
}
