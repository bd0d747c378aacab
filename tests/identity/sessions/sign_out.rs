//! `signOut`

use crate::cases;
use crate::support::Audited;
use crate::support::accounts::PASSWORD;

cases! {
    /// The session is over at once; others go on.
    async fn signed_out(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let session = world.with_session(&other);
        session.call("signOut").send().await.snapshot(204, "signed_out");
        session.call("getCurrentUser").send().await.expect(401);
        session.call("signOut").send().await.expect(401);
        let listed = ines.client.call("listSessions").send().await.expect(200);
        assert_eq!(listed.body["sessions"].as_array().unwrap().len(), 1);

        let rows = world.db_audit("session.ended").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), ines.id);
        assert_eq!(rows[0].target(), other.text_at("/session/_id"));
        assert!(rows[0].actor_session_id.is_some());
    }

    /// Whose address waits for confirmation may leave as well.
    async fn pending(world: World) {
        let signed_up = world.sign_up("Ines Laurent", "ines@northwind.example").await;
        let session = world.with_session(&signed_up);
        session.call("signOut").send().await.expect(204);
        session.call("getCurrentUser").send().await.expect(401);
        world.confirm("ines@northwind.example").await;
        session.call("getCurrentUser").send().await.expect(401);
    }

    /// A key is revoked, not signed out.
    async fn key(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("signOut").send().await.snapshot(403, "session_required");
        ada.organisation_key(&["sessions:write"]).await.call("signOut").send().await.expect(403);
        ada.client.call("getCurrentUser").send().await.expect(200);
    }
}
