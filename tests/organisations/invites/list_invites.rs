//! `listInvites`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Person, World};

/// An hour passes between invites, so that their ids are in order.
async fn invite(world: &World, admin: &Person, email: &str) -> Answer {
    world.clock.advance(3_600);
    admin.invite(email, "member").await
}

cases! {
    async fn none(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listInvites").send().await.snapshot(200, "none");
    }

    /// Each with the link that still works.
    async fn pending(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        olga.invite("dan@example.com", "member").await;
        let carol = invite(&world, &ada, "carol@example.com").await;
        let dan = invite(&world, &ada, "Dan@Example.com").await;

        let listed = ada.client.call("listInvites").send().await.snapshot(200, "with_links");
        assert_eq!(listed.body["invites"], json!([carol.body, dan.body]));
        for answer in [&carol, &dan] {
            world.anonymous.call("previewInvite").query("token", &answer.text_at("/token")).send().await.expect(200);
        }
    }

    /// An invite is in one state at a time.
    async fn by_status(world: World) {
        let (ada, _) = world.organisation().await;
        let expired = ada.invite("erin@example.com", "member").await;
        world.clock.advance(7 * 86_400);
        let pending = invite(&world, &ada, "pia@example.com").await;
        let accepted = invite(&world, &ada, "bob@example.com").await;
        let revoked = invite(&world, &ada, "rose@example.com").await;
        world.person("Bob Builder", "bob@example.com").await.accept(&accepted).await.expect(200);
        ada.client.call("revokeInvite").path("invite_id", revoked.text_at("/id")).send().await.expect(204);

        for (status, invite) in [
            ("pending", pending), ("accepted", accepted), ("revoked", revoked), ("expired", expired),
        ] {
            let listed = ada.client.call("listInvites").query("status", status).send().await
                .snapshot(200, status);
            assert_eq!(listed.body["invites"].as_array().unwrap().len(), 1);
            assert_eq!(listed.text_at("/invites/0/id"), invite.text_at("/id"));
            assert_eq!(listed.text_at("/invites/0/status"), status);
        }
        let default = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(default.text_at("/invites/0/status"), "pending");
    }

    /// One that was superseded by a new invite after it expired stays in the history.
    async fn superseded(world: World) {
        let (ada, _) = world.organisation().await;
        let old = ada.invite("carol@example.com", "member").await;
        world.clock.advance(7 * 86_400);
        let new = ada.invite("carol@example.com", "admin").await;
        let expired = ada.client.call("listInvites").query("status", "expired").send().await.expect(200);
        assert_eq!(expired.text_at("/invites/0/id"), old.text_at("/id"));
        assert_eq!(expired.body["invites"].as_array().unwrap().len(), 1);
        let pending = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(pending.text_at("/invites/0/id"), new.text_at("/id"));
        assert_eq!(pending.body["invites"].as_array().unwrap().len(), 1);
    }

    async fn pages(world: World) {
        let (ada, _) = world.organisation().await;
        let mut created: Vec<Value> = Vec::new();
        for number in 1..=5 {
            let answer = invite(&world, &ada, &format!("guest{number}@example.com")).await;
            created.push(answer.body["id"].clone());
        }
        let mut page = ada.client.call("listInvites").query("limit", "2").query("status", "pending").send().await
            .snapshot(200, "first_page");
        let mut seen: Vec<Value> = Vec::new();
        loop {
            let invites = page.body["invites"].as_array().unwrap();
            seen.extend(invites.iter().map(|invite| invite["id"].clone()));
            if page.body["next_cursor"].is_null() {
                break;
            }
            let cursor = page.text_at("/next_cursor");
            page = ada.client.call("listInvites").query("limit", "2").query("cursor", &cursor).send().await
                .expect(200);
        }
        assert_eq!(seen, created);
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let carol = ada.invite("carol@example.com", "member").await;
        let key = ada.organisation_key(&["invites:read"]).await;
        let listed = key.call("listInvites").send().await.expect(200);
        assert_eq!(listed.text_at("/invites/0/id"), carol.text_at("/id"));
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        bob.client.call("listInvites").send().await.snapshot(403, "not_an_admin");
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("listInvites").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listInvites")
            .query("status", "open").query("limit", "-1").query("cursor", "invite_1").send().await
            .snapshot(400, "invalid");
    }
}
