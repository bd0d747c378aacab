//! `previewInvite`

use crate::cases;
use crate::support::world::token_of;
use crate::support::{Answer, Client, World};

async fn preview(world: &World, token: &str) -> Answer {
    world
        .anonymous
        .call("previewInvite")
        .query("token", token)
        .send()
        .await
}

/// Whom the invite is for that a link leads to.
pub(super) async fn previewed(client: &Client, link: &str) -> String {
    let preview = client
        .anonymous()
        .call("previewInvite")
        .query("token", &token_of(link))
        .send()
        .await;
    preview.expect(200).text_at("/email")
}

cases! {
    async fn pending(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("Carol@Example.com", "admin").await;
        preview(&world, &created.text_at("/token")).await.snapshot(200, "pending");
        preview(&world, &created.text_at("/token")).await.expect(200);
    }

    async fn invited_by_a_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["invites:write"]).await;
        let created = key.call("createInvite").json(&serde_json::json!({"email": "carol@example.com"})).send().await
            .expect(201);
        preview(&world, &created.text_at("/token")).await.snapshot(200, "invited_by_a_key");
    }

    /// The name of the organisation is the present one.
    async fn renamed(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        ada.client.call("updateCurrentOrganisation").json(&serde_json::json!({"name": "Acme Ltd"})).send().await
            .expect(200);
        let previewed = preview(&world, &created.text_at("/token")).await.expect(200);
        assert_eq!(previewed.text_at("/organisation_name"), "Acme Ltd");
    }

    async fn invalid(world: World) {
        world.anonymous.call("previewInvite").send().await.snapshot(400, "missing");
        world.anonymous.call("previewInvite")
            .query("token", "no token").query("token", "x").query("email", "carol@example.com").send().await
            .snapshot(400, "invalid");
        preview(&world, "").await.expect(400);
        preview(&world, &"x".repeat(129)).await.expect(400);
    }

    /// Unknown, cut, lengthened or altered anywhere.
    async fn unknown(world: World) {
        let (ada, _) = world.organisation().await;
        let token = ada.invite("carol@example.com", "member").await.text_at("/token");
        preview(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8").await.snapshot(404, "unknown");
        preview(&world, &token[..token.len() - 1]).await.expect(404);
        preview(&world, &format!("{token}A")).await.expect(404);
        for (index, character) in token.char_indices() {
            let other = if character == 'A' { "Q" } else { "A" };
            let mut altered = token.clone();
            altered.replace_range(index..=index, other);
            assert_ne!(altered, token);
            preview(&world, &altered).await.expect(404);
            world.clock.advance(1);
        }
        preview(&world, &token).await.expect(200);
    }

    async fn replaced(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        ada.client.call("resendInvite").path("invite_id", created.text_at("/id")).send().await.expect(200);
        preview(&world, &created.text_at("/token")).await.snapshot(404, "replaced");
    }

    /// Seven days, to the second.
    async fn expired(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        world.clock.advance(7 * 86_400 - 1);
        preview(&world, &created.text_at("/token")).await.expect(200);
        world.clock.advance(1);
        preview(&world, &created.text_at("/token")).await.snapshot(410, "expired");
        ada.invite("carol@example.com", "member").await;
        preview(&world, &created.text_at("/token")).await.expect(410);
    }

    async fn revoked(world: World) {
        let (ada, _) = world.organisation().await;
        let created = ada.invite("carol@example.com", "member").await;
        ada.client.call("revokeInvite").path("invite_id", created.text_at("/id")).send().await.expect(204);
        preview(&world, &created.text_at("/token")).await.snapshot(410, "revoked");
        world.clock.advance(30 * 86_400);
        preview(&world, &created.text_at("/token")).await.snapshot(410, "revoked");
    }

    async fn accepted(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let created = ada.invite(&bob.email, "member").await;
        bob.accept(&created).await.expect(200);
        preview(&world, &created.text_at("/token")).await.snapshot(410, "accepted");
        world.clock.advance(30 * 86_400);
        preview(&world, &created.text_at("/token")).await.snapshot(410, "accepted");
    }
}
