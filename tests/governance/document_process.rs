//! The process ends between any two arrows. What it was at is postponed and repeated:
//! nothing is lost, and nothing is there twice.

use std::sync::Arc;

use charter_loopback::PandaDocServer;
use charter_persistence::SigningProvider;
use serde_json::json;

use super::legal_documents::{
    create, db_status, northwind, on, page, shown_token, sign, waiting, work,
};
use crate::cases;
use crate::support::signing::{Crash, CrashingSigner, Objects, pandadoc, signed_by};
use crate::support::{Person, World};

/// A minute and a second: whoever had something in hand has it no longer.
const LEASE: i64 = 61;

/// The only document of an organisation.
async fn document(ada: &Person, acme: &str) -> crate::support::Answer {
    let listed = ada
        .client
        .call("listLegalDocuments")
        .path("organization_id", super::bare(acme))
        .send()
        .await
        .expect(200);
    let id = listed.text_at("/results/0/id");
    on(&ada.client, "getLegalDocument", acme, &id)
        .await
        .expect(200)
}

/// The process that ends at a point, over the same database and the same objects.
async fn ending(
    world: World,
    objects: &Objects,
    service: Option<&Arc<dyn SigningProvider>>,
    crash: &Arc<Crash>,
) -> World {
    let world = world.with_objects(objects.reached_by(crash)).await;
    match service {
        Some(service) => {
            let service = CrashingSigner(service.clone(), crash.clone());
            world.with_signing(signed_by(Arc::new(service))).await
        }
        None => world,
    }
}

/// The next process, which nothing ends.
async fn next(
    world: World,
    objects: &Objects,
    service: Option<&Arc<dyn SigningProvider>>,
) -> World {
    let world = world.with_objects(objects.port()).await;
    match service {
        Some(service) => world.with_signing(signed_by(service.clone())).await,
        None => world,
    }
}

