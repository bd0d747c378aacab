//! `resetPassword`

use charter_persistence::MailTemplate;
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD, link_token, twice};
use crate::support::audit::{refusals, successes};
use crate::support::{Answer, Audited, World};

async fn reset(world: &World, token: &str, body: &Value) -> Answer {
    world
        .anonymous
        .call("resetPassword")
        .path("token", token)
        .json(body)
        .send()
        .await
}

cases! {
    /// Whoever knew the password before is out, whatever session they have.
    async fn reset_once(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        ines.found("Northwind Research").await;
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let key = world.key_bound_to(&ines, &ines.found("Laurent & Co").await).await;
        let mara = world.account("Mara Olsen", "mara@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        let answer = reset(&world, &token, &twice(ANOTHER_PASSWORD)).await.snapshot(200, "reset");

        ines.client.call("getCurrentUser").send().await.expect(401);
        world.with_session(&other).call("getCurrentUser").send().await.expect(401);
        mara.client.call("getCurrentUser").send().await.expect(200);
        key.call("getCurrentUser").send().await.expect(200);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
        world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.expect(200);

        let letter = world.letter("ines@northwind.example", MailTemplate::PasswordChanged).await;
        assert!(!letter.text.contains("https://"), "{}", letter.text);
        let rows = world.db_audit("password.reset").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), ines.id);
        assert_eq!(rows[0].target(), ines.id);
        assert_eq!(answer.text_at("/user/_id"), ines.id);
        for secret in [token.as_str(), ANOTHER_PASSWORD] {
            assert!(!world.db_holds(secret).await, "{secret}");
        }
    }

    /// The link of a sign-up without a password confirms the address, too.
    async fn confirms(world: World) {
        let signed_up = world.anonymous.call("signUp")
            .json(&json!({
                "email": "ines@northwind.example", "displayName": "Ines Laurent", "generatePassword": true,
                "roles": "admin", "companyName": "Northwind Research",
            }))
            .send().await.expect(201);
        let token = link_token(&world.letter("ines@northwind.example", MailTemplate::Reset).await);
        let answer = reset(&world, &token, &twice(PASSWORD)).await.snapshot(200, "confirms");
        assert_eq!(answer.text_at("/user/_id"), signed_up.text_at("/user/_id"));
        let signed_in = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        world.with_session(&signed_in).call("getCurrentOrganisation").send().await.expect(200);
    }

    /// A place where the link was opened is a home: failures from elsewhere are
    /// not felt there.
    async fn a_new_home(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        let attempt = |address: &str, password: &str| {
            let call = json!({"email": "ines@northwind.example", "password": password});
            let client = world.anonymous.at(address);
            async move { client.call("signIn").json(&call).send().await }
        };
        for number in 0..30 {
            attempt(&format!("198.51.100.{number}"), "nothing of the sort").await;
        }
        attempt("192.0.2.17", PASSWORD).await.expect(429);
        world.anonymous.at("192.0.2.17").call("resetPassword").path("token", token)
            .json(&twice(ANOTHER_PASSWORD)).send().await.expect(200);
        attempt("192.0.2.17", ANOTHER_PASSWORD).await.expect(200);
        attempt("192.0.2.18", ANOTHER_PASSWORD).await.expect(429);
    }

    /// A refused password leaves the link alive.
    async fn refused_passwords(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        reset(&world, &token, &json!({"newPassword": "short", "confirmPassword": "", "token": "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8"})).await
            .snapshot(400, "invalid");
        reset(&world, &token, &json!({"newPassword": ANOTHER_PASSWORD, "confirmPassword": PASSWORD})).await
            .snapshot(400, "differs");
        reset(&world, &token, &twice("password1")).await.snapshot(400, "leaked");
        reset(&world, &token, &twice("ines@northwind.example")).await.snapshot(400, "guessable");
        assert!(world.db_audit("password.reset").await.is_empty());
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        reset(&world, &token, &twice(ANOTHER_PASSWORD)).await.expect(200);
    }

    async fn unknown(world: World) {
        reset(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8", &twice(PASSWORD)).await.snapshot(404, "unknown");
        assert_eq!(refusals(&world.db_audit("password.reset").await), [("not-found", None)]);
    }

    async fn expired(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        world.clock.advance(3_600);
        reset(&world, &token, &twice(ANOTHER_PASSWORD)).await.snapshot(410, "expired");
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
    }

    async fn used(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        reset(&world, &token, &twice(ANOTHER_PASSWORD)).await.expect(200);
        reset(&world, &token, &twice(PASSWORD)).await.snapshot(410, "used");
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
        let rows = world.db_audit("password.reset").await;
        assert_eq!(successes(&rows).len(), 1);
        assert_eq!(refusals(&rows), [("link-used", None)]);
    }

    /// In the language of the request, else in the person's own.
    async fn languages(world: World) {
        world.anonymous.call("signUp").header("X-Language", "es")
            .json(&json!({"email": "ines@northwind.example", "password": PASSWORD, "displayName": "Inés"}))
            .send().await.expect(201);
        world.confirm("ines@northwind.example").await;
        let token = world.reset_link("ines@northwind.example").await;
        let answer = reset(&world, &token, &twice(ANOTHER_PASSWORD)).await.expect(200);
        assert_eq!(answer.text_at("/message"), "La contraseña está definida.");
        let letter = world.letter("ines@northwind.example", MailTemplate::PasswordChanged).await;
        assert_eq!(letter.subject, "Su contraseña ha cambiado");
        let token = world.reset_link("ines@northwind.example").await;
        let answer = world.anonymous.call("resetPassword").path("token", token).header("X-Language", "pt")
            .json(&twice(PASSWORD)).send().await.expect(200);
        assert_eq!(answer.text_at("/message"), "A senha está definida.");
    }
}
