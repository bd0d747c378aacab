//! `getCurrentUser`

use serde_json::Value;

use crate::cases;
use crate::support::accounts::PASSWORD;

cases! {
    async fn session(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        ines.found("Northwind Research").await;
        ines.client.call("getCurrentUser").send().await.snapshot(200, "session");
    }

    /// A key is no session, and somebody whom an operator has made never signed in.
    async fn key(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("getCurrentUser").send().await.snapshot(200, "key");
    }

    async fn pending(world: World) {
        let signed_up = world.sign_up("Ines Laurent", "ines@northwind.example").await;
        world.with_session(&signed_up).call("getCurrentUser").send().await.snapshot(200, "pending");
    }

    /// About the organisation that the request names, else the active one; a bound
    /// key, else its own.
    async fn workspace(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let first = ines.found("Northwind Research").await;
        let second = ines.found("Laurent & Co").await;
        let about = ines.client.call("getCurrentUser").header("X-Workspace-Id", &first).send().await
            .snapshot(200, "workspace");
        assert_eq!(about.text_at("/user/company/_id"), first);
        let about = ines.client.call("getCurrentUser").send().await.expect(200);
        assert_eq!(about.text_at("/user/company/_id"), second);
        let bound = world.key_bound_to(&ines, &first).await;
        let about = bound.call("getCurrentUser").send().await.expect(200);
        assert_eq!(about.text_at("/user/company/_id"), first);
    }

    /// When it began, last of all.
    async fn last_login(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        world.clock.advance(3_600);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let me = ines.client.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.text_at("/user/last_login"), "2026-03-15T13:01:00Z");
        assert_eq!(me.text_at("/session/created"), "2026-03-15T12:01:00Z");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("getCurrentUser").header("X-Workspace-Id", "northwind").query("verbose", "1").send().await
            .snapshot(400, "invalid");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["profile:read"]).await;
        key.call("getCurrentUser").send().await.snapshot(403, "organisation_key");
    }

    /// Acting in another organisation than one believes would be worse.
    async fn not_a_member(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let (_, elsewhere) = world.strangers().await;
        ines.client.call("getCurrentUser").header("X-Workspace-Id", elsewhere).send().await
            .snapshot(404, "not_a_member");
        ines.client.call("getCurrentUser").header("X-Workspace-Id", "org_01kghch8h0emq8k9w39qsaekf4").send().await
            .expect(404);
        let me = ines.client.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.body["user"]["company"], Value::Null);
    }
}
