//! `listProjects`

use serde_json::json;

use super::{Scene, call, create, names, update};
use crate::cases;

cases! {
    async fn listed(world: World) {
        let Scene { ada, acme, .. } = world.scene().await;
        let (olga, elsewhere) = world.strangers().await;
        create(&olga.client, &elsewhere, &json!({"name": "Another's"})).await;
        call(&ada.client, "listProjects", &acme).send().await.snapshot(200, "listed");
    }

    /// Each sees what getProject shows.
    async fn visible(world: World) {
        let Scene { ada, acme, mia, seb, pia, .. } = world.scene().await;
        let key = ada.organisation_key(&["project:read"]).await;
        let bound = world.key_bound_to(&ada, &acme).await;
        for client in [&ada.client, &key, &bound, &seb.client, &pia.client] {
            let listed = call(client, "listProjects", &acme).send().await.expect(200);
            assert_eq!(names(&listed), ["Open", "Private"]);
            assert_eq!(listed.body["count"], 2);
        }
        let listed = call(&mia.client, "listProjects", &acme).send().await.snapshot(200, "without_private_ones");
        assert_eq!(names(&listed), ["Open"]);
    }

    async fn none(world: World) {
        let (ada, acme) = world.organisation().await;
        call(&ada.client, "listProjects", &acme).send().await.snapshot(200, "none");
    }

    /// There and back again by the addresses, and past the end.
    async fn pages(world: World) {
        let (ada, acme) = world.organisation().await;
        for number in 1..=5 {
            create(&ada.client, &acme, &json!({"name": format!("P{number}")})).await;
        }
        let page = |limit: &str, offset: &str| call(&ada.client, "listProjects", &acme)
            .query("limit", limit).query("offset", offset).send();
        let first = page("2", "0").await.snapshot(200, "first_page");
        assert_eq!(names(&first), ["P1", "P2"]);
        let second = page("2", "2").await.snapshot(200, "middle_page");
        assert_eq!(names(&second), ["P3", "P4"]);
        let third = page("2", "4").await.snapshot(200, "last_page");
        assert_eq!(names(&third), ["P5"]);
        let beyond = page("2", "7").await.snapshot(200, "past_the_end");
        assert!(names(&beyond).is_empty());
        let all = call(&ada.client, "listProjects", &acme).send().await.expect(200);
        assert_eq!(names(&all).len(), 5);
        assert_eq!(all.body["next"], json!(null));
    }

    /// A part of the name, whatever its case; what `LIKE` makes of signs is not asked.
    async fn search(world: World) {
        let (ada, acme) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        for settings in [
            json!({"name": "Wetter für Segler"}),
            json!({"name": "WEB 100%"}),
            json!({"name": "web 100_"}),
            json!({"name": "ÉTÉ", "access_control": true}),
        ] {
            create(&ada.client, &acme, &settings).await;
        }
        for (part, found) in [
            ("we", vec!["Wetter für Segler", "WEB 100%", "web 100_"]),
            ("WEB 1", vec!["WEB 100%", "web 100_"]),
            ("0%", vec!["WEB 100%"]),
            ("0_", vec!["web 100_"]),
            ("\\", vec![]),
            ("FÜR", vec!["Wetter für Segler"]),
            ("t\u{e9}", vec!["ÉTÉ"]),
            ("te\u{301}", vec!["ÉTÉ"]),
            ("%", vec!["WEB 100%"]),
        ] {
            let listed = call(&ada.client, "listProjects", &acme).query("search", part).send().await.expect(200);
            assert_eq!(names(&listed), found, "{part}");
            assert_eq!(listed.body["count"], found.len());
        }
        let listed = call(&mia.client, "listProjects", &acme).query("search", "été").send().await.expect(200);
        assert_eq!(listed.body["count"], 0);
        call(&ada.client, "listProjects", &acme)
            .query("search", "web 1").query("limit", "1").query("offset", "1").send().await
            .snapshot(200, "found");
        // The name that it is found by is the one that it has now.
        let renamed = create(&ada.client, &acme, &json!({"name": "Old"})).await;
        update(&ada.client, &acme, &renamed, &json!({"name": "New"})).await.expect(200);
        for (part, count) in [("old", 0), ("new", 1)] {
            let listed = call(&ada.client, "listProjects", &acme).query("search", part).send().await.expect(200);
            assert_eq!(listed.body["count"], count);
        }
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        call(&ada.client, "listProjects", &elsewhere).send().await.snapshot(404, "not_found");
        ada.found("Second").await;
        let key = ada.organisation_key(&["project:read"]).await;
        call(&key, "listProjects", &acme).send().await.expect(404);
        call(&ada.client, "listProjects", &acme).send().await.expect(200);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        call(&ada.client, "listProjects", &acme)
            .query("limit", "1001").query("offset", "-1").query("search", "a\nb").send().await
            .snapshot(400, "invalid");
    }
}
