//! `deleteLegalDocument`

use super::{
    create, db_status, mailed_token, northwind, on, outsiders, page, shown_token, sign, waiting,
    work,
};
use crate::cases;
use crate::support::Audited;
use crate::support::signing::Objects;

cases! {
    /// What nobody has signed goes: the row, the mail, the draft, and the links.
    async fn deleted(world: World) {
        let objects = Objects::default();
        let world = world.with_objects(objects.port()).await;
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        assert_eq!(objects.keys().len(), 1);
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.snapshot(204, "deleted");
        on(&ada.client, "getLegalDocument", &acme, &id).await.expect(404);
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(404);
        for path in ["/sign/document", "/sign/draft"] {
            assert_eq!(page(&world.anonymous, path, &shown_token(&created)).await.status(), 404);
        }
        assert_eq!(sign(&world.anonymous, &shown_token(&created), "Ines").await.status(), 404);
        // The mail had not left yet.
        world.store.deliver_due().await.unwrap();
        assert!(world.mailer.mails().is_empty());
        work(&world).await;
        assert!(objects.keys().is_empty(), "{:?}", objects.keys());

        let audit = world.db_audit("legal_document.deleted").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), id);
        // And there is room for another.
        create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
    }

    /// A signed one stays for good.
    async fn signed(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let token = mailed_token(&world).await;
        assert_eq!(sign(&world.anonymous, &token, "Ines Laurent").await.status(), 200);
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.snapshot(403, "signed");
        assert_eq!(db_status(&world).await.as_deref(), Some("signed"));
        assert!(world.db_audit("legal_document.deleted").await.is_empty());
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        on(&ada.client, "deleteLegalDocument", &acme, "7").await.snapshot(400, "invalid");
    }

    async fn member(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let id = created.text_at("/id");
        on(&bob.client, "deleteLegalDocument", &acme, &id).await.snapshot(403, "not_an_admin");
        assert_eq!(db_status(&world).await.as_deref(), Some("submitted"));
    }

    async fn not_found(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let second = ada.found("Second").await;
        on(&ada.client, "deleteLegalDocument", &second, &id).await.snapshot(404, "not_found");
        for outsider in outsiders(&world, &ada).await {
            on(&outsider, "deleteLegalDocument", &acme, &id).await.expect(404);
        }
        assert_eq!(db_status(&world).await.as_deref(), Some("submitted"));
    }

    /// With the organisation everything goes, signed or not.
    async fn organisation_deleted(world: World) {
        let objects = Objects::default();
        let world = world.with_objects(objects.port()).await;
        let (ada, acme, _) = waiting(&world).await;
        let token = mailed_token(&world).await;
        assert_eq!(sign(&world.anonymous, &token, "Ines Laurent").await.status(), 200);
        create(&ada.client, &acme, &northwind("BAA")).await.expect(201);
        assert_eq!(objects.keys().len(), 3);
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);
        assert_eq!(db_status(&world).await, None);
        work(&world).await;
        assert_eq!(objects.keys().len(), 3, "somebody may be at work on them");
        world.clock.advance(61);
        work(&world).await;
        assert!(objects.keys().is_empty(), "{:?}", objects.keys());
    }
}
