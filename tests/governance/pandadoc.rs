//! Documents that PandaDoc has signed, by the adapter of the service over real HTTP.

use charter_loopback::{PandaDocServer, SIGNED_PDF, Trouble};
use charter_persistence::SigningOptions;
use serde_json::Value;

use super::legal_documents::{
    create, db_status, downloaded, northwind, on, page, pages_of, sign, status, work,
};
use crate::cases;
use crate::support::signing::{Objects, pandadoc, signed_by};
use crate::support::{Person, World};

/// More than PandaDoc needs until a draft can be sent.
const MOMENT: i64 = 5;

/// The service, whose new documents are signed by PandaDoc, and that.
async fn with_pandadoc(world: World) -> (World, PandaDocServer) {
    let server = PandaDocServer::start().await;
    let world = world.with_signing(signed_by(pandadoc(&server))).await;
    (world, server)
}

/// Ada, her organisation, and the id of its document, which the signer has.
async fn sent(world: &World, server: &PandaDocServer) -> (Person, String, String) {
    let (ada, acme) = world.organisation().await;
    let id = send(world, &ada, &acme).await;
    assert_eq!(server.document().status, "document.sent");
    (ada, acme, id)
}

async fn send(world: &World, ada: &Person, acme: &str) -> String {
    let created = create(&ada.client, acme, &northwind("DPA"))
        .await
        .expect(201);
    for _ in 0..2 {
        world.clock.advance(MOMENT);
        work(world).await;
    }
    created.text_at("/id")
}

