//! `signUpWithInvite`

use charter_persistence::{MailTemplate, SignUps};
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD, link_token};
use crate::support::audit::{refusals, successes};
use crate::support::world::identity;
use crate::support::{Answer, Audited, Person, World};

async fn accept(world: &World, token: &str, body: &Value) -> Answer {
    world
        .anonymous
        .call("signUpWithInvite")
        .path("token", token)
        .json(body)
        .send()
        .await
}

/// Mara, who says as little as she can.
fn mara() -> Value {
    json!({"email": "mara@northwind.example", "password": PASSWORD, "firstName": "Mara", "lastName": "Olsen"})
}

/// Ada's organisation, and the two links of an invite for Mara: the one that an
/// admin is shown, and the one in the mail.
async fn invited(world: &World, role: &str) -> (Person, String, String, String) {
    let (ada, acme) = world.organisation().await;
    let invite = ada.invite("mara@northwind.example", role).await;
    let mailed = world.mailed_invite("mara@northwind.example").await;
    world.clock.advance(60);
    (ada, acme, invite.text_at("/token"), mailed)
}

cases! {
    /// By the link of the mail: a member at once.
    async fn by_mail(world: World) {
        let (ada, acme, _, mailed) = invited(&world, "member").await;
        let answer = accept(&world, &mailed, &mara()).await.snapshot(201, "member");
        let session = world.with_session(&answer);
        let current = session.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        assert_eq!(current.text_at("/role"), "member");
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/members/1/id"), answer.text_at("/user/_id"));
        assert_eq!(members.text_at("/members/1/email"), "mara@northwind.example");
        world.sign_in("mara@northwind.example", PASSWORD).await.expect(200);

        let rows = world.db_audit("invite.signed_up").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].organisation(), acme);
    }

    /// The invite says what somebody becomes, and nothing that the person says.
    async fn with_everything(world: World) {
        let (_, _, _, mailed) = invited(&world, "member").await;
        let answer = world.anonymous.call("signUpWithInvite").path("token", &mailed)
            .header("X-Language", "es")
            .json(&json!({
                "email": "MARA@northwind.example",
                "password": PASSWORD,
                "displayName": "Mara Olsen",
                "firstName": "Mara",
                "lastName": "Olsen",
                "roles": "admin",
                "invite": "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8",
                "address": {"phone": "+44 20 7946 0321"},
                "privacy": {"terms": true, "marketing": true},
                "origin": "newsletter",
                "content": "banner-top",
                "medium": "email",
                "campaign": "spring",
                "term": "assessment",
            }))
            .send().await
            .snapshot(201, "everything");
        let session = world.with_session(&answer);
        session.call("createInvite").json(&json!({"email": "noel@example.com"})).send().await.expect(403);
    }

    async fn as_admin(world: World) {
        let (_, _, _, mailed) = invited(&world, "admin").await;
        let answer = accept(&world, &mailed, &mara()).await.expect(201);
        assert_eq!(answer.body["user"]["roles"], json!(["admin"]));
    }

    /// By a link from elsewhere, which an admin has seen: the address is to be
    /// confirmed first.
    async fn by_a_link_from_elsewhere(world: World) {
        let (ada, acme, shown, _) = invited(&world, "member").await;
        let answer = accept(&world, &shown, &mara()).await.snapshot(201, "pending");
        world.with_session(&answer).call("getCurrentOrganisation").send().await.expect(403);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let confirmed = world.confirm("mara@northwind.example").await;
        assert_eq!(confirmed.text_at("/user/company/_id"), acme);
        world.with_session(&answer).call("getCurrentOrganisation").send().await.expect(200);
    }

    /// Without a password the account has none, and gets one by mail.
    async fn without_a_password(world: World) {
        let (_, acme, _, mailed) = invited(&world, "member").await;
        let body = json!({"email": "mara@northwind.example", "displayName": "Mara Olsen"});
        let answer = accept(&world, &mailed, &body).await.snapshot(201, "without_a_password");
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        let way = world.anonymous.call("connect").json(&json!({"email": "mara@northwind.example"})).send().await.expect(200);
        assert_eq!(way.body["password"], false);
        let token = world.reset_link("mara@northwind.example").await;
        world.reset(&token, ANOTHER_PASSWORD).await.expect(200);
        world.sign_in("mara@northwind.example", ANOTHER_PASSWORD).await.expect(200);
    }

    /// Neither mailed nor with a password: the link in the mail sets the first one.
    async fn without_a_password_from_elsewhere(world: World) {
        let (_, acme, shown, _) = invited(&world, "member").await;
        let body = json!({"email": "mara@northwind.example", "displayName": "Mara Olsen"});
        accept(&world, &shown, &body).await.expect(201);
        let letter = world.letter("mara@northwind.example", MailTemplate::Reset).await;
        let reset = world.reset(&link_token(&letter), PASSWORD).await.expect(200);
        assert_eq!(reset.text_at("/user/company/_id"), acme);
    }

    /// The owner of an account signs in, by either link.
    async fn owner(world: World) {
        let (ada, acme, _, mailed) = invited(&world, "member").await;
        let account = world.account("Mara Olsen", "mara@northwind.example").await;
        let answer = accept(&world, &mailed, &mara()).await.snapshot(201, "owner");
        assert_eq!(answer.text_at("/user/_id"), account.id);
        assert_eq!(answer.text_at("/user/company/_id"), acme);

        world.account("Noel Novak", "noel@northwind.example").await;
        let invite = ada.invite("noel@northwind.example", "member").await;
        let mut body = mara();
        body["email"] = "noel@northwind.example".into();
        let answer = accept(&world, &invite.text_at("/token"), &body).await.expect(201);
        assert_eq!(answer.body["isNew"], false);
        assert_eq!(answer.text_at("/user/company/_id"), acme);
    }

    /// By the link of the mail the address is known to have an account; its
    /// password is needed.
    async fn wrong_password(world: World) {
        let (ada, _, _, mailed) = invited(&world, "member").await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        let mut body = mara();
        body["password"] = ANOTHER_PASSWORD.into();
        accept(&world, &mailed, &body).await.snapshot(401, "wrong_password");
        let nothing = json!({"email": "mara@northwind.example", "displayName": "Mara"});
        accept(&world, &mailed, &nothing).await.expect(401);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let rows = world.db_audit("invite.signed_up").await;
        assert!(successes(&rows).is_empty());
        let reasons: Vec<_> = refusals(&rows).into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(reasons, ["sign-in-refused", "sign-in-refused"]);
        accept(&world, &mailed, &mara()).await.expect(201);
    }

    /// From elsewhere nobody is told that there is an account.
    async fn wrong_password_from_elsewhere(world: World) {
        let (ada, _, shown, _) = invited(&world, "member").await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        world.clock.advance(60);
        let mut body = mara();
        body["password"] = ANOTHER_PASSWORD.into();
        let answer = accept(&world, &shown, &body).await.expect(201);
        assert_eq!(answer.body["isNew"], true);
        assert_eq!(answer.text_at("/user/status"), "pending");
        world.letter("mara@northwind.example", MailTemplate::Known).await;
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
    }

    /// Guessing a password by this door is counted as by the other.
    async fn guesses(world: World) {
        let (_, _, _, mailed) = invited(&world, "member").await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        let mut refused = 0;
        let stranger = world.anonymous.at("198.51.100.7");
        loop {
            let mut body = mara();
            body["password"] = format!("{ANOTHER_PASSWORD} {refused}").into();
            world.clock.advance(1);
            let answer = stranger.call("signUpWithInvite").path("token", &mailed).json(&body).send().await;
            if answer.status.as_u16() == 429 {
                answer.snapshot(429, "throttled");
                break;
            }
            answer.expect(401);
            refused += 1;
            assert!(refused < 10);
        }
        let rows = world.db_audit("invite.signed_up").await;
        assert_eq!(refusals(&rows).last().unwrap(), &("too-many-requests", Some("throttled")));
        // At home, nothing of it is felt.
        world.sign_in("mara@northwind.example", PASSWORD).await.expect(200);
    }

    async fn invalid(world: World) {
        let (_, _, shown, _) = invited(&world, "member").await;
        accept(&world, &shown, &json!({
            "email": "mara", "password": "short", "companyName": "Northwind", "privacy": {"terms": "yes"},
        })).await.snapshot(400, "invalid");
        accept(&world, &shown, &json!({"email": "mara@northwind.example", "lastName": "Olsen"})).await
            .snapshot(400, "missing");
    }

    async fn leaked(world: World) {
        let (_, _, shown, mailed) = invited(&world, "member").await;
        for token in [shown, mailed] {
            let mut body = mara();
            body["password"] = "password1".into();
            let answer = accept(&world, &token, &body).await.expect(400);
            assert_eq!(answer.text_at("/type"), "/problems/password-leaked");
            body["password"] = "mara@northwind.example".into();
            let answer = accept(&world, &token, &body).await.expect(400);
            assert_eq!(answer.text_at("/type"), "/problems/password-guessable");
        }
    }

    /// Judged in this order: token, address, state, password.
    async fn order(world: World) {
        let (ada, _, shown, _) = invited(&world, "member").await;
        let mut body = mara();
        body["password"] = "password1".into();
        accept(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8", &body).await.expect(404);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        ada.client.call("revokeInvite").path("invite_id", listed.text_at("/invites/0/id")).send().await.expect(204);
        accept(&world, &shown, &body).await.expect(410);
        body["email"] = "noel@northwind.example".into();
        accept(&world, &shown, &body).await.expect(403);
    }

    async fn other_address(world: World) {
        let (_, _, _, mailed) = invited(&world, "member").await;
        let mut body = mara();
        body["email"] = "noel@northwind.example".into();
        accept(&world, &mailed, &body).await.snapshot(403, "other_address");
        assert_eq!(refusals(&world.db_audit("invite.signed_up").await), [("other-address", None)]);
        accept(&world, &mailed, &mara()).await.expect(201);
    }

    /// Where accounts are made by invite only, this is how.
    async fn closed(world: World) {
        let mut options = identity();
        options.sign_up = SignUps::InviteOnly;
        let world = world.with_identity(options).await;
        let (_, _, _, mailed) = invited(&world, "member").await;
        accept(&world, &mailed, &mara()).await.expect(201);
    }

    async fn unknown(world: World) {
        accept(&world, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8", &mara()).await.snapshot(404, "unknown");
    }

    async fn expired(world: World) {
        let (_, _, _, mailed) = invited(&world, "member").await;
        world.clock.advance(7 * 86_400);
        accept(&world, &mailed, &mara()).await.snapshot(410, "expired");
    }

    async fn revoked(world: World) {
        let (ada, _, _, mailed) = invited(&world, "member").await;
        let listed = ada.client.call("listInvites").send().await.expect(200);
        ada.client.call("revokeInvite").path("invite_id", listed.text_at("/invites/0/id")).send().await.expect(204);
        accept(&world, &mailed, &mara()).await.snapshot(410, "revoked");
    }

    /// The link works once.
    async fn accepted(world: World) {
        let (_, _, shown, mailed) = invited(&world, "member").await;
        accept(&world, &mailed, &mara()).await.expect(201);
        accept(&world, &mailed, &mara()).await.snapshot(410, "accepted");
        accept(&world, &shown, &mara()).await.expect(410);
    }

    async fn without_mail(world: World) {
        let (_, _, shown, mailed) = invited(&world, "member").await;
        let world = world.without_mail().await;
        accept(&world, &shown, &mara()).await.snapshot(503, "without_mail");
        accept(&world, &mailed, &mara()).await.expect(201);
    }
}
