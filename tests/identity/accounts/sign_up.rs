//! `signUp`

use charter_persistence::{MailTemplate, SignUps};
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD, link_token};
use crate::support::audit::{refusals, successes};
use crate::support::world::identity;
use crate::support::{Answer, Audited, Client};

async fn sign_up(client: &Client, body: &Value) -> Answer {
    client.call("signUp").json(body).send().await
}

/// Ines, who says as little as she can.
fn ines() -> Value {
    json!({"email": "ines@northwind.example", "password": PASSWORD, "firstName": "Ines", "lastName": "Laurent"})
}

/// Mara, with an invite.
fn mara(invite: &str) -> Value {
    json!({"email": "mara@northwind.example", "password": PASSWORD, "displayName": "Mara Olsen", "invite": invite})
}

async fn found(client: &Client) -> Answer {
    client
        .call("createOrganisation")
        .json(&json!({"name": "Laurent & Co"}))
        .send()
        .await
}

/// What the answer says, but for what no two answers have in common.
fn alike(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    for pointer in [
        "/token",
        "/user/_id",
        "/user/created",
        "/user/last_login",
        "/session/_id",
        "/session/created",
        "/session/last_used",
        "/session/expires",
    ] {
        *body.pointer_mut(pointer).unwrap() = Value::Null;
    }
    body
}

