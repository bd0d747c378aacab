//! `getLegalDocument`

use super::{mailed_token, on, outsiders, sign, waiting};
use crate::cases;
use crate::support::world::token_of;

cases! {
    async fn waits(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let shown = on(&ada.client, "getLegalDocument", &acme, &id).await.snapshot(200, "waits");
        assert_eq!(shown.body, created.body);
        // The link that admins are shown is not the one that proves who signs.
        assert_ne!(token_of(&shown.text_at("/signing_url")), mailed_token(&world).await);
    }

    async fn signed(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let token = mailed_token(&world).await;
        world.clock.advance(3_600);
        assert_eq!(sign(&world.anonymous, &token, "Ines Laurent").await.status(), 200);
        let id = created.text_at("/id");
        on(&ada.client, "getLegalDocument", &acme, &id).await.snapshot(200, "signed");
    }

    /// Whoever made it may be gone.
    async fn maker_left(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        ada.client.call("leaveOrganisation").send().await.expect(204);
        let id = created.text_at("/id");
        let shown = on(&bob.client, "getLegalDocument", &acme, &id).await.expect(200);
        assert_eq!(shown.body["created_by"]["email"], "ada@example.com");
        on(&ada.client, "getLegalDocument", &acme, &id).await.expect(404);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        on(&ada.client, "getLegalDocument", &acme, "7").await.snapshot(400, "invalid");
    }

    async fn member(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let id = created.text_at("/id");
        on(&bob.client, "getLegalDocument", &acme, &id).await.snapshot(403, "not_an_admin");
    }

    async fn not_found(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let second = ada.found("Second").await;
        on(&ada.client, "getLegalDocument", &second, &id).await.snapshot(404, "not_found");
        for outsider in outsiders(&world, &ada).await {
            on(&outsider, "getLegalDocument", &acme, &id).await.expect(404);
        }
    }
}
