//! `confirmAccount`

use charter_persistence::MailTemplate;
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{PASSWORD, link_token};
use crate::support::audit::{refusals, successes};
use crate::support::{Answer, Audited, World};

async fn confirm(world: &World, token: &str) -> Answer {
    world
        .anonymous
        .call("confirmAccount")
        .path("token", token)
        .send()
        .await
}

/// Ines signs up; the token of the link that is mailed to her.
async fn ines(world: &World) -> String {
    world
        .sign_up("Ines Laurent", "ines@northwind.example")
        .await;
    link_token(
        &world
            .letter("ines@northwind.example", MailTemplate::Confirm)
            .await,
    )
}

cases! {
    async fn confirmed(world: World) {
        let token = ines(&world).await;
        let answer = confirm(&world, &token).await.snapshot(200, "confirmed");
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let rows = world.db_audit("address.confirmed").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].target(), answer.text_at("/user/_id"));
    }

    async fn with_a_company(world: World) {
        world.anonymous.call("signUp")
            .json(&json!({
                "email": "ines@northwind.example", "password": PASSWORD, "displayName": "Ines Laurent",
                "roles": "admin", "companyName": "Northwind Research",
            }))
            .send().await.expect(201);
        let token = link_token(&world.letter("ines@northwind.example", MailTemplate::Confirm).await);
        let answer = confirm(&world, &token).await.snapshot(200, "with_a_company");
        let rows = world.db_audit("address.confirmed").await;
        assert_eq!(rows[0].organisation(), answer.text_at("/user/company/_id"));
    }

    /// The invite and the company of one sign-up: the person is in both, and begins
    /// in one of them.
    async fn with_an_invite_and_a_company(world: World) {
        let (ada, acme) = world.organisation().await;
        let invite = ada.invite("ines@northwind.example", "member").await;
        let signed_up = world.anonymous.call("signUp")
            .json(&json!({
                "email": "ines@northwind.example", "password": PASSWORD, "displayName": "Ines Laurent",
                "roles": "admin", "companyName": "Northwind Research", "invite": invite.text_at("/token"),
            }))
            .send().await.expect(201);
        let confirmed = world.confirm("ines@northwind.example").await;
        assert_eq!(confirmed.text_at("/user/company/name"), "Northwind Research");
        let session = world.with_session(&signed_up);
        let listed = session.call("listOrganisations").send().await.expect(200);
        let ids: Vec<_> = listed.body["organisations"].as_array().unwrap().iter()
            .map(|organisation| organisation["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&acme));
        let about = session.call("getCurrentUser").header("X-Workspace-Id", acme).send().await.expect(200);
        assert_eq!(about.body["user"]["roles"], json!(["user"]));
    }

    /// The answer is about the organisation that the request names, if the person
    /// belongs there.
    async fn workspace(world: World) {
        let (_, elsewhere) = world.strangers().await;
        let token = ines(&world).await;
        let answer = world.anonymous.call("confirmAccount")
            .path("token", token)
            .header("X-Workspace-Id", elsewhere)
            .send().await.expect(200);
        assert_eq!(answer.body["user"]["company"], Value::Null);
    }

    async fn languages(world: World) {
        for (language, message) in [
            ("pt", "O endereço está confirmado."),
            ("es", "La dirección está confirmada."),
            ("en", "The address is confirmed."),
        ] {
            let email = format!("{language}@northwind.example");
            world.anonymous.call("signUp")
                .header("X-Language", language)
                .json(&json!({"email": email, "password": PASSWORD, "displayName": "Ines Laurent"}))
                .send().await.expect(201);
            // The person's own.
            assert_eq!(world.confirm(&email).await.text_at("/message"), message);
        }
        let token = ines(&world).await;
        let answer = world.anonymous.call("confirmAccount").path("token", token).header("X-Language", "es")
            .send().await.expect(200);
        assert_eq!(answer.text_at("/message"), "La dirección está confirmada.");
        assert_eq!(answer.text_at("/user/language"), "en");
    }

    async fn invalid(world: World) {
        world.anonymous.call("confirmAccount")
            .path("token", "not%20a%20token")
            .header("X-Workspace-Id", "northwind")
            .header("X-Language", "klingon")
            .send().await
            .snapshot(400, "invalid");
    }

    async fn unknown(world: World) {
        confirm(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8").await.snapshot(404, "unknown");
        let rows = world.db_audit("address.confirmed").await;
        assert_eq!(refusals(&rows), [("not-found", None)]);
    }

    /// A link is good for one thing.
    async fn another_link(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let reset = world.reset_link("ines@northwind.example").await;
        confirm(&world, &reset).await.expect(404);
        world.anonymous.call("validateResetToken").path("token", reset).send().await.expect(200);
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        confirm(&world, &invite.text_at("/token")).await.expect(404);
    }

    async fn used(world: World) {
        let token = ines(&world).await;
        confirm(&world, &token).await.expect(200);
        confirm(&world, &token).await.snapshot(410, "used");
        world.clock.advance(8 * 86_400);
        assert_eq!(confirm(&world, &token).await.expect(410).text_at("/type"), "/problems/link-used");
        let rows = world.db_audit("address.confirmed").await;
        assert_eq!(successes(&rows).len(), 1);
        assert_eq!(refusals(&rows), [("link-used", None), ("link-used", None)]);
    }

    async fn expired(world: World) {
        let token = ines(&world).await;
        world.clock.advance(7 * 86_400);
        confirm(&world, &token).await.snapshot(410, "expired");
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
    }

    async fn in_the_last_second(world: World) {
        let token = ines(&world).await;
        world.clock.advance(7 * 86_400 - 1);
        confirm(&world, &token).await.expect(200);
    }

    /// Somebody else has confirmed the address by another way.
    async fn another_was_first(world: World) {
        let token = ines(&world).await;
        world.person("Ines Laurent", "ines@northwind.example").await;
        let refused = confirm(&world, &token).await;
        assert!([404, 410].contains(&refused.status.as_u16()), "{}", refused.body);
        refused.prove();
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
    }
}
