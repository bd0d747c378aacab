//! `createLegalDocument`

use charter_persistence::SigningOptions;
use serde_json::{Value, json};

use super::{
    create, json_of, mailed_token, northwind, outsiders, page, pages_of, shown_token, status,
    waiting,
};
use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Audited};

fn violations(answer: &Answer) -> Vec<(&str, &str)> {
    let errors = answer.body["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            let [pointer, keyword] = ["pointer", "keyword"].map(|name| error[name].as_str());
            (pointer.unwrap(), keyword.unwrap())
        })
        .collect()
}

cases! {
    /// It is written, kept, and on its way within the request; the worker mails the link.
    async fn created(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let created = created.snapshot(201, "created");
        let id = created.text_at("/id");
        assert_eq!(status(&ada.client, &acme, &id).await, "submitted_for_signature");

        let mailed = mailed_token(&world).await;
        assert_ne!(mailed, shown_token(&created));
        let mails = world.mailer.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "ines@northwind.example");
        let title = "Data Processing Agreement between Northwind Research Lda and charter.example";
        assert_eq!(mails[0].subject, title);
        assert_eq!(
            mails[0].text,
            format!(
                "You are asked to sign the {title} for Northwind Research Lda.\n\n\
                 Open this link to read and sign it:\n\n\
                 https://charter.example/sign?token={mailed}\n\n\
                 Whoever has the link can sign. Pass it on only to somebody who may sign for \
                 Northwind Research Lda.\n\
                 If you did not expect this mail, you can ignore it.\n"
            )
        );

        // Both links show the same draft, which has what was asked for.
        let draft = page(&world.anonymous, "/sign/draft", &mailed).await;
        let draft = draft.into_body().into_vec().await.unwrap();
        let shown = page(&world.anonymous, "/sign/draft", &shown_token(&created)).await;
        assert_eq!(shown.into_body().into_vec().await.unwrap(), draft);
        let pages = pages_of(&draft).join(" ");
        for text in ["Northwind Research Lda", "Rua do Cais 12", "1100-104 Lisboa", "charter.example"] {
            assert!(pages.contains(text), "{text}: {pages}");
        }

        let audit = world.db_audit("legal_document.created").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), id);
    }

    /// Without anything that could send mail, admins pass the link on.
    async fn without_mail(world: World) {
        let world = world.without_mail().await;
        let (_, _, created) = waiting(&world).await;
        let document = page(&world.anonymous, "/sign/document", &shown_token(&created)).await;
        assert_eq!(json_of(document).await["company_name"], "Northwind Research Lda");
        world.store.deliver_due().await.unwrap();
        assert!(world.mailer.mails().is_empty());
    }

    /// Under the operator's own name, as it is at that moment.
    async fn operator(world: World) {
        let world = world.with_signing(SigningOptions {
            operator_name: Some("Charter Operations GmbH".to_owned()),
            operator_address: Some("Hafenstraße 3, 20457 Hamburg".to_owned()),
            ..SigningOptions::default()
        }).await;
        let (_, _, created) = waiting(&world).await;
        let token = shown_token(&created);
        let document = page(&world.anonymous, "/sign/document", &token).await;
        assert_eq!(json_of(document).await["operator_name"], "Charter Operations GmbH");
        let draft = page(&world.anonymous, "/sign/draft", &token).await;
        let pages = pages_of(&draft.into_body().into_vec().await.unwrap()).join(" ");
        assert!(pages.contains("Charter Operations GmbH"), "{pages}");
        assert!(pages.contains("Hafenstraße 3"), "{pages}");
    }

    /// One of each type.
    async fn exists(world: World) {
        let (ada, acme, _) = waiting(&world).await;
        create(&ada.client, &acme, &northwind("DPA")).await.snapshot(409, "document_exists");
        create(&ada.client, &acme, &northwind("BAA")).await.snapshot(201, "another_type");
        assert_eq!(world.db_audit("legal_document.created").await.len(), 2);
        let (olga, elsewhere) = world.strangers().await;
        create(&olga.client, &elsewhere, &northwind("DPA")).await.expect(201);
    }

    /// What the font has no glyphs for is no contract full of boxes.
    async fn unprintable(world: World) {
        let (ada, acme) = world.organisation().await;
        let mut body = northwind("DPA");
        body["company_name"] = json!("株式会社ノースウィンド");
        create(&ada.client, &acme, &body).await.snapshot(400, "unprintable");
        body["company_address"] = json!("東京都港区");
        let refused = create(&ada.client, &acme, &body).await.expect(400);
        let found = violations(&refused);
        assert_eq!(found, [("/company_name", "pattern"), ("/company_address", "pattern")]);
        body = northwind("DPA");
        body["company_name"] = json!("Ελαιώνες Кипр & Søn Řepka ß");
        create(&ada.client, &acme, &body).await.expect(201);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        let body = json!({
            "document_type": "NDA",
            "company_name": " ",
            "representative_email": "nobody",
            "status": "signed",
        });
        create(&ada.client, &acme, &body).await.snapshot(400, "invalid");
    }

    async fn member(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        create(&bob.client, &acme, &northwind("DPA")).await.snapshot(403, "not_an_admin");
        assert!(world.db_audit("legal_document.created").await.is_empty());
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        for outsider in outsiders(&world, &ada).await {
            create(&outsider, &acme, &northwind("DPA")).await.expect(404);
        }
        let nowhere = "org_00000000000000000000000000";
        create(&ada.client, nowhere, &northwind("DPA")).await.snapshot(404, "not_found");
    }

    /// The rights are those in the organisation of the path, whichever is active.
    async fn elsewhere_active(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.found("Second").await;
        create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
        let audit = world.db_audit("legal_document.created").await;
        assert_eq!(audit[0].organisation(), acme);
    }

    /// A key of the organisation has the rights of an admin, and is nobody.
    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["legal_document:write"]).await;
        create(&key, &acme, &northwind("DPA")).await.snapshot(201, "organisation_key");
    }

    /// The answer that is kept is the one that was given, also how far it got.
    async fn repeated(world: World) {
        let (ada, acme) = world.organisation().await;
        let call = |body: &Value| ada.client.call("createLegalDocument")
            .path("organization_id", bare(&acme))
            .header("Idempotency-Key", "dpa-1")
            .json(body);
        let first = call(&northwind("DPA")).send().await.expect(201);
        assert_eq!(first.text_at("/status"), "submitted_for_signature");
        let again = call(&northwind("DPA")).send().await.snapshot(201, "repeated");
        assert_eq!(again.body, first.body);
        call(&northwind("BAA")).send().await.snapshot(422, "key_reused");
        assert_eq!(world.db_audit("legal_document.created").await.len(), 1);
    }
}
