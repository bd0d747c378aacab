//! `validateInviteToken`

use serde_json::{Value, json};

use crate::cases;
use crate::support::audit::refusals;
use crate::support::{Answer, World};

async fn look(world: &World, token: &str) -> Answer {
    world
        .anonymous
        .call("validateInviteToken")
        .path("token", token)
        .send()
        .await
}

cases! {
    /// By either link, as often as one likes.
    async fn pending(world: World) {
        let (ada, acme) = world.organisation().await;
        let invite = ada.invite("Mara@northwind.example", "member").await;
        let answer = look(&world, &invite.text_at("/token")).await.snapshot(200, "pending");
        assert_eq!(answer.text_at("/_id"), acme);
        assert_eq!(answer.text_at("/invited/_id"), invite.text_at("/id"));
        let mailed = world.mailed_invite("Mara@northwind.example").await;
        let again = look(&world, &mailed).await.snapshot(200, "mailed");
        assert_eq!(again.body, answer.body);
        assert!(world.db_audit("link.refused").await.is_empty());
        world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        look(&world, &mailed).await.expect(200);
    }

    /// Nobody in particular invites, into the rights of an admin.
    async fn by_the_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["invites:write"]).await;
        let invite = key.call("createInvite").json(&json!({"email": "mara@northwind.example", "role": "admin"}))
            .send().await.expect(201);
        let answer = look(&world, &invite.text_at("/token")).await.expect(200);
        assert_eq!(answer.body["invited"]["inviter"], Value::Null);
        assert_eq!(answer.text_at("/invited/roles"), "admin");
    }

    async fn invalid(world: World) {
        world.anonymous.call("validateInviteToken")
            .path("token", "not%20a%20token")
            .header("X-Workspace-Id", "northwind")
            .send().await
            .snapshot(400, "invalid");
    }

    async fn unknown(world: World) {
        look(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8").await.snapshot(404, "unknown");
        assert_eq!(refusals(&world.db_audit("link.refused").await), [("not-found", None)]);
    }

    async fn replaced(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        let mailed = world.mailed_invite("mara@northwind.example").await;
        ada.client.call("resendInvite").path("invite_id", invite.text_at("/id")).send().await.expect(200);
        look(&world, &invite.text_at("/token")).await.snapshot(404, "replaced");
        look(&world, &mailed).await.expect(404);
    }

    async fn expired(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        world.clock.advance(7 * 86_400 - 1);
        look(&world, &invite.text_at("/token")).await.expect(200);
        world.clock.advance(1);
        look(&world, &invite.text_at("/token")).await.snapshot(410, "expired");
        assert_eq!(refusals(&world.db_audit("link.refused").await), [("invite-expired", None)]);
    }

    async fn revoked(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send().await.expect(204);
        look(&world, &invite.text_at("/token")).await.snapshot(410, "revoked");
    }

    async fn accepted(world: World) {
        let (ada, _) = world.organisation().await;
        let mara = world.person("Mara Olsen", "mara@northwind.example").await;
        let invite = ada.invite(&mara.email, "member").await;
        mara.accept(&invite).await.expect(200);
        look(&world, &invite.text_at("/token")).await.snapshot(410, "accepted");
    }
}
