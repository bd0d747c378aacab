//! What must hold whoever comes at the same moment.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::join;

use super::legal_documents::{
    create, db_status, json_of, northwind, on, shown_token, sign, status, waiting, work,
};
use crate::cases;
use crate::support::Answer;
use crate::support::audit::successes;

/// How often two requests are let loose on each other.
const ROUNDS: usize = 10;

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    statuses
}

cases! {
    /// Of two documents of a type one is made.
    async fn two_of_a_type(world: World) {
        let (ada, acme) = world.organisation().await;
        for round in 1..=5 {
            let body = northwind("DPA");
            let answers = join!(create(&ada.client, &acme, &body), create(&ada.client, &acme, &body));
            let answers = [answers.0, answers.1];
            assert_eq!(statuses(&answers), [201, 409]);
            let audit = world.db_audit("legal_document.created").await;
            assert_eq!(successes(&audit).len(), round);
            let made = answers.iter().find(|answer| answer.status == 201).unwrap();
            on(&ada.client, "deleteLegalDocument", &acme, &made.text_at("/id")).await.expect(204);
        }
    }

    /// Twenty clicks are one signature.
    async fn clicks(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let token = shown_token(&created);
        let names: Vec<String> = (0..20).map(|number| format!("Signer {number}")).collect();
        let clicks = names.iter().map(|name| sign(&world.anonymous, &token, name));
        let mut statuses: Vec<u16> = join_all(clicks).await.iter().map(|click| click.status().as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200);
        assert!(statuses[1..].iter().all(|status| *status == 410), "{statuses:?}");
        assert_eq!(successes(&world.db_audit("legal_document.signed").await).len(), 1);
        assert_eq!(status(&ada.client, &acme, &created.text_at("/id")).await, "signed");
    }

    /// Deleting and signing: one of the two happens, and happens wholly.
    async fn delete_and_sign(world: World) {
        let (ada, acme) = world.organisation().await;
        let (mut deletions, mut signatures) = (0, 0);
        for round in 0..ROUNDS {
            let created = create(&ada.client, &acme, &northwind("BAA")).await.expect(201);
            let (id, token) = (created.text_at("/id"), shown_token(&created));
            // Once the one has a little more time, once the other.
            let wait = |first: bool| tokio::time::sleep(Duration::from_micros(if first { 0 } else { 900 }));
            let (deleted, signed) = join!(
                async { wait(round % 2 == 0).await; on(&ada.client, "deleteLegalDocument", &acme, &id).await },
                async { wait(round % 2 == 1).await; sign(&world.anonymous, &token, "Ines").await }
            );
            deleted.prove();
            match (deleted.status.as_u16(), signed.status().as_u16()) {
                (204, 404) => {
                    assert_eq!(db_status(&world).await, None);
                    deletions += 1;
                }
                // The signed PDF may be on its way at that moment.
                (403 | 503, 200) => {
                    work(&world).await;
                    assert_eq!(db_status(&world).await.as_deref(), Some("signed"));
                    signatures += 1;
                    let db = world.db().await;
                    sea_orm::ConnectionTrait::execute_unprepared(&db, "DELETE FROM legal_documents").await.unwrap();
                    db.close().await.unwrap();
                }
                other => panic!("{other:?}: {} {}", deleted.body, json_of(signed).await),
            }
        }
        assert_eq!(deletions + signatures, ROUNDS);
        assert_eq!(world.db_audit("legal_document.deleted").await.len(), deletions);
        assert_eq!(successes(&world.db_audit("legal_document.signed").await).len(), signatures);
    }

    /// Of two who delete one does, and nobody is told otherwise.
    async fn two_deletions(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let delete = || on(&ada.client, "deleteLegalDocument", &acme, &id);
        let answers = join!(delete(), delete());
        let answers = [answers.0, answers.1];
        answers.iter().for_each(Answer::prove);
        let found = statuses(&answers);
        assert_eq!(found[0], 204, "{found:?}");
        assert!([404, 503].contains(&found[1]), "{found:?}");
        assert_eq!(world.db_audit("legal_document.deleted").await.len(), 1);
    }
}