cases! {
    async fn all_the_way(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (ada, acme) = world.organisation().await;
        // PandaDoc has it, and is not done with it.
        let created = create(&ada.client, &acme, &northwind("DPA")).await.snapshot(201, "by_pandadoc");
        let id = created.text_at("/id");
        let there = server.document();
        assert_eq!(there.status, "document.uploaded");
        assert_eq!(there.name, "Data Processing Agreement: Northwind Research Lda");
        assert_eq!(there.signer, "ines@northwind.example");
        assert_eq!(there.metadata["charter_id"], id.as_str());
        let pages = pages_of(&there.file).join(" ");
        for tag in ["{signature:signer:signature", "{textfield:signer:name", "{textfield:signer:title", "{date:signer:date"] {
            assert!(pages.contains(tag), "{tag}: {pages}");
        }

        world.clock.advance(MOMENT);
        work(&world).await;
        assert_eq!(status(&ada.client, &acme, &id).await, "preparing");
        world.clock.advance(MOMENT);
        work(&world).await;
        assert_eq!(server.document().status, "document.sent");
        let waits = on(&ada.client, "getLegalDocument", &acme, &id).await.expect(200);
        assert_eq!(waits.text_at("/status"), "submitted_for_signature");
        assert_eq!(waits.body["signing_url"], Value::Null);

        server.becomes("document.viewed");
        world.clock.advance(60);
        work(&world).await;
        assert_eq!(status(&ada.client, &acme, &id).await, "submitted_for_signature");
        server.becomes("document.completed");
        server.seals_slowly(2);
        world.clock.advance(60);
        work(&world).await;
        // Signed, and the PDF has not arrived.
        assert_eq!(db_status(&world).await.as_deref(), Some("finishing"));
        on(&ada.client, "downloadLegalDocument", &acme, &id).await.snapshot(404, "on_its_way");
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(403);
        for _ in 0..2 {
            world.clock.advance(900);
            work(&world).await;
        }
        let signed = on(&ada.client, "getLegalDocument", &acme, &id).await.expect(200);
        assert_eq!(signed.text_at("/status"), "signed");
        assert_eq!(signed.text_at("/signed_at"), "2026-03-15T11:00:00.337395Z");
        assert_eq!(downloaded(&world, &ada.client, &acme, &id).await, SIGNED_PDF.as_bytes());
        // Nothing is mailed from here, and nothing is asked any more.
        while world.store.deliver_due().await.unwrap() > 0 {}
        assert!(world.mailer.mails().is_empty());
        let asked = server.asked().len();
        world.clock.advance(86_400);
        work(&world).await;
        assert_eq!(server.asked().len(), asked);
    }

    /// Links to sign by here open nothing that is signed there.
    async fn no_link_here(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (_, _, id) = sent(&world, &server).await;
        let token = charter_persistence::SignToken {
            document: id.parse().unwrap(),
            generation: 1,
            origin: charter_persistence::Origin::Mail,
        }.sign(&world.server_keys);
        assert_eq!(page(&world.anonymous, "/sign/draft", &token).await.status(), 404);
        assert_eq!(sign(&world.anonymous, &token, "Ines").await.status(), 404);
    }

    /// The pauses between two looks grow, to 15 minutes.
    async fn asked_ever_less(world: World) {
        let (world, server) = with_pandadoc(world).await;
        sent(&world, &server).await;
        let looks = |seconds: i64| {
            let (world, server) = (&world, &server);
            async move {
                let before = server.asked().len();
                for _ in 0..seconds / 15 {
                    world.clock.advance(15);
                    work(world).await;
                }
                server.asked().len() - before
            }
        };
        let first = looks(600).await;
        assert!((5..=10).contains(&first), "{first}");
        looks(86_400).await;
        let later = looks(3_600).await;
        assert!((3..=4).contains(&later), "{later}");
    }

    async fn declined(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (ada, acme, id) = sent(&world, &server).await;
        server.becomes("document.declined");
        world.clock.advance(60);
        work(&world).await;
        on(&ada.client, "getLegalDocument", &acme, &id).await.snapshot(200, "failed");
        on(&ada.client, "downloadLegalDocument", &acme, &id).await.expect(404);
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(204);
        send(&world, &ada, &acme).await;
        assert_eq!(server.documents().len(), 2);
    }

    /// What PandaDoc refuses for good is not sent again.
    async fn refused(world: World) {
        let (world, server) = with_pandadoc(world).await;
        server.refuses();
        let (ada, acme) = world.organisation().await;
        let created = create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
        assert_eq!(created.text_at("/status"), "failed");
        on(&ada.client, "deleteLegalDocument", &acme, &created.text_at("/id")).await.expect(204);
    }

    /// Whoever is asked too much, or out of order, is asked again.
    async fn troubled(world: World) {
        let (world, server) = with_pandadoc(world).await;
        server.trouble([Some(Trouble::Status(429))]);
        let (ada, acme) = world.organisation().await;
        let created = create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
        assert_eq!(created.text_at("/status"), "preparing");
        assert!(server.documents().is_empty());
        // The list is answered; the answer to the document is lost.
        server.trouble([None, Some(Trouble::AnswerLost)]);
        for _ in 0..8 {
            world.clock.advance(60);
            work(&world).await;
        }
        assert_eq!(server.document().sent, 1);
        assert_eq!(status(&ada.client, &acme, &created.text_at("/id")).await, "submitted_for_signature");
    }

    /// First it is voided there, then it goes here.
    async fn withdrawn(world: World) {
        let objects = Objects::default();
        let (world, server) = with_pandadoc(world.with_objects(objects.port()).await).await;
        let (ada, acme, id) = sent(&world, &server).await;
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(204);
        assert_eq!(server.document().status, "document.voided");
        work(&world).await;
        assert!(objects.keys().is_empty());
    }

    /// What nobody has seen yet is deleted there.
    async fn withdrawn_early(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (ada, acme) = world.organisation().await;
        let created = create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
        assert_eq!(server.documents().len(), 1);
        on(&ada.client, "deleteLegalDocument", &acme, &created.text_at("/id")).await.expect(204);
        assert!(server.documents().is_empty());
    }

    /// What is not voided stays, as it was, and can be signed and withdrawn as before.
    async fn not_voided(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (ada, acme, id) = sent(&world, &server).await;
        server.stubborn(true);
        let refused = on(&ada.client, "deleteLegalDocument", &acme, &id).await.snapshot(503, "not_voided");
        assert_eq!(refused.headers["retry-after"], "5");
        assert_eq!(db_status(&world).await.as_deref(), Some("submitted"));
        assert!(world.db_audit("legal_document.deleted").await.is_empty());
        for trouble in [Trouble::Status(500), Trouble::Status(429), Trouble::Redirect, Trouble::Nonsense] {
            server.trouble([Some(trouble)]);
            on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(503);
            assert_eq!(db_status(&world).await.as_deref(), Some("submitted"));
        }
        server.stubborn(false);
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(204);
        assert_eq!(server.document().status, "document.voided");
    }

    /// The signer was faster.
    async fn signed_meanwhile(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (ada, acme, id) = sent(&world, &server).await;
        server.becomes("document.completed");
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(403);
        assert_eq!(status(&ada.client, &acme, &id).await, "signed");
        assert!(world.db_audit("legal_document.deleted").await.is_empty());
    }

    /// With the organisation goes what was sent for it, also if PandaDoc is out of order at
    /// first.
    async fn organisation_deleted(world: World) {
        let objects = Objects::default();
        let (world, server) = with_pandadoc(world.with_objects(objects.port()).await).await;
        let (ada, _, _) = sent(&world, &server).await;
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);
        server.trouble([Some(Trouble::Status(503)), Some(Trouble::Status(503))]);
        for _ in 0..4 {
            world.clock.advance(61);
            work(&world).await;
        }
        assert_eq!(server.document().status, "document.voided");
        assert!(objects.keys().is_empty(), "{:?}", objects.keys());
    }

    /// Whoever signs new documents here is still asked about those that are there.
    async fn configured_away(world: World) {
        let (world, server) = with_pandadoc(world).await;
        let (ada, acme, id) = sent(&world, &server).await;
        // Without a key nobody can be asked: what is there stays.
        let world = world.with_signing(SigningOptions::default()).await;
        let client = world.anonymous.with_key(ada.client.key.clone().unwrap());
        on(&client, "deleteLegalDocument", &acme, &id).await.expect(503);
        world.clock.advance(1_000);
        work(&world).await;
        assert_eq!(status(&client, &acme, &id).await, "submitted_for_signature");
        let world = world.with_signing(SigningOptions {
            pandadoc: Some(pandadoc(&server)),
            ..SigningOptions::default()
        }).await;
        let client = world.anonymous.with_key(ada.client.key.clone().unwrap());
        let baa = create(&client, &acme, &northwind("BAA")).await.expect(201);
        assert!(baa.body["signing_url"].is_string());
        on(&client, "deleteLegalDocument", &acme, &id).await.expect(204);
        assert_eq!(server.document().status, "document.voided");
    }
}
