//! `forgotPassword`

use charter_persistence::MailTemplate;
use serde_json::json;

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD, link_token};
use crate::support::audit::successes;
use crate::support::{Answer, World};

async fn forgot(world: &World, email: &str) -> Answer {
    world
        .anonymous
        .call("forgotPassword")
        .json(&json!({ "email": email }))
        .send()
        .await
}

cases! {
    async fn asked_for(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        forgot(&world, "Ines@Northwind.example").await.snapshot(200, "noted");
        let letter = world.letter("ines@northwind.example", MailTemplate::Reset).await;
        assert_eq!(letter.variables["name"], "Ines Laurent");
        assert_eq!(letter.variables["expires_on"], "2026-03-15 13:01 UTC");
        let url = &letter.variables["reset_url"];
        assert!(url.starts_with("https://charter.example/reset?token="), "{url}");
        assert!(!world.db_holds(&link_token(&letter)).await);
        // Whoever asks changes nothing.
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);

        let rows = world.db_audit("password.reset_requested").await;
        assert_eq!(successes(&rows).len(), 1);
        assert_eq!(rows[0].actor_user_id, None);
        assert_eq!(rows[0].target_id, None);
        assert!(rows[0].subject.is_some());
    }

    /// Whoever it is, the answer is the same; mail goes to who has an account.
    async fn whoever_it_is(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        world.person("Noel Novak", "noel@northwind.example").await;
        let mails = world.mailer.mails().len();
        let unknown = forgot(&world, "nobody@northwind.example").await.expect(200);
        let known = forgot(&world, "ines@northwind.example").await.expect(200);
        let without = forgot(&world, "noel@northwind.example").await.expect(200);
        assert_eq!(unknown.body, known.body);
        assert_eq!(without.body, known.body);
        assert_eq!(unknown.headers.keys().collect::<Vec<_>>(), known.headers.keys().collect::<Vec<_>>());
        world.post().await;
        assert_eq!(world.mailer.mails().len(), mails + 2);
        // The first password of an account is set like any other.
        let letter = world.letter("noel@northwind.example", MailTemplate::Reset).await;
        world.reset(&link_token(&letter), PASSWORD).await.expect(200);
        world.sign_in("noel@northwind.example", PASSWORD).await.expect(200);
        assert_eq!(world.db_audit("password.reset_requested").await.len(), 3);
    }

    /// Who waits for confirmation has nothing to reset.
    async fn pending(world: World) {
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        world.post().await;
        forgot(&world, "ines@northwind.example").await.expect(200);
        assert_eq!(world.letters("ines@northwind.example").await.len(), 2);
        world.confirm("ines@northwind.example").await;
    }

    /// A new link replaces the one before.
    async fn again(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let first = world.reset_link("ines@northwind.example").await;
        let second = world.reset_link("ines@northwind.example").await;
        world.reset(&first, ANOTHER_PASSWORD).await.expect(404);
        world.reset(&second, ANOTHER_PASSWORD).await.expect(200);
    }

    /// One in a minute, three in an hour, and nobody is told. Others cannot keep
    /// somebody from the link that came.
    async fn again_and_again(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let mut mails = Vec::new();
        for seconds in [0, 59, 1, 60, 60] {
            world.clock.advance(seconds);
            forgot(&world, "ines@northwind.example").await.expect(200);
            forgot(&world, "INES@northwind.example").await.expect(200);
            mails.push(world.letters("ines@northwind.example").await.len() - 1);
        }
        assert_eq!(mails, [1, 1, 2, 3, 3]);
        let letter = world.letter("ines@northwind.example", MailTemplate::Reset).await;
        world.reset(&link_token(&letter), ANOTHER_PASSWORD).await.expect(200);
    }

    /// Wishes that pile up while nobody delivers are one.
    async fn while_nobody_delivers(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        for _ in 0..5 {
            forgot(&world, "ines@northwind.example").await.expect(200);
            world.clock.advance(600);
        }
        assert_eq!(world.letters("ines@northwind.example").await.len(), 2);
    }

    /// In the language of the request, else in the person's own.
    async fn languages(world: World) {
        world.anonymous.call("signUp").header("X-Language", "pt")
            .json(&json!({"email": "ines@northwind.example", "password": PASSWORD, "displayName": "Inês"}))
            .send().await.expect(201);
        world.confirm("ines@northwind.example").await;
        world.reset_link("ines@northwind.example").await;
        let letter = world.letter("ines@northwind.example", MailTemplate::Reset).await;
        assert_eq!(letter.subject, "Definir uma senha");
        for (language, message, subject) in [
            ("es", "Si la dirección tiene una cuenta, un correo está en camino.", "Establecer una contraseña"),
            ("en", "If the address has an account, a mail is on its way.", "Set a password"),
            ("pt", "Se o endereço tem uma conta, um e-mail está a caminho.", "Definir uma senha"),
        ] {
            world.clock.advance(3_600);
            let answer = world.anonymous.call("forgotPassword").header("X-Language", language)
                .json(&json!({"email": "ines@northwind.example"})).send().await.expect(200);
            assert_eq!(answer.text_at("/message"), message);
            let letter = world.letter("ines@northwind.example", MailTemplate::Reset).await;
            assert_eq!(letter.subject, subject);
        }
    }

    async fn invalid(world: World) {
        world.anonymous.call("forgotPassword")
            .header("X-Workspace-Id", "northwind")
            .json(&json!({"email": "ines", "redirect": "https://evil.example"}))
            .send().await
            .snapshot(400, "invalid");
    }

    async fn without_mail(world: World) {
        let world = world.without_mail().await;
        forgot(&world, "ines@northwind.example").await.snapshot(503, "without_mail");
    }
}
