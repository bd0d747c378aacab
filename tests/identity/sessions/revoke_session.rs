//! `revokeSession`

use crate::cases;
use crate::support::accounts::PASSWORD;
use crate::support::{Answer, Audited, Client};

async fn revoke(client: &Client, session: &str) -> Answer {
    client
        .call("revokeSession")
        .path("session_id", session)
        .send()
        .await
}

cases! {
    async fn revoked(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let id = other.text_at("/session/_id");
        revoke(&ines.client, &id).await.snapshot(204, "revoked");
        world.with_session(&other).call("getCurrentUser").send().await.expect(401);
        ines.client.call("getCurrentUser").send().await.expect(200);
        let rows = world.db_audit("session.revoked").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), ines.id);
        assert_eq!(rows[0].target(), id);
    }

    /// A session may end itself.
    async fn itself(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let me = ines.client.call("getCurrentUser").send().await.expect(200);
        revoke(&ines.client, &me.text_at("/session/_id")).await.expect(204);
        ines.client.call("getCurrentUser").send().await.expect(401);
    }

    async fn with_a_key(world: World) {
        let (ada, _) = world.organisation().await;
        let session = world.session_of(&ada).await;
        let me = session.call("getCurrentUser").send().await.expect(200);
        revoke(&ada.client, &me.text_at("/session/_id")).await.expect(204);
        session.call("getCurrentUser").send().await.expect(401);
    }

    async fn invalid(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        revoke(&ines.client, "session_1").await.snapshot(400, "invalid");
        revoke(&ines.client, &ines.id).await.expect(400);
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let session = world.session_of(&ada).await;
        let me = session.call("getCurrentUser").send().await.expect(200);
        let key = ada.organisation_key(&["sessions:write"]).await;
        revoke(&key, &me.text_at("/session/_id")).await.snapshot(403, "organisation_key");
        session.call("getCurrentUser").send().await.expect(200);
    }

    /// Another's is as little there as one that nobody has.
    async fn another(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let mara = world.account("Mara Olsen", "mara@northwind.example").await;
        let hers = mara.client.call("getCurrentUser").send().await.expect(200).text_at("/session/_id");
        revoke(&ines.client, &hers).await.snapshot(404, "another");
        revoke(&ines.client, "session_01kqx2m5v8e6jr3nds0kw7bycg").await.expect(404);
        mara.client.call("getCurrentUser").send().await.expect(200);
        assert!(world.db_audit("session.revoked").await.is_empty());
    }

    async fn ended(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let id = other.text_at("/session/_id");
        revoke(&ines.client, &id).await.expect(204);
        revoke(&ines.client, &id).await.snapshot(404, "ended");
        let idle = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        world.clock.advance(7 * 86_400);
        ines.client.call("getCurrentUser").send().await.expect(200);
        world.store.write_last_used().await.unwrap();
        world.clock.advance(7 * 86_400);
        revoke(&ines.client, &idle.text_at("/session/_id")).await.expect(404);
    }
}
