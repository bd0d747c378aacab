//! `resendConfirmation`

use charter_persistence::MailTemplate;
use serde_json::json;

use crate::cases;
use crate::support::accounts::link_token;
use crate::support::audit::successes;
use crate::support::{Answer, World};

async fn resend(world: &World, email: &str) -> Answer {
    world
        .anonymous
        .call("resendConfirmation")
        .json(&json!({ "email": email }))
        .send()
        .await
}

async fn confirm(world: &World, token: &str) -> Answer {
    world
        .anonymous
        .call("confirmAccount")
        .path("token", token)
        .send()
        .await
}

cases! {
    /// The latest link works, and no other.
    async fn resent(world: World) {
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        let first = link_token(&world.letter("ines@northwind.example", MailTemplate::Confirm).await);
        world.clock.advance(60);
        resend(&world, "INES@northwind.example").await.snapshot(200, "noted");
        let letter = world.letter("ines@northwind.example", MailTemplate::Confirm).await;
        let second = link_token(&letter);
        assert_ne!(first, second);
        // The time begins again.
        assert_eq!(letter.variables["expires_on"], "2026-03-22 12:02 UTC");
        confirm(&world, &first).await.expect(404);
        confirm(&world, &second).await.expect(200);

        let rows = world.db_audit("address.confirmation_requested").await;
        assert_eq!(successes(&rows).len(), 1);
        assert_eq!(rows[0].actor_user_id, None);
        let signed_up = world.db_audit("user.signed_up").await;
        assert_eq!(rows[0].subject, signed_up[0].subject, "the same address, however it is written");
    }

    /// Whoever it is, the answer is the same; mail goes to who waits.
    async fn whoever_it_is(world: World) {
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        world.clock.advance(60);
        let mails = world.mailer.mails().len();
        let unknown = resend(&world, "nobody@northwind.example").await.expect(200);
        let confirmed = resend(&world, "mara@northwind.example").await.expect(200);
        let pending = resend(&world, "ines@northwind.example").await.expect(200);
        assert_eq!(unknown.body, pending.body);
        assert_eq!(confirmed.body, pending.body);
        world.post().await;
        assert_eq!(world.mailer.mails().len(), mails + 1);
        world.letter("ines@northwind.example", MailTemplate::Confirm).await;
        assert_eq!(world.db_audit("address.confirmation_requested").await.len(), 3);
    }

    /// Who has no password gets the link to set one, which confirms as well.
    async fn without_a_password(world: World) {
        world.anonymous.call("signUp")
            .json(&json!({"email": "ines@northwind.example", "displayName": "Ines", "generatePassword": true}))
            .send().await.expect(201);
        world.post().await;
        world.clock.advance(60);
        resend(&world, "ines@northwind.example").await.expect(200);
        assert_eq!(world.letters("ines@northwind.example").await.len(), 2);
        world.letter("ines@northwind.example", MailTemplate::Reset).await;
    }

    /// One in a minute, three in an hour, and nobody is told.
    async fn again_and_again(world: World) {
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        assert_eq!(world.letters("ines@northwind.example").await.len(), 1);
        world.clock.advance(60);
        let mut mails = Vec::new();
        for seconds in [0, 59, 1, 60, 60] {
            world.clock.advance(seconds);
            resend(&world, "ines@northwind.example").await.expect(200);
            resend(&world, "ines@northwind.example").await.expect(200);
            mails.push(world.letters("ines@northwind.example").await.len() - 1);
        }
        assert_eq!(mails, [1, 1, 2, 3, 3]);
        world.clock.advance(3_600);
        resend(&world, "ines@northwind.example").await.expect(200);
        assert_eq!(world.letters("ines@northwind.example").await.len(), 5);
    }

    async fn languages(world: World) {
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        world.post().await;
        for (language, message, subject) in [
            ("pt", "Se o endereço aguarda confirmação, um e-mail está a caminho.", "Confirme o seu endereço"),
            ("es", "Si la dirección espera confirmación, un correo está en camino.", "Confirme su dirección"),
            ("en", "If the address waits for confirmation, a mail is on its way.", "Confirm your address"),
        ] {
            world.clock.advance(60);
            let answer = world.anonymous.call("resendConfirmation")
                .header("X-Language", language)
                .json(&json!({"email": "ines@northwind.example"}))
                .send().await.expect(200);
            assert_eq!(answer.text_at("/message"), message);
            let letter = world.letter("ines@northwind.example", MailTemplate::Confirm).await;
            assert_eq!(letter.subject, subject);
        }
    }

    async fn invalid(world: World) {
        world.anonymous.call("resendConfirmation")
            .header("X-Language", "klingon")
            .header("X-Workspace-Id", "northwind")
            .json(&json!({"email": "ines", "name": "Ines"}))
            .send().await
            .snapshot(400, "invalid");
    }

    async fn without_mail(world: World) {
        let world = world.without_mail().await;
        resend(&world, "ines@northwind.example").await.snapshot(503, "without_mail");
    }
}
