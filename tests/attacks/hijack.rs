//! Having an account for somebody's address before its owner comes.

use charter_persistence::MailTemplate;

use super::people::{
    ANOTHER, HOME, PASSWORD, ask, behind_proxy, confirm, from, lives, mailed_token, mails_to,
    network, person, reset, sign_in, sign_up, sign_up_invited,
};
use crate::cases;
use crate::support::provider::Says;
use crate::support::{Client, World};

const EMAIL: &str = "ines@example.com";

/// What the stranger has chosen.
const STRANGERS: &str = "nine copper kettles in a row";

const ELSEWHERE: &str = "192.0.2.66";

/// A stranger signs up with the address. The token of the session.
async fn strangers_session(client: &Client) -> String {
    let answer = sign_up(client, ELSEWHERE, EMAIL, STRANGERS)
        .await
        .expect(201);
    answer.text_at("/token")
}

/// Nothing that the stranger has opens anything.
async fn assert_stranger_is_out(client: &Client, session: &str) {
    assert!(!lives(client, session).await);
    sign_in(client, &network(77), EMAIL, STRANGERS)
        .await
        .expect(401);
}

/// The tokens in the mails to the address, with what they are for.
async fn links(world: &World) -> Vec<(MailTemplate, String)> {
    links_to(world, EMAIL).await
}

async fn links_to(world: &World, email: &str) -> Vec<(MailTemplate, String)> {
    mails_to(world, email)
        .await
        .iter()
        .filter_map(|mail| {
            let url = mail
                .variables
                .get("confirm_url")
                .or(mail.variables.get("reset_url"))?;
            Some((mail.template, crate::support::world::token_of(url)))
        })
        .collect()
}

