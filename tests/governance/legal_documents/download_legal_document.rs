//! `downloadLegalDocument`

use super::{downloaded, mailed_token, on, outsiders, page, pages_of, sign, waiting};
use crate::cases;

cases! {
    /// The signed PDF is the draft and a page more, which tells how it was signed.
    async fn signed(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let token = mailed_token(&world).await;
        let draft = page(&world.anonymous, "/sign/draft", &token).await;
        let draft = pages_of(&draft.into_body().into_vec().await.unwrap());
        world.clock.advance(86_400);
        let signer = world.anonymous.at("192.0.2.7");
        assert_eq!(sign(&signer, &token, "Inês Laurent").await.status(), 200);

        let answer = on(&ada.client, "downloadLegalDocument", &acme, &id).await.snapshot(302, "signed");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let pages = pages_of(&downloaded(&world, &ada.client, &acme, &id).await);
        assert_eq!(pages[..draft.len()], draft[..]);
        assert_eq!(pages.len(), draft.len() + 1);
        for text in ["Inês Laurent", "192.0.2.7", "Firefox", "mailed to ines@northwind.example", "2026-03-16"] {
            assert!(pages[draft.len()].contains(text), "{text}: {}", pages[draft.len()]);
        }
        // The address is good for a minute, and there is a new one each time.
        let stale = answer.headers["location"].to_str().unwrap();
        world.clock.advance(60);
        let target = stale.strip_prefix("https://charter.example").unwrap();
        let request = poem::Request::builder().uri(target.parse().unwrap()).finish();
        assert_eq!(world.anonymous.send(request).await.status(), 410);
        downloaded(&world, &ada.client, &acme, &id).await;
    }

    async fn unsigned(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        on(&ada.client, "downloadLegalDocument", &acme, &id).await.snapshot(404, "unsigned");
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        on(&ada.client, "downloadLegalDocument", &acme, "7").await.snapshot(400, "invalid");
    }

    async fn member(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let id = created.text_at("/id");
        on(&bob.client, "downloadLegalDocument", &acme, &id).await.snapshot(403, "not_an_admin");
    }

    async fn not_found(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let token = mailed_token(&world).await;
        assert_eq!(sign(&world.anonymous, &token, "Ines Laurent").await.status(), 200);
        let second = ada.found("Second").await;
        on(&ada.client, "downloadLegalDocument", &second, &id).await.snapshot(404, "not_found");
        for outsider in outsiders(&world, &ada).await {
            on(&outsider, "downloadLegalDocument", &acme, &id).await.expect(404);
        }
        // No scope is asked for, and yet the rights are.
        let key = ada.with_scopes(&["profile:read"]).await;
        on(&key, "downloadLegalDocument", &acme, &id).await.expect(302);
    }
}
