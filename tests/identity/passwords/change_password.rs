//! `changePassword`

use charter_persistence::MailTemplate;
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD};
use crate::support::audit::refusals;
use crate::support::{Answer, Audited, Client};

async fn change(client: &Client, body: &Value) -> Answer {
    client.call("changePassword").json(body).send().await
}

fn from_to(current: &str, new: &str) -> Value {
    json!({"currentPassword": current, "newPassword": new, "confirmPassword": new})
}

cases! {
    /// The session that changes it stays; all others end, and no link that was
    /// mailed before works any more.
    async fn changed(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        ines.found("Northwind Research").await;
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let link = world.reset_link("ines@northwind.example").await;
        change(&ines.client, &from_to(PASSWORD, ANOTHER_PASSWORD)).await.snapshot(200, "changed");
        ines.client.call("getCurrentUser").send().await.expect(200);
        world.with_session(&other).call("getCurrentUser").send().await.expect(401);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
        world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.expect(200);
        world.reset(&link, PASSWORD).await.expect(404);

        let letter = world.letter("ines@northwind.example", MailTemplate::PasswordChanged).await;
        assert_eq!(letter.variables["name"], "Ines Laurent");
        assert_eq!(letter.variables["changed_on"], "2026-03-15 12:02 UTC");
        let rows = world.db_audit("password.changed").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), ines.id);
        assert_eq!(rows[0].target(), ines.id);
        assert!(rows[0].actor_session_id.is_some());
    }

    /// It needs no mail; on a server without it this is the one way.
    async fn without_mail(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let world = world.without_mail().await;
        let client = world.anonymous.with_key(ines.client.key.unwrap());
        change(&client, &from_to(PASSWORD, ANOTHER_PASSWORD)).await.expect(200);
    }

    async fn refused_passwords(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        change(&ines.client, &json!({"currentPassword": "", "newPassword": "short", "email": "ines"})).await
            .snapshot(400, "invalid");
        change(&ines.client, &json!({
            "currentPassword": PASSWORD, "newPassword": ANOTHER_PASSWORD, "confirmPassword": PASSWORD,
        })).await.snapshot(400, "differs");
        change(&ines.client, &from_to(PASSWORD, "password1")).await.snapshot(400, "leaked");
        change(&ines.client, &from_to(PASSWORD, "ines@northwind.example")).await.snapshot(400, "guessable");
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
    }

    async fn wrong_password(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        change(&ines.client, &from_to("nothing of the sort", ANOTHER_PASSWORD)).await.snapshot(401, "wrong_password");
        world.with_session(&other).call("getCurrentUser").send().await.expect(200);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let rows = world.db_audit("password.changed").await;
        assert_eq!(refusals(&rows), [("sign-in-refused", Some("wrong_password"))]);
        assert_eq!(rows[0].actor(), ines.id);
    }

    /// Whoever has a session for a moment guesses no better than anybody else.
    async fn guesses(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let thief = ines.client.at("198.51.100.7");
        for _ in 0..5 {
            change(&thief, &from_to("nothing of the sort", ANOTHER_PASSWORD)).await.expect(401);
        }
        world.clock.advance(1);
        change(&thief, &from_to(PASSWORD, ANOTHER_PASSWORD)).await.snapshot(429, "throttled");
        let rows = world.db_audit("password.changed").await;
        assert_eq!(refusals(&rows).last().unwrap(), &("too-many-requests", Some("throttled")));
    }

    /// The first password comes by a link.
    async fn none_so_far(world: World) {
        let (ada, _) = world.organisation().await;
        let mailed = ada.invite("mara@northwind.example", "member").await;
        assert_eq!(mailed.text_at("/email_delivery"), "sent");
        let token = world.mailed_invite("mara@northwind.example").await;
        let signed_up = world.anonymous.call("signUpWithInvite").path("token", token)
            .json(&json!({"email": "mara@northwind.example", "displayName": "Mara Olsen"}))
            .send().await.expect(201);
        change(&world.with_session(&signed_up), &from_to(PASSWORD, ANOTHER_PASSWORD)).await.expect(401);
    }

    async fn key(world: World) {
        let (ada, _) = world.organisation().await;
        world.session_of(&ada).await;
        change(&ada.client, &from_to(PASSWORD, ANOTHER_PASSWORD)).await.snapshot(403, "session_required");
        world.sign_in(&ada.email, PASSWORD).await.expect(200);
    }

    async fn languages(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let answer = ines.client.call("changePassword").header("X-Language", "pt")
            .json(&from_to(PASSWORD, ANOTHER_PASSWORD)).send().await.expect(200);
        assert_eq!(answer.text_at("/message"), "A senha foi alterada.");
        let answer = change(&ines.client, &from_to(ANOTHER_PASSWORD, PASSWORD)).await.expect(200);
        assert_eq!(answer.text_at("/message"), "The password is changed.");
    }
}