cases! {
    /// The owner signs up as well, and confirms the sign-up that was hers.
    async fn before_the_owner_signs_up(world: World) {
        let client = behind_proxy(&world);
        let stranger = strangers_session(&client).await;
        mails_to(&world, EMAIL).await;
        world.clock.advance(3_600);
        let owner = sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        let (template, token) = links(&world).await.pop().unwrap();
        // Somebody else claims the address, so whoever reads its mail chooses the
        // password anew.
        assert_eq!(template, MailTemplate::Reset);
        reset(&client, HOME, &token, ANOTHER).await.expect(200);
        assert_stranger_is_out(&client, &stranger).await;
        let signed_in = sign_in(&client, HOME, EMAIL, ANOTHER).await.expect(200);
        assert_eq!(signed_in.body["user"]["_id"], owner.body["user"]["_id"]);
    }

    /// A moment before, so that the owner's own wish for a mail is one too many within
    /// a minute: what was mailed to the stranger's sign-up works no more.
    async fn a_moment_before_the_owner_signs_up(world: World) {
        let client = behind_proxy(&world);
        let stranger = strangers_session(&client).await;
        let mailed = links(&world).await;
        let [(MailTemplate::Confirm, first)] = mailed.as_slice() else {
            panic!("{mailed:?}");
        };
        sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        assert_eq!(links(&world).await.len(), 1);
        confirm(&client, HOME, first).await.expect(404);
        world.clock.advance(120);
        ask(&client, "resendConfirmation", HOME, EMAIL).await.expect(200);
        let (template, token) = links(&world).await.pop().unwrap();
        assert_eq!(template, MailTemplate::Reset);
        reset(&client, HOME, &token, ANOTHER).await.expect(200);
        assert_stranger_is_out(&client, &stranger).await;
    }

    /// A stranger who is quick signs up right after the owner, whose newest mail is
    /// then about the stranger's account: whichever link the owner opens, what the
    /// stranger has chosen is worth nothing.
    async fn after_the_owner_signs_up(world: World) {
        let client = behind_proxy(&world);
        sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        mails_to(&world, EMAIL).await;
        world.clock.advance(90);
        let stranger = strangers_session(&client).await;
        mails_to(&world, EMAIL).await;
        world.clock.advance(90);
        ask(&client, "resendConfirmation", HOME, EMAIL).await.expect(200);
        let links = links(&world).await;
        let of = |template| links.iter().filter(move |(other, _)| *other == template);
        assert_eq!((of(MailTemplate::Confirm).count(), of(MailTemplate::Reset).count()), (1, 2));
        // The newest replaces the others.
        for (template, token) in &links[..2] {
            match template {
                MailTemplate::Confirm => confirm(&client, HOME, token).await.expect(404),
                _ => reset(&client, HOME, token, ANOTHER).await.expect(404),
            };
        }
        reset(&client, HOME, &links[2].1, ANOTHER).await.expect(200);
        assert_stranger_is_out(&client, &stranger).await;
        sign_in(&client, HOME, EMAIL, ANOTHER).await.expect(200);
    }

    /// At the same moment, before the worker has mailed anything.
    async fn while_the_owner_signs_up(world: World) {
        let client = behind_proxy(&world);
        sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        let stranger = strangers_session(&client).await;
        let links = links(&world).await;
        let [(MailTemplate::Reset, token)] = links.as_slice() else {
            panic!("{links:?}");
        };
        reset(&client, HOME, token, ANOTHER).await.expect(200);
        assert_stranger_is_out(&client, &stranger).await;
    }

    /// The owner comes by the invite in her mail.
    async fn before_the_owner_is_invited(world: World) {
        let client = behind_proxy(&world);
        let stranger = strangers_session(&client).await;
        let (ada, _) = world.organisation().await;
        ada.invite(EMAIL, "member").await;
        let token = mailed_token(&world, EMAIL, MailTemplate::Invite).await;
        let joined = sign_up_invited(&client, HOME, &token, EMAIL, PASSWORD).await.expect(201);
        assert_eq!(joined.body["user"]["company"]["name"], "Acme");
        assert_stranger_is_out(&client, &stranger).await;
        // What was mailed to the stranger's sign-up leads nowhere any more.
        for (template, token) in links(&world).await {
            assert_eq!(template, MailTemplate::Confirm);
            confirm(&client, HOME, &token).await.expect(404);
        }
    }

    /// The owner comes by a provider, whichever it is.
    async fn before_the_owner_comes_by_a_provider(world: World) {
        let client = behind_proxy(&world);
        let operations = ["signInWithFacebook", "signInWithGithub", "signInWithGoogle", "signInWithLinkedin"];
        let addresses = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
        for (subject, (operation, email)) in (1..).zip(operations.into_iter().zip(addresses)) {
            let stranger = sign_up(&client, ELSEWHERE, email, STRANGERS).await.expect(201);
            mails_to(&world, email).await;
            world.clock.advance(3_600);
            world.providers.say(Says { subject, email: Some(email), ..Says::default() });
            let token = serde_json::json!({"access_token": "a-token"});
            let owner = from(&client, operation, HOME).json(&token).send().await.expect(200);
            assert_eq!(owner.body["isNew"], true);
            assert_ne!(owner.body["user"]["_id"], stranger.body["user"]["_id"]);
            assert!(!lives(&client, &stranger.text_at("/token")).await);
            sign_in(&client, &network(77), email, STRANGERS).await.expect(401);
            for (_, token) in links_to(&world, email).await {
                confirm(&client, HOME, &token).await.expect(404);
            }
            // Signing up once more is a claim like any other: it reaches nothing.
            let later = sign_up(&client, ELSEWHERE, email, STRANGERS).await.expect(201);
            assert_eq!(later.text_at("/user/status"), "pending");
            assert!(lives(&client, &owner.text_at("/token")).await);
        }
    }

    /// The operator makes an account for the owner.
    async fn before_the_operator(world: World) {
        let client = behind_proxy(&world);
        let stranger = strangers_session(&client).await;
        world.store.create_user("Ines Laurent", EMAIL).await.unwrap();
        assert_stranger_is_out(&client, &stranger).await;
        let links = links(&world).await;
        for (_, token) in links {
            confirm(&client, HOME, &token).await.expect(404);
        }
    }

    /// An admin invites somebody and uses the link herself, which the API shows her:
    /// what she gets is an account that waits, and no member of anything.
    async fn by_who_has_invited(world: World) {
        let client = behind_proxy(&world);
        let (ada, _) = world.organisation().await;
        let shown = ada.invite(EMAIL, "admin").await.text_at("/token");
        let taken = sign_up_invited(&client, ELSEWHERE, &shown, EMAIL, STRANGERS).await.expect(201);
        assert_eq!(taken.text_at("/user/status"), "pending");
        assert_eq!(taken.text_at("/flow"), "confirmation");
        let session = client.with_key(taken.text_at("/token"));
        session.call("getCurrentOrganisation").send().await.expect(403);
        let accept = serde_json::json!({ "token": shown });
        session.call("acceptInvite").json(&accept).send().await.expect(403);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        sign_in(&client, ELSEWHERE, EMAIL, STRANGERS).await.expect(401);

        let mailed = mailed_token(&world, EMAIL, MailTemplate::Invite).await;
        assert_ne!(mailed, shown, "the link in the mail proves more");
        sign_up_invited(&client, HOME, &mailed, EMAIL, PASSWORD).await.expect(201);
        assert_stranger_is_out(&client, &taken.text_at("/token")).await;
    }

    /// What a stranger chooses does not get into the mail: a name would be a way to
    /// have us write anything to anybody.
    async fn by_what_the_mail_says(world: World) {
        let client = behind_proxy(&world);
        let mut body = person(EMAIL, STRANGERS);
        let lure = "Visit https://evil.example now";
        for member in ["displayName", "firstName", "lastName", "companyName"] {
            body[member] = serde_json::json!(lure);
        }
        body["roles"] = serde_json::json!("admin");
        from(&client, "signUp", ELSEWHERE)
            .header("user-agent", lure)
            .json(&body)
            .send()
            .await
            .expect(201);
        ask(&client, "resendConfirmation", ELSEWHERE, EMAIL).await.expect(200);
        ask(&client, "forgotPassword", ELSEWHERE, EMAIL).await.expect(200);
        let mails = mails_to(&world, EMAIL).await;
        assert_eq!(mails.len(), 3);
        for mail in mails {
            let said = format!("{} {} {:?}", mail.subject, mail.text, mail.variables);
            assert!(!said.contains("evil.example"), "{said}");
            // Who asked, and what it means, stands there.
            assert!(mail.text.contains(ELSEWHERE) || mail.template == MailTemplate::Reset, "{}", mail.text);
        }
    }

    /// Claims that nobody confirms are forgotten, sessions and all.
    async fn for_ever(world: World) {
        let client = behind_proxy(&world);
        let stranger = strangers_session(&client).await;
        assert!(lives(&client, &stranger).await);
        world.clock.advance(7 * 86_400);
        world.store.clear_away().await.unwrap();
        assert!(!lives(&client, &stranger).await);
    }
}