cases! {
    /// Made here: between each two arrows on the way to the signed PDF.
    async fn built_in(world: World) {
        let world = world.without_limits();
        let (mut ada, acme) = world.organisation().await;
        let mut world = world;
        let mut ends = 0;
        for point in 1.. {
            let objects = Objects::default();
            let crash = Crash::at(point);
            let mails = world.mailer.mails().len();
            world = ending(world, &objects, None, &crash).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            let body = northwind("BAA");
            let ended = crash.ends(create(&ada.client, &acme, &body)).await;
            if !ended {
                let token = shown_token(&document(&ada, &acme).await);
                let ended = crash.ends(sign(&world.anonymous, &token, "Ines Laurent")).await;
                ends += usize::from(ended);
            }
            ends += usize::from(ended);

            world = next(world, &objects, None).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            work(&world).await;
            if db_status(&world).await.as_deref() != Some("signed") && ended {
                // Nobody is at it yet, for the lease is another's.
                let status = db_status(&world).await.unwrap();
                assert!(["preparing", "sending"].contains(&status.as_str()), "{point}: {status}");
            }
            world.clock.advance(LEASE);
            work(&world).await;
            let found = document(&ada, &acme).await;
            if found.text_at("/status") == "submitted_for_signature" {
                let answer = sign(&world.anonymous, &shown_token(&found), "Ines Laurent").await;
                assert_eq!(answer.status(), 200, "{point}");
            }
            let found = document(&ada, &acme).await;
            assert_eq!(found.text_at("/status"), "signed", "{point}");
            let id = found.text_at("/id");
            on(&ada.client, "downloadLegalDocument", &acme, &id).await.expect(302);
            let keys = objects.keys();
            assert_eq!(keys.len(), 2, "{keys:?}");
            while world.store.deliver_due().await.unwrap() > 0 {}
            assert_eq!(world.mailer.mails().len(), mails + 1, "{point}: one mail");
            db_forget(&world).await;
            if !ended && ends < point {
                break;
            }
        }
        // put and put, before and behind.
        assert_eq!(ends, 4);
    }

    /// By a service: between each two arrows, and each of its calls made and not answered.
    async fn pandadoc_all_the_way(world: World) {
        let world = world.without_limits();
        let (mut ada, acme) = world.organisation().await;
        let mut world = world;
        let mut last = 0;
        for point in 1.. {
            let (server, objects, crash) =
                (PandaDocServer::start().await, Objects::default(), Crash::at(point));
            let service = pandadoc(&server);
            world = ending(world, &objects, Some(&service), &crash).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            let body = northwind("BAA");
            let story = async {
                create(&ada.client, &acme, &body).await.expect(201);
                for _ in 0..4 {
                    world.clock.advance(70);
                    work(&world).await;
                }
                server.becomes("document.completed");
                world.clock.advance(1_000);
                work(&world).await;
            };
            let ended = crash.ends(story).await;

            world = next(world, &objects, Some(&service)).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            for _ in 0..4 {
                world.clock.advance(70);
                work(&world).await;
            }
            server.becomes("document.completed");
            world.clock.advance(1_000);
            work(&world).await;
            let found = document(&ada, &acme).await;
            assert_eq!(found.text_at("/status"), "signed", "{point}");
            assert_eq!(found.body["signing_url"], json!(null));
            let id = found.text_at("/id");
            on(&ada.client, "downloadLegalDocument", &acme, &id).await.expect(302);
            // One envelope, sent once.
            assert_eq!(server.document().sent, 1, "{point}");
            db_forget(&world).await;
            last = point;
            if !ended {
                break;
            }
        }
        assert!(last > 12, "{last}");
    }

    /// While a document is withdrawn: the worker finishes what the request has begun.
    async fn withdrawing(world: World) {
        let world = world.without_limits();
        let (mut ada, acme) = world.organisation().await;
        let mut world = world;
        for point in [1, 2] {
            let (server, objects) = (PandaDocServer::start().await, Objects::default());
            let service = pandadoc(&server);
            world = next(world, &objects, Some(&service)).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            let created = create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
            for _ in 0..4 {
                world.clock.advance(70);
                work(&world).await;
            }
            assert_eq!(server.document().status, "document.sent");
            let crash = Crash::at(point);
            world = ending(world, &objects, Some(&service), &crash).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            let id = created.text_at("/id");
            let delete = on(&ada.client, "deleteLegalDocument", &acme, &id);
            assert!(crash.ends(delete).await);
            assert_eq!(db_status(&world).await.as_deref(), Some("voiding"));

            world = next(world, &objects, Some(&service)).await.without_limits();
            ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
            work(&world).await;
            assert_eq!(db_status(&world).await.as_deref(), Some("voiding"));
            // Somebody may be at it still, as far as anybody knows.
            on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(503);
            world.clock.advance(LEASE);
            work(&world).await;
            assert_eq!(db_status(&world).await, None);
            assert_eq!(server.document().status, "document.voided");
            assert!(objects.keys().is_empty(), "{:?}", objects.keys());
            let audit = world.db_audit("legal_document.deleted").await;
            assert_eq!(audit.len(), point);
            assert_eq!(audit[point - 1].request_id, "worker");
            assert_eq!(audit[point - 1].target_id.as_deref(), Some(id.as_str()));
        }
    }

    /// The signer is faster than whoever withdraws, and the process ends.
    async fn withdrawn_too_late(world: World) {
        let (mut ada, acme) = world.organisation().await;
        let (server, objects) = (PandaDocServer::start().await, Objects::default());
        let service = pandadoc(&server);
        let mut world = next(world, &objects, Some(&service)).await;
        ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
        let created = create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
        for _ in 0..4 {
            world.clock.advance(70);
            work(&world).await;
        }
        let crash = Crash::at(1);
        world = ending(world, &objects, Some(&service), &crash).await;
        ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
        let id = created.text_at("/id");
        assert!(crash.ends(on(&ada.client, "deleteLegalDocument", &acme, &id)).await);
        server.becomes("document.completed");

        world = next(world, &objects, Some(&service)).await;
        ada.client = world.anonymous.with_key(ada.client.key.clone().unwrap());
        world.clock.advance(LEASE);
        work(&world).await;
        assert_eq!(document(&ada, &acme).await.text_at("/status"), "signed");
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(403);
        on(&ada.client, "downloadLegalDocument", &acme, &id).await.expect(302);
        assert!(world.db_audit("legal_document.deleted").await.is_empty());
    }

    /// A link works on whichever process is there.
    async fn links_outlive_it(world: World) {
        let (_, _, created) = waiting(&world).await;
        let token = shown_token(&created);
        let url = world.db_url().to_owned();
        let store = world.open(&url, None).await;
        let other = world.serve(&store, &charter_server::configuration::Configuration::default());
        assert_eq!(page(&other, "/sign/draft", &token).await.status(), 200);
        assert_eq!(sign(&other, &token, "Ines Laurent").await.status(), 200);
        assert_eq!(sign(&world.anonymous, &token, "Ines Laurent").await.status(), 410);
    }
}

/// Makes room for the next round.
async fn db_forget(world: &World) {
    use sea_orm::ConnectionTrait as _;
    let db = world.db().await;
    db.execute_unprepared("DELETE FROM legal_documents")
        .await
        .unwrap();
    db.close().await.unwrap();
}
