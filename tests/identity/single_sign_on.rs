//! Domains whose people come by single sign-on or not at all.

use charter_persistence::{Connect, MailTemplate};
use serde_json::json;

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD, link_token, twice};
use crate::support::audit::{refusals, successes};
use crate::support::provider::Says;
use crate::support::saml::IdentityProvider;
use crate::support::world::identity;
use crate::support::{Answer, Person, World};

const MARA: &str = "mara@northwind.example";

/// Ada's organisation, and its identity provider, without which nobody comes in.
async fn enforced(world: &World) -> (Person, String, IdentityProvider) {
    let (ada, acme) = world.organisation().await;
    let provider = world.enforced_provider(&acme, "northwind.example").await;
    (ada, acme, provider)
}

#[track_caller]
fn refused(answer: Answer) {
    let answer = answer.expect(403);
    assert_eq!(answer.text_at("/type"), "/problems/single-sign-on-required");
}

async fn connect(world: &World, email: &str) -> Answer {
    world
        .anonymous
        .call("connect")
        .json(&json!({ "email": email }))
        .send()
        .await
}

async fn with_github(world: &World) -> Answer {
    world
        .anonymous
        .call("signInWithGithub")
        .json(&json!({"access_token": "an-access-token-of-hers"}))
        .send()
        .await
}

