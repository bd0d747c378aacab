//! `listOrganisations`

use serde_json::{Value, json};

use crate::cases;

cases! {
    async fn none(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("listOrganisations").send().await.snapshot(200, "none");
    }

    /// Each in the role that the caller has there; those of others are not seen.
    async fn several(world: World) {
        let (ada, acme) = world.organisation().await;
        world.strangers().await;
        world.clock.advance(3_600);
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let own = bob.found("Bob & Sons").await;
        let invite = ada.invite("bob@example.com", "member").await;
        bob.accept(&invite).await.expect(200);

        let listed = bob.client.call("listOrganisations").send().await.snapshot(200, "several");
        assert_eq!(listed.text_at("/organisations/0/id"), acme);
        assert_eq!(listed.text_at("/organisations/1/id"), own);
        assert_eq!(listed.text_at("/active_organisation_id"), acme);
    }

    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organisations:read"]).await;
        ada.found("Another one").await;

        let listed = key.call("listOrganisations").send().await.snapshot(200, "organisation_key");
        assert_eq!(listed.text_at("/organisations/0/id"), acme);
        assert_eq!(listed.text_at("/active_organisation_id"), acme);
    }

    async fn pages(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        let mut founded = Vec::new();
        for number in 1..=5 {
            world.clock.advance(1);
            founded.push(ada.found(&format!("Number {number}")).await);
        }

        let mut page = ada.client.call("listOrganisations").query("limit", "2").send().await
            .snapshot(200, "first_page");
        let mut seen = Vec::new();
        loop {
            let organisations = page.body["organisations"].as_array().unwrap();
            seen.extend(organisations.iter().map(|organisation| organisation["id"].clone()));
            assert_eq!(page.text_at("/active_organisation_id"), founded[4]);
            if page.body["next_cursor"].is_null() {
                assert_eq!(organisations.len(), 1);
                break;
            }
            assert_eq!(organisations.len(), 2);
            let cursor = page.text_at("/next_cursor");
            page = ada.client.call("listOrganisations")
                .query("limit", "2").query("cursor", &cursor).send().await.expect(200);
        }
        assert_eq!(Value::from(seen), json!(founded));

        let whole = ada.client.call("listOrganisations").query("limit", "5").send().await.expect(200);
        assert_eq!(whole.body["next_cursor"], Value::Null);
    }

    async fn invalid(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("listOrganisations").query("limit", "0").query("cursor", "org_1").send().await
            .snapshot(400, "invalid");
    }
}
