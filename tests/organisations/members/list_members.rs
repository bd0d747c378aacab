//! `listMembers`

use serde_json::{Value, json};

use crate::cases;

cases! {
    async fn listed(world: World) {
        let (ada, _) = world.organisation().await;
        world.strangers().await;
        let bob = world.joined(&ada, "Bob Builder", "Bob@Example.com", "member").await;
        let listed = bob.client.call("listMembers").send().await.snapshot(200, "listed");
        assert_eq!(listed.text_at("/members/0/id"), ada.id);
        assert_eq!(listed.text_at("/members/1/id"), bob.id);
        assert_eq!(listed.text_at("/current_user_id"), bob.id);
        assert_eq!(listed.text_at("/current_user_role"), "member");
    }

    /// Those of the active organisation only.
    async fn after_switch(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        bob.found("Bob & Sons").await;
        let own = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(own.body["members"].as_array().unwrap().len(), 1);
        assert_eq!(own.text_at("/members/0/role"), "admin");
        assert_eq!(own.text_at("/current_user_role"), "admin");
        bob.switch(&acme).await;
        let shared = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(shared.body["members"].as_array().unwrap().len(), 2);
        assert_eq!(shared.text_at("/current_user_role"), "member");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["members:read"]).await;
        key.call("listMembers").send().await.snapshot(200, "organisation_key");
    }

    async fn pages(world: World) {
        let (ada, _) = world.organisation().await;
        let mut everybody = vec![ada.id.clone()];
        for name in ["Bob", "Carol", "Dan"] {
            let email = format!("{}@example.com", name.to_lowercase());
            everybody.push(world.joined(&ada, name, &email, "member").await.id);
        }

        let mut page = ada.client.call("listMembers").query("limit", "2").send().await.snapshot(200, "first_page");
        let mut seen: Vec<Value> = Vec::new();
        let mut pages = 1;
        loop {
            let members = page.body["members"].as_array().unwrap();
            seen.extend(members.iter().map(|member| member["id"].clone()));
            assert_eq!(page.text_at("/current_user_id"), ada.id);
            if page.body["next_cursor"].is_null() {
                break;
            }
            let cursor = page.text_at("/next_cursor");
            page = ada.client.call("listMembers").query("limit", "2").query("cursor", &cursor).send().await
                .expect(200);
            pages += 1;
        }
        assert_eq!(Value::from(seen), json!(everybody));
        assert_eq!(pages, 2);
    }

    /// A cursor names a place, whether or not somebody is there; behind the last
    /// member the page is empty.
    async fn any_cursor(world: World) {
        let (ada, _) = world.organisation().await;
        let all = ada.client.call("listMembers").query("cursor", &"0".repeat(26)).send().await.expect(200);
        assert_eq!(all.text_at("/members/0/id"), ada.id);
        ada.client.call("listMembers").query("cursor", &format!("7{}", "z".repeat(25))).send().await
            .snapshot(200, "behind_the_last");
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("listMembers").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listMembers").query("limit", "1001").query("cursor", "8").query("role", "admin").send().await
            .snapshot(400, "invalid");
        ada.client.call("listMembers").query("limit", "ten").query("cursor", "").send().await
            .snapshot(400, "not_a_number");
    }
}
