//! Links by which documents are signed: changed, another's, old ones, and those of other
//! things.

use sea_orm::ConnectionTrait as _;

use crate::cases;
use crate::governance::legal_documents::{
    create, json_of, mailed_token, northwind, on, page, shown_token, sign, status, waiting,
};
use crate::support::World;
use crate::support::world::token_of;

/// A link that opens nothing: no page shows anything, and nobody signs.
async fn opens_nothing(world: &World, token: &str) {
    for path in ["/sign/document", "/sign/draft"] {
        let response = page(&world.anonymous, path, token).await;
        assert_eq!(response.status(), 404, "{path} {token}");
    }
    let response = sign(&world.anonymous, token, "Mallory").await;
    assert_eq!(response.status(), 404, "{token}");
}

cases! {
    /// Whichever character is another one, whatever is cut off or put behind.
    async fn changed(world: World) {
        let world = world.without_limits();
        let (ada, acme, created) = waiting(&world).await;
        let token = shown_token(&created);
        for place in 0..token.len() {
            let mut changed: Vec<char> = token.chars().collect();
            changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
            let changed: String = changed.into_iter().collect();
            // The last character has bits that stand for nothing.
            if place + 1 < token.len() {
                opens_nothing(&world, &changed).await;
            }
        }
        for changed in [&token[1..], &token[..token.len() - 1], &format!("{token}AA"), "AAAA"] {
            opens_nothing(&world, changed).await;
        }
        let id = created.text_at("/id");
        assert_eq!(status(&ada.client, &acme, &id).await, "submitted_for_signature");
    }

    /// A link opens its own document and no other.
    async fn of_another_document(world: World) {
        let (ada, acme, dpa) = waiting(&world).await;
        let baa = create(&ada.client, &acme, &northwind("BAA")).await.expect(201);
        let (olga, elsewhere) = world.strangers().await;
        let theirs = create(&olga.client, &elsewhere, &northwind("DPA")).await.expect(201);
        let token = shown_token(&theirs);
        assert_eq!(sign(&world.anonymous, &token, "Olga Outside").await.status(), 200);
        for (document, title) in [(&dpa, "Data Processing Agreement"), (&baa, "Business Associate Agreement")] {
            let shown = page(&world.anonymous, "/sign/document", &shown_token(document)).await;
            assert_eq!(json_of(shown).await["title"], title);
            assert_eq!(status(&ada.client, &acme, &document.text_at("/id")).await, "submitted_for_signature");
        }
    }

    /// Of an earlier generation, and of a document that is withdrawn.
    async fn old(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let (shown, mailed) = (shown_token(&created), mailed_token(&world).await);
        let id = created.text_at("/id");
        let db = world.db().await;
        db.execute_unprepared("UPDATE legal_documents SET generation = 2").await.unwrap();
        for token in [&shown, &mailed] {
            opens_nothing(&world, token).await;
        }
        let now = on(&ada.client, "getLegalDocument", &acme, &id).await.expect(200);
        assert_ne!(shown_token(&now), shown);
        assert_eq!(page(&world.anonymous, "/sign/document", &shown_token(&now)).await.status(), 200);
        // While it is being voided, and afterwards.
        db.execute_unprepared("UPDATE legal_documents SET status = 'voiding', status_before_voiding = 'submitted'").await.unwrap();
        opens_nothing(&world, &shown_token(&now)).await;
        db.close().await.unwrap();
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(204);
        opens_nothing(&world, &shown_token(&now)).await;
    }

    /// Links of other things are worth nothing here, and those to sign by nothing there.
    async fn of_other_things(world: World) {
        let (ada, _, created) = waiting(&world).await;
        let invite = ada.invite("carol@example.com", "admin").await;
        opens_nothing(&world, &invite.text_at("/token")).await;
        opens_nothing(&world, &token_of(&invite.text_at("/invite_url"))).await;
        let token = shown_token(&created);
        world.anonymous.call("previewInvite").query("token", &token).send().await.expect(404);
        world.anonymous.call("confirmAccount").path("token", &token).send().await.expect(404);
    }
}