cases! {
    /// The session is good for this document until the address is confirmed, and
    /// for everything from then on.
    async fn opened(world: World) {
        let answer = sign_up(&world.anonymous, &ines()).await.snapshot(201, "new");
        let session = world.with_session(&answer);
        let me = session.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.body["user"], answer.body["user"]);
        let refused = found(&session).await.expect(403);
        assert_eq!(refused.text_at("/type"), "/problems/forbidden");

        let letter = world.letter("ines@northwind.example", MailTemplate::Confirm).await;
        let me = session.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.text_at("/user/status"), "pending", "a mail is no confirmation");
        world.anonymous.call("confirmAccount").path("token", link_token(&letter)).send().await.expect(200);
        found(&session).await.expect(201);
        let me = session.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.text_at("/user/status"), "active");

        let rows = world.db_audit("user.signed_up").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].target(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].organisation_id, None);
        assert!(rows[0].subject.is_some());
        for secret in [answer.text_at("/token"), link_token(&letter), PASSWORD.to_owned()] {
            assert!(!world.db_holds(&secret).await, "{secret}");
        }
    }

    /// A person with everything that can be told. `roles` grants nothing by itself;
    /// the company does.
    async fn with_a_company(world: World) {
        let answer = world.anonymous.at("2001:db8:1:2::17").call("signUp")
            .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)")
            .header("X-Language", "pt")
            .header("X-Subaccount-Id", "subaccount_01kghch8h0emq8k9w39qsaekf4")
            .json(&json!({
                "email": "ines@northwind.example",
                "password": PASSWORD,
                "displayName": "Inês Laurent",
                "firstName": "Inês",
                "lastName": "Laurent",
                "roles": "admin",
                "companyName": "Northwind Research",
                "address": {"phone": "+44 20 7946 0321", "city": "Bristol", "country": "GB"},
                "privacy": {"terms": true},
                "origin": "newsletter",
                "medium": "email",
                "campaign": "spring",
                "tech_size": "11-50",
                "plan": "free",
                "modules": "all",
            }))
            .send().await
            .snapshot(201, "company");
        let session = world.with_session(&answer);
        let email = answer.text_at("/user/email");
        let letter = world.letter(&email, MailTemplate::Confirm).await;
        // Of an address in a network of its own, the network is told.
        assert_eq!(letter.variables["asked_from"], "2001:db8:1:2::");
        assert_eq!(letter.variables["language"], "pt");

        let confirmed = world.confirm(&email).await;
        assert_eq!(confirmed.text_at("/user/company/name"), "Northwind Research");
        assert_eq!(confirmed.body["user"]["roles"], json!(["admin"]));
        let current = session.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), confirmed.text_at("/user/company/_id"));
        assert_eq!(current.text_at("/plan_id"), "free");
        assert_eq!(current.text_at("/role"), "admin");
    }

    /// Nobody becomes anything by saying so, and only an admin founds a company.
    async fn what_somebody_says_to_be(world: World) {
        for (number, roles) in ["user", "business", "hunter", "manager"].into_iter().enumerate() {
            let email = format!("ines{number}@northwind.example");
            let mut body = ines();
            body["email"] = email.as_str().into();
            body["roles"] = roles.into();
            body["companyName"] = "Northwind Research".into();
            let answer = sign_up(&world.anonymous, &body).await.expect(201);
            world.confirm(&email).await;
            let me = world.with_session(&answer).call("getCurrentUser").send().await.expect(200);
            assert_eq!(me.body["user"]["roles"], json!([]), "{roles}");
            assert_eq!(me.body["user"]["company"], Value::Null, "{roles}");
        }
        let mut body = ines();
        body["roles"] = "admin".into();
        let answer = sign_up(&world.anonymous, &body).await.expect(201);
        world.confirm("ines@northwind.example").await;
        let me = world.with_session(&answer).call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.body["user"]["roles"], json!([]));
    }

    /// A plan that is not on offer is no reason to refuse somebody.
    async fn a_plan_that_nobody_has(world: World) {
        let mut body = ines();
        body["roles"] = "admin".into();
        body["companyName"] = "Northwind Research".into();
        body["plan"] = "platinum".into();
        let answer = sign_up(&world.anonymous, &body).await.expect(201);
        world.confirm("ines@northwind.example").await;
        let current = world.with_session(&answer).call("getCurrentOrganisation").send().await.expect(200);
        let plans = world.anonymous.call("listPlans").send().await.expect(200);
        assert_eq!(current.text_at("/plan_id"), plans.text_at("/plans/0/id"));
    }

    /// Nobody gets to know a password; the link in the mail leads to setting one.
    async fn without_a_password(world: World) {
        let answer = sign_up(&world.anonymous, &json!({
            "email": "ines@northwind.example", "displayName": "Ines Laurent",
            "password": PASSWORD, "generatePassword": true,
        })).await.snapshot(201, "generated");
        let letter = world.letter("ines@northwind.example", MailTemplate::Reset).await;
        // It has the time of a confirmation.
        world.clock.advance(7 * 86_400 - 60);
        let reset = world.reset(&link_token(&letter), ANOTHER_PASSWORD).await.expect(200);
        assert_eq!(reset.text_at("/user/status"), "active");
        world.with_session(&answer).call("getCurrentUser").send().await.expect(401);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
        world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.expect(200);
    }

    /// The mail alone tells a known address from an unknown one.
    async fn known_address(world: World) {
        let body = |email: &str| json!({"email": email, "password": ANOTHER_PASSWORD, "displayName": "Ines Laurent"});
        world.account("Ines Laurent", "ines@northwind.example").await;
        world.clock.advance(60);
        let unknown = sign_up(&world.anonymous, &body("nobody@northwind.example")).await.expect(201);
        let known = sign_up(&world.anonymous, &body("INES@northwind.example")).await.expect(201);
        let mut expected = alike(&unknown);
        expected["user"]["email"] = "INES@northwind.example".into();
        assert_eq!(alike(&known), expected);
        assert_eq!(unknown.headers.keys().collect::<Vec<_>>(), known.headers.keys().collect::<Vec<_>>());

        world.letter("nobody@northwind.example", MailTemplate::Confirm).await;
        let letter = world.letter("ines@northwind.example", MailTemplate::Known).await;
        assert!(!letter.text.contains("token"), "{}", letter.text);
        // The account is what it was.
        world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.expect(401);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let stranger = world.with_session(&known);
        assert_eq!(stranger.call("getCurrentUser").send().await.expect(200).text_at("/user/status"), "pending");
        found(&stranger).await.expect(403);
    }

    /// Who knows the password is the owner, who is signed in.
    async fn known_password(world: World) {
        let person = world.account("Ines Laurent", "ines@northwind.example").await;
        person.found("Northwind Research").await;
        let answer = sign_up(&world.anonymous, &ines()).await.snapshot(201, "known");
        assert_eq!(answer.text_at("/user/_id"), person.id);
        found(&world.with_session(&answer)).await.expect(201);
        let mails = world.letters("ines@northwind.example").await;
        assert_eq!(mails.len(), 1, "nobody needs a mail about that");
    }

    /// Signing in with the password that one has just chosen would tell that the
    /// address had no account.
    async fn no_sign_in_before_the_confirmation(world: World) {
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        let pending = world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
        let wrong = world.sign_in("mara@northwind.example", "nothing of the sort").await.expect(401);
        assert_eq!(pending.text_at("/detail"), wrong.text_at("/detail"));
        world.confirm("ines@northwind.example").await;
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
    }

    /// One of several who claim an address is a stranger: whoever reads its mail
    /// chooses the password, and what others have chosen is worth nothing.
    async fn several_claims(world: World) {
        let first = world.sign_up("Ines Laurent", "ines@northwind.example").await;
        let letter = world.letter("ines@northwind.example", MailTemplate::Confirm).await;
        world.clock.advance(3_600);
        let second = world.sign_up("Somebody Else", "Ines@Northwind.example").await;
        assert_ne!(first.text_at("/user/_id"), second.text_at("/user/_id"));
        let another = world.letter("Ines@Northwind.example", MailTemplate::Reset).await;
        world.anonymous.call("confirmAccount").path("token", link_token(&letter)).send().await.expect(404);

        let reset = world.reset(&link_token(&another), ANOTHER_PASSWORD).await.expect(200);
        assert_eq!(reset.text_at("/user/_id"), second.text_at("/user/_id"));
        world.with_session(&first).call("getCurrentUser").send().await.expect(401);
        world.with_session(&second).call("getCurrentUser").send().await.expect(401);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(401);
        world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.expect(200);
    }

    /// Who has the link of an invite from an answer of the API confirms the address
    /// first: an admin sees those.
    async fn with_an_invite_from_elsewhere(world: World) {
        let (ada, acme) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "admin").await;
        let answer = sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.snapshot(201, "invited");
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let confirmed = world.confirm("mara@northwind.example").await;
        assert_eq!(confirmed.text_at("/user/company/_id"), acme);
        assert_eq!(confirmed.body["user"]["roles"], json!(["admin"]));
        let session = world.with_session(&answer);
        assert_eq!(session.call("getCurrentOrganisation").send().await.expect(200).text_at("/id"), acme);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"], json!([]));
    }

    /// Who has the link of the mail reads the mail.
    async fn with_the_mailed_invite(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.invite("Mara@northwind.example", "member").await;
        let token = world.mailed_invite("Mara@northwind.example").await;
        let answer = sign_up(&world.anonymous, &mara(&token)).await.snapshot(201, "invited_by_mail");
        let session = world.with_session(&answer);
        assert_eq!(session.call("getCurrentOrganisation").send().await.expect(200).text_at("/id"), acme);
        assert_eq!(world.letters("mara@northwind.example").await.len(), 0);
        sign_up(&world.anonymous, &mara(&token)).await.expect(410);
    }

    /// The owner of an account, who has shown the password, joins at once.
    async fn invited_owner(world: World) {
        let (ada, acme) = world.organisation().await;
        world.account("Mara Olsen", "mara@northwind.example").await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        world.clock.advance(60);
        let answer = sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.expect(201);
        assert_eq!(answer.body["isNew"], false);
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        assert_eq!(world.db_audit("invite.accepted").await.len(), 0);
        let rows = world.db_audit("user.signed_up").await;
        assert_eq!(rows.last().unwrap().organisation(), acme);
    }

    /// An invite that lapses before the confirmation keeps nobody from the account.
    async fn invite_lapsed_meanwhile(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.expect(201);
        ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send().await.expect(204);
        let confirmed = world.confirm("mara@northwind.example").await;
        assert_eq!(confirmed.body["user"]["company"], Value::Null);
    }

    /// One that was sent again is the same invite.
    async fn invite_resent_meanwhile(world: World) {
        let (ada, acme) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.expect(201);
        let letter = world.letter("mara@northwind.example", MailTemplate::Confirm).await;
        ada.client.call("resendInvite").path("invite_id", invite.text_at("/id")).send().await.expect(200);
        let confirmed = world.anonymous.call("confirmAccount").path("token", link_token(&letter)).send().await.expect(200);
        assert_eq!(confirmed.text_at("/user/company/_id"), acme);
    }

    async fn invalid(world: World) {
        sign_up(&world.anonymous, &json!({
            "email": "ines",
            "password": "short",
            "displayName": " ",
            "roles": "owner",
            "address": {"country": "uk"},
            "status": "active",
            "generatePassword": "no",
        })).await.snapshot(400, "invalid");
        assert!(world.db_audit("user.signed_up").await.is_empty());
    }

    /// What the document says in words only.
    async fn missing(world: World) {
        sign_up(&world.anonymous, &json!({"email": "ines@northwind.example", "firstName": "Ines"})).await
            .snapshot(400, "missing");
        sign_up(&world.anonymous, &json!({
            "email": "ines@northwind.example", "generatePassword": false, "lastName": "Laurent", "displayName": "Ines",
        })).await.expect(400);
        sign_up(&world.anonymous, &json!({
            "email": "ines@northwind.example", "password": PASSWORD, "firstName": "I".repeat(60), "lastName": "L".repeat(60),
        })).await.expect(400);
    }

    /// Before the address is looked at: a refused password tells nothing about it.
    async fn leaked(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let mut body = ines();
        body["password"] = "password1".into();
        let known = sign_up(&world.anonymous, &body).await.snapshot(400, "leaked");
        body["email"] = "nobody@northwind.example".into();
        let unknown = sign_up(&world.anonymous, &body).await.expect(400);
        assert_eq!(known.text_at("/detail"), unknown.text_at("/detail"));
    }

    /// Also by what anybody knows about its owner.
    async fn guessable(world: World) {
        let mut body = ines();
        body["password"] = "ines@northwind.example".into();
        sign_up(&world.anonymous, &body).await.snapshot(400, "guessable");
        // To somebody else it is as good as any.
        body["email"] = "mara@example.com".into();
        body["firstName"] = "Mara".into();
        body["lastName"] = "Olsen".into();
        sign_up(&world.anonymous, &body).await.expect(201);
    }

    async fn other_address(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("noel@northwind.example", "member").await;
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.snapshot(403, "other_address");
        let rows = world.db_audit("user.signed_up").await;
        assert_eq!(refusals(&rows), [("other-address", None)]);
        assert!(successes(&rows).is_empty());
        assert!(rows[0].subject.is_some());
        assert!(world.letters("mara@northwind.example").await.is_empty());
    }

    /// By invite only; an invite opens the door.
    async fn closed(world: World) {
        let mut options = identity();
        options.sign_up = SignUps::InviteOnly;
        let world = world.with_identity(options).await;
        sign_up(&world.anonymous, &ines()).await.snapshot(403, "closed");
        assert_eq!(refusals(&world.db_audit("user.signed_up").await), [("sign-up-closed", None)]);
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.expect(201);
        sign_up(&world.anonymous, &mara("kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8")).await.expect(404);
    }

    async fn unknown_invite(world: World) {
        sign_up(&world.anonymous, &mara("kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8")).await.snapshot(404, "unknown_invite");
        assert_eq!(refusals(&world.db_audit("user.signed_up").await), [("not-found", None)]);
    }

    async fn replaced_invite(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        ada.client.call("resendInvite").path("invite_id", invite.text_at("/id")).send().await.expect(200);
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.expect(404);
    }

    async fn expired_invite(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        world.clock.advance(7 * 86_400);
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.snapshot(410, "expired");
    }

    async fn revoked_invite(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send().await.expect(204);
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.snapshot(410, "revoked");
    }

    async fn accepted_invite(world: World) {
        let (ada, _) = world.organisation().await;
        let mara_olsen = world.person("Mara Olsen", "mara@northwind.example").await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        mara_olsen.accept(&invite).await.expect(200);
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.snapshot(410, "accepted");
    }

    /// No address can be confirmed then; the link of a mail that was sent before
    /// still proves one.
    async fn without_mail(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("mara@northwind.example", "member").await;
        let mailed = world.mailed_invite("mara@northwind.example").await;
        let world = world.without_mail().await;
        sign_up(&world.anonymous, &ines()).await.snapshot(503, "without_mail");
        sign_up(&world.anonymous, &mara(&invite.text_at("/token"))).await.expect(503);
        let answer = sign_up(&world.anonymous, &mara(&mailed)).await.expect(201);
        assert_eq!(answer.text_at("/user/status"), "active");
    }

    /// In the language of the request, and with what a stranger cannot choose.
    async fn mails(world: World) {
        for (language, subject, asked_on) in [
            ("en", "Confirm your address", "2026-03-15 12:00 UTC"),
            ("pt", "Confirme o seu endereço", "2026-03-15 12:01 UTC"),
            ("es", "Confirme su dirección", "2026-03-15 12:02 UTC"),
        ] {
            let email = format!("{language}@northwind.example");
            let mut body = ines();
            body["email"] = email.as_str().into();
            body["displayName"] = "Buy gold at https://gold.example".into();
            let answer = world.anonymous.at("192.0.2.17").call("signUp")
                .header("X-Language", language).json(&body).send().await.expect(201);
            assert_eq!(answer.text_at("/user/language"), language);
            let letter = world.letter(&email, MailTemplate::Confirm).await;
            assert_eq!(letter.subject, subject);
            assert!(letter.text.contains("192.0.2.17"), "{}", letter.text);
            assert!(!letter.text.contains("gold"), "{}", letter.text);
            assert!(!letter.variables.values().any(|value| value.contains("gold")));
            assert_eq!(letter.variables["language"], language);
            assert_eq!(letter.variables["asked_on"], asked_on);
            assert_eq!(letter.variables["expires_on"], asked_on.replace("03-15", "03-22"));
            // Somebody with an account hears of it in the account's language.
            world.confirm(&email).await;
            world.clock.advance(60);
            let mut body = ines();
            body["email"] = email.as_str().into();
            body["password"] = ANOTHER_PASSWORD.into();
            sign_up(&world.anonymous.at("192.0.2.18"), &body).await.expect(201);
            let letter = world.letter(&email, MailTemplate::Known).await;
            assert_eq!(letter.variables["language"], language);
            assert_eq!(letter.variables["name"], "Buy gold at https://gold.example", "the owner chose it");
        }
    }

    /// Nobody keeps an address by never confirming it.
    async fn never_confirmed(world: World) {
        let answer = world.sign_up("Ines Laurent", "ines@northwind.example").await;
        let letter = world.letter("ines@northwind.example", MailTemplate::Confirm).await;
        world.clock.advance(7 * 86_400 - 1);
        world.store.clear_away().await.unwrap();
        world.with_session(&answer).call("getCurrentUser").send().await.expect(200);
        world.clock.advance(1);
        world.store.clear_away().await.unwrap();
        world.with_session(&answer).call("getCurrentUser").send().await.expect(401);
        world.anonymous.call("confirmAccount").path("token", link_token(&letter)).send().await.expect(404);
        let answer = world.account("Ines Laurent", "ines@northwind.example").await;
        world.clock.advance(7 * 86_400);
        world.store.clear_away().await.unwrap();
        answer.client.call("getCurrentUser").send().await.expect(200);
    }
}