cases! {
    /// A password is judged first: whoever does not know it learns nothing.
    async fn signing_in(world: World) {
        let mara = world.account("Mara Olsen", MARA).await;
        world.account("Otto", "otto@elsewhere.example").await;
        let (_, _, northwind) = enforced(&world).await;
        world.sign_in(MARA, PASSWORD).await.snapshot(403, "single_sign_on");
        for (email, password) in [(MARA, ANOTHER_PASSWORD), ("nobody@northwind.example", PASSWORD)] {
            world.clock.advance(1);
            world.sign_in(email, password).await.expect(401);
        }
        world.sign_in("otto@elsewhere.example", PASSWORD).await.expect(200);
        let rows = world.db_audit("session.created").await;
        let whys: Vec<_> = refusals(&rows).into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(whys, ["single-sign-on-required", "sign-in-refused", "sign-in-refused"]);

        let answer = world.single_sign_on(&northwind, MARA).await.expect(200);
        assert_eq!(answer.text_at("/user/_id"), mara.id);
    }

    /// What was begun with a password ends; keys go on.
    async fn what_was_there_before(world: World) {
        let mara = world.account("Mara Olsen", MARA).await;
        mara.found("Mara & Co").await;
        let key = mara.with_scopes(&["members:read"]).await;
        let pending = world.sign_up("Noel Novak", "noel@northwind.example").await;
        let mail = world.letter("noel@northwind.example", MailTemplate::Confirm).await;
        let other = world.account("Otto", "otto@elsewhere.example").await;
        enforced(&world).await;
        mara.client.call("getCurrentUser").send().await.expect(401);
        world.with_session(&pending).call("getCurrentUser").send().await.expect(401);
        world.anonymous.call("confirmAccount").path("token", link_token(&mail)).send().await.expect(404);
        key.call("listMembers").send().await.expect(200);
        other.client.call("getCurrentUser").send().await.expect(200);
    }

    /// The domain decides, and not whether anybody has the address.
    async fn signing_up(world: World) {
        world.account("Mara Olsen", MARA).await;
        enforced(&world).await;
        let sign_up = |email: &str| {
            let body = json!({"email": email, "password": PASSWORD, "displayName": "Mara"});
            let call = world.anonymous.call("signUp").json(&body);
            async { call.send().await }
        };
        let new = sign_up("nobody@northwind.example").await.snapshot(403, "single_sign_on");
        let known = sign_up(MARA).await.expect(403);
        for member in ["type", "title", "detail"] {
            assert_eq!(new.body[member], known.body[member]);
        }
        assert!(world.letters("nobody@northwind.example").await.is_empty());
        sign_up("otto@elsewhere.example").await.expect(201);
        let rows = world.db_audit("user.signed_up").await;
        assert_eq!(refusals(&rows).len(), 2);
    }

    /// An invite is accepted by coming in the one way that there is.
    async fn invites(world: World) {
        let (ada, acme, northwind) = enforced(&world).await;
        let invite = ada.invite(MARA, "admin").await.text_at("/token");
        let mailed = world.mailed_invite(MARA).await;
        for (token, case) in [(&mailed, Some("single_sign_on")), (&invite, None)] {
            let shown = world.anonymous.call("validateInviteToken").path("token", token).send().await;
            let shown = match case {
                Some(case) => shown.snapshot(200, case),
                None => shown.expect(200),
            };
            assert_eq!(shown.body["password"], false);
            let taken = world.anonymous.call("signUpWithInvite")
                .path("token", token)
                .json(&json!({"email": MARA, "password": PASSWORD, "displayName": "Mara"}))
                .send().await;
            match case {
                Some(case) => { taken.snapshot(403, case); }
                None => refused(taken),
            }
        }
        let answer = world.single_sign_on(&northwind, MARA).await.expect(200);
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        assert_eq!(answer.body["user"]["roles"], json!(["admin"]));
        // Somebody from elsewhere has a password to choose.
        ada.invite("otto@elsewhere.example", "member").await;
        let others = world.mailed_invite("otto@elsewhere.example").await;
        let shown = world.anonymous.call("validateInviteToken").path("token", &others).send().await.expect(200);
        assert_eq!(shown.body["password"], true);
        world.anonymous.call("signUpWithInvite")
            .path("token", &others)
            .json(&json!({"email": "otto@elsewhere.example", "password": PASSWORD, "displayName": "Otto"}))
            .send().await.expect(201);
    }

    /// No other provider opens the account, neither a new one nor one that it opened before.
    async fn other_providers(world: World) {
        with_github(&world).await.expect(200);
        let (_, _, northwind) = enforced(&world).await;
        with_github(&world).await.snapshot(403, "single_sign_on");
        world.providers.say(Says { subject: 7, email: Some(MARA), ..Says::default() });
        refused(with_github(&world).await);
        world.single_sign_on(&northwind, MARA).await.expect(200);
        refused(with_github(&world).await);
        world.providers.say(Says { subject: 8, email: Some("otto@elsewhere.example"), ..Says::default() });
        with_github(&world).await.expect(200);
        let rows = world.db_audit("session.created").await;
        let whys: Vec<_> = refusals(&rows).into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(whys, ["single-sign-on-required"; 3]);
    }

    /// There is no password to set, and the mail says what there is instead.
    async fn passwords(world: World) {
        world.account("Mara Olsen", MARA).await;
        let token = world.reset_link(MARA).await;
        let (_, _, northwind) = enforced(&world).await;
        world.reset(&token, ANOTHER_PASSWORD).await.snapshot(403, "single_sign_on");
        world.clock.advance(120);
        world.anonymous.call("forgotPassword").json(&json!({"email": MARA})).send().await.expect(200);
        let letter = world.letter(MARA, MailTemplate::SingleSignOn).await;
        assert!(letter.text.contains("https://charter.example/signin"), "{}", letter.text);

        let answer = world.single_sign_on(&northwind, MARA).await.expect(200);
        let session = world.with_session(&answer);
        let mut body = twice(ANOTHER_PASSWORD);
        body["currentPassword"] = json!(PASSWORD);
        session.call("changePassword").json(&body).send().await.snapshot(403, "single_sign_on");
        world.sign_in(MARA, ANOTHER_PASSWORD).await.expect(401);
        world.sign_in(MARA, PASSWORD).await.expect(403);
    }

    /// It is no secret: the domain alone decides.
    async fn connecting(world: World) {
        world.account("Mara Olsen", MARA).await;
        enforced(&world).await;
        connect(&world, MARA).await.snapshot(200, "single_sign_on");
        let nobody = connect(&world, "nobody@northwind.example").await.expect(200);
        assert_eq!(nobody.body["provider"], "saml");
        assert_eq!(nobody.body["password"], false);
        let mut options = identity();
        options.connect = Connect::Conceal;
        let world = world.with_identity(options).await;
        for email in [MARA, "nobody@northwind.example"] {
            let answer = connect(&world, email).await.expect(200);
            assert_eq!(answer.body, json!({"email": email, "provider": "saml", "password": false}));
        }
        let answer = connect(&world, "nobody@elsewhere.example").await.expect(200);
        assert_eq!(answer.body["provider"], "local");
    }

    /// Where it is one way of several, the others stay.
    async fn optional(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let mara = world.account("Mara Olsen", MARA).await;
        world.single_sign_on(&northwind, MARA).await.expect(200);
        world.letter(MARA, MailTemplate::Linked).await;
        mara.client.call("getCurrentUser").send().await.expect(200);
        world.sign_in(MARA, PASSWORD).await.expect(200);
        let token = world.reset_link(MARA).await;
        world.reset(&token, ANOTHER_PASSWORD).await.expect(200);
        assert_eq!(connect(&world, MARA).await.expect(200).body["provider"], "local");
        connect(&world, "nobody@northwind.example").await.expect(404);
        // Who has no password comes as before.
        world.single_sign_on(&northwind, "otto@northwind.example").await.expect(200);
        let otto = connect(&world, "otto@northwind.example").await.expect(200);
        assert_eq!(otto.body, json!({"email": "otto@northwind.example", "provider": "saml", "password": false}));
        let rows = world.db_audit("session.created").await;
        assert_eq!(successes(&rows).len(), 3);
    }
}
