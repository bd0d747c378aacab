//! `revokeOtherSessions`

use crate::cases;
use crate::support::accounts::PASSWORD;
use crate::support::{Audited, Client, World};

async fn begin(world: &World) -> Client {
    let answer = world
        .sign_in("ines@northwind.example", PASSWORD)
        .await
        .expect(200);
    world.with_session(&answer)
}

cases! {
    /// All but the one that asks, and nobody else's.
    async fn revoked(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let mara = world.account("Mara Olsen", "mara@northwind.example").await;
        let others = [begin(&world).await, begin(&world).await];
        ines.client.call("revokeOtherSessions").send().await.snapshot(204, "revoked");
        for other in others {
            other.call("getCurrentUser").send().await.expect(401);
        }
        ines.client.call("getCurrentUser").send().await.expect(200);
        mara.client.call("getCurrentUser").send().await.expect(200);
        // There is nothing wrong with having none.
        ines.client.call("revokeOtherSessions").send().await.expect(204);
        let rows = world.db_audit("sessions.revoked").await;
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].actor(), ines.id);
    }

    /// With a key, every one; keys go on working.
    async fn with_a_key(world: World) {
        let (ada, _) = world.organisation().await;
        let session = world.session_of(&ada).await;
        ada.client.call("revokeOtherSessions").send().await.expect(204);
        session.call("getCurrentUser").send().await.expect(401);
        ada.client.call("getCurrentUser").send().await.expect(200);
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let session = world.session_of(&ada).await;
        ada.organisation_key(&["sessions:write"]).await.call("revokeOtherSessions").send().await
            .snapshot(403, "organisation_key");
        session.call("getCurrentUser").send().await.expect(200);
    }
}
