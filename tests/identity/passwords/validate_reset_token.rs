//! `validateResetToken`

use charter_persistence::MailTemplate;

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, link_token};
use crate::support::audit::refusals;
use crate::support::{Answer, World};

async fn look(world: &World, token: &str) -> Answer {
    world
        .anonymous
        .call("validateResetToken")
        .path("token", token)
        .send()
        .await
}

cases! {
    /// As often as one likes: a mail filter that opens the link does no harm.
    async fn good(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        look(&world, &token).await.snapshot(200, "good");
        look(&world, &token).await.expect(200);
        assert!(world.db_audit("link.refused").await.is_empty());
        world.reset(&token, ANOTHER_PASSWORD).await.expect(200);
    }

    async fn invalid(world: World) {
        world.anonymous.call("validateResetToken").path("token", "a%2Fb").header("X-Language", "klingon").send().await
            .snapshot(400, "invalid");
    }

    async fn unknown(world: World) {
        look(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8").await.snapshot(404, "unknown");
        assert_eq!(refusals(&world.db_audit("link.refused").await), [("not-found", None)]);
    }

    /// Replaced by a newer one, or of another kind.
    async fn another_link(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        world.reset_link("ines@northwind.example").await;
        look(&world, &token).await.expect(404);
        world.sign_up("Mara Olsen", "mara@northwind.example").await;
        let confirm = link_token(&world.letter("mara@northwind.example", MailTemplate::Confirm).await);
        look(&world, &confirm).await.expect(404);
        world.reset(&confirm, ANOTHER_PASSWORD).await.expect(404);
        world.confirm("mara@northwind.example").await;
    }

    async fn expired(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        world.clock.advance(3_599);
        look(&world, &token).await.expect(200);
        world.clock.advance(1);
        look(&world, &token).await.snapshot(410, "expired");
        assert_eq!(refusals(&world.db_audit("link.refused").await), [("link-expired", None)]);
    }

    async fn used(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        world.reset(&token, ANOTHER_PASSWORD).await.expect(200);
        look(&world, &token).await.snapshot(410, "used");
    }
}
