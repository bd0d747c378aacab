//! Whose account it is that a provider's person gets: the linked one, else the one
//! whose address the provider vouches for, else a new one.

use std::collections::BTreeSet;

use charter_loopback::VERIFIER;
use charter_persistence::MailTemplate;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD};
use crate::support::audit::{refusals, successes};
use crate::support::client::CallBuilder;
use crate::support::provider::Says;
use crate::support::{Answer, World};

const INES: &str = "ines@northwind.example";

/// Signing in by an access token.
fn calling<'a>(world: &'a World, operation: &str) -> CallBuilder<'a> {
    world
        .anonymous
        .call(operation)
        .json(&json!({"access_token": "a-token"}))
}

async fn arrive(world: &World, operation: &str) -> Answer {
    calling(world, operation).send().await.expect(200)
}

/// How many sessions an account has, by one of them.
async fn sessions(world: &World, signed_in: &Answer) -> usize {
    let session = world.with_session(signed_in);
    let listed = session.call("listSessions").send().await.expect(200);
    listed.body["sessions"].as_array().unwrap().len()
}

/// Those who have signed in so far, each once.
fn users(answers: &[Answer]) -> Vec<String> {
    let mut users: Vec<String> = answers.iter().map(|one| one.text_at("/user/_id")).collect();
    users.sort_unstable();
    users.dedup();
    users
}

cases! {
    /// Somebody may be linked with several providers.
    async fn with_all_providers(world: World) {
        let mut answers = Vec::new();
        for operation in ["signInWithGithub", "signInWithGoogle", "signInWithLinkedin", "signInWithFacebook"] {
            world.clock.advance(60);
            answers.push(arrive(&world, operation).await);
        }
        assert_eq!(users(&answers).len(), 1);
        let new: Vec<&Value> = answers.iter().map(|one| &one.body["isNew"]).collect();
        assert_eq!(new, [true, false, false, false]);
        // Three times somebody could be told.
        let letters = world.letters(INES).await;
        let providers: BTreeSet<&str> = letters.iter().map(|letter| letter.variables["provider"].as_str()).collect();
        assert_eq!(providers, BTreeSet::from(["Google", "LinkedIn", "Facebook"]));
        assert_eq!(letters.len(), 3);
        // The latest is the one that is shown.
        let way = world.anonymous.call("connect").json(&json!({"email": INES})).send().await.expect(200);
        assert_eq!(way.text_at("/provider"), "facebook");
        // The same number at another provider is somebody else.
        world.providers.say(Says { email: Some("otto@northwind.example"), subject: 7, ..Says::default() });
        let otto = arrive(&world, "signInWithGithub").await;
        world.providers.say(Says { email: Some("mara@northwind.example"), subject: 7, ..Says::default() });
        let mara = arrive(&world, "signInWithGoogle").await;
        assert_ne!(otto.text_at("/user/_id"), mara.text_at("/user/_id"));
    }

    /// Who is linked is known by who it is there, whatever the address has become.
    async fn the_person_and_not_the_address(world: World) {
        let ines = arrive(&world, "signInWithGithub").await;
        let other = world.account("Otto Olsen", "otto@northwind.example").await;
        world.providers.say(Says { email: Some("otto@northwind.example"), ..Says::default() });
        let again = arrive(&world, "signInWithGithub").await;
        assert_eq!(again.text_at("/user/_id"), ines.text_at("/user/_id"));
        assert_eq!(again.text_at("/user/email"), INES, "it is the account's");
        let sessions = other.client.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);
        // Whoever is new there with that address is Otto.
        world.providers.say(Says { subject: 7, email: Some("otto@northwind.example"), ..Says::default() });
        let otto = arrive(&world, "signInWithGithub").await;
        assert_eq!(otto.text_at("/user/_id"), other.id);
    }

    /// And whether or not the provider still vouches for an address.
    async fn without_an_address_any_more(world: World) {
        let ines = arrive(&world, "signInWithGithub").await;
        for says in [
            Says { verified: false, ..Says::default() },
            Says { email: None, ..Says::default() },
        ] {
            world.providers.say(says);
            let again = arrive(&world, "signInWithGithub").await;
            assert_eq!(again.text_at("/user/_id"), ines.text_at("/user/_id"));
        }
        // Nobody else is.
        world.providers.say(Says { subject: 7, email: None, ..Says::default() });
        calling(&world, "signInWithGithub").send().await.expect(403);
    }

    /// However it is written there.
    async fn by_the_address_as_it_is_compared(world: World) {
        let ines = world.account("Ines Laurent", INES).await;
        world.providers.say(Says { email: Some("INES@Northwind.Example"), ..Says::default() });
        let answer = arrive(&world, "signInWithGithub").await;
        assert_eq!(answer.text_at("/user/_id"), ines.id);
        assert_eq!(answer.text_at("/user/email"), INES);
    }

    /// An address that no document could show proves nothing.
    async fn by_no_address_at_all(world: World) {
        for email in ["", "ines", "ines@", "Ines <ines@northwind.example>", "ines@northwind.example\n"] {
            world.providers.say(Says { email: Some(email), ..Says::default() });
            calling(&world, "signInWithGithub").send().await.expect(403);
        }
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("address-unverified", None); 5]);
    }

    /// Who waits for confirmation may be a stranger: what they have is worth nothing
    /// from now on, and the account is a new one.
    async fn never_with_who_waits_for_confirmation(world: World) {
        let mut pending = Vec::new();
        for name in ["Somebody Else", "Yet Another"] {
            pending.push(world.sign_up(name, INES).await);
        }
        let before = world.letters(INES).await.len();
        let answer = arrive(&world, "signInWithGithub").await;
        assert_eq!(answer.body["isNew"], true);
        assert_eq!(answer.text_at("/user/displayName"), "Ines Laurent");
        assert_eq!(sessions(&world, &answer).await, 1);
        for claim in &pending {
            assert_ne!(claim.text_at("/user/_id"), answer.text_at("/user/_id"));
            world.with_session(claim).call("getCurrentUser").send().await.expect(401);
        }
        world.sign_in(INES, PASSWORD).await.expect(401);
        // The links that were mailed to them open nothing.
        for letter in &world.letters(INES).await[..before] {
            let url = letter.variables.get("confirm_url").or(letter.variables.get("reset_url")).unwrap();
            let token = crate::support::world::token_of(url);
            world.anonymous.call("confirmAccount").path("token", &token).send().await.expect(404);
            world.reset(&token, PASSWORD).await.expect(404);
        }
        // Nor do they come back by a further link.
        world.clock.advance(3_600);
        world.anonymous.call("resendConfirmation").json(&json!({"email": INES})).send().await.expect(200);
        assert_eq!(world.letters(INES).await.len(), before);
    }

    /// What waits for an address that has an account is forgotten at the link as well.
    async fn with_an_account_and_those_who_wait(world: World) {
        let ines = world.account("Ines Laurent", INES).await;
        let body = json!({"email": INES, "password": ANOTHER_PASSWORD, "displayName": "Somebody Else"});
        let claim = world.anonymous.call("signUp").json(&body).send().await.expect(201);
        let answer = arrive(&world, "signInWithGithub").await;
        assert_eq!(answer.text_at("/user/_id"), ines.id);
        world.with_session(&claim).call("getCurrentUser").send().await.expect(401);
    }

    /// An account that has no password gets one as everybody does, and keeps the link.
    async fn a_password_comes_later(world: World) {
        let ines = arrive(&world, "signInWithGithub").await;
        world.sign_in(INES, PASSWORD).await.expect(401);
        let token = world.reset_link(INES).await;
        world.reset(&token, PASSWORD).await.expect(200);
        // Every session has ended.
        world.with_session(&ines).call("getCurrentUser").send().await.expect(401);
        let by_password = world.sign_in(INES, PASSWORD).await.expect(200);
        let by_provider = arrive(&world, "signInWithGithub").await;
        assert_eq!(users(&[ines, by_password, by_provider]).len(), 1);
    }

    /// Many at the same moment: one account, one link, a session for each.
    async fn at_the_same_moment(world: World) {
        let world = world.without_limits();
        let answers = join_all((0..20).map(|_| arrive(&world, "signInWithGithub"))).await;
        assert_eq!(users(&answers).len(), 1);
        let new = answers.iter().filter(|answer| answer.body["isNew"] == true).count();
        assert_eq!(new, 1);
        assert_eq!(sessions(&world, &answers[0]).await, 20);
        let rows = world.db_audit("session.created").await;
        assert_eq!((successes(&rows).len(), rows.len()), (20, 20));
    }

    /// By all providers: one account with four links, whose owner is told of three.
    async fn with_all_providers_at_the_same_moment(world: World) {
        let world = world.without_limits();
        let operations = ["signInWithGithub", "signInWithGoogle", "signInWithLinkedin", "signInWithFacebook"];
        let answers = join_all((0..12).map(|number| arrive(&world, operations[number % 4]))).await;
        assert_eq!(users(&answers).len(), 1);
        let new = answers.iter().filter(|answer| answer.body["isNew"] == true).count();
        assert_eq!(new, 1);
        assert_eq!(world.letters(INES).await.len(), 3);
    }

    /// While the owner confirms the address: there is one account in the end, and it
    /// opens with the provider.
    async fn while_the_address_is_confirmed(world: World) {
        let world = world.without_limits();
        let claim = world.sign_up("Ines Laurent", INES).await;
        let letter = world.letter(INES, MailTemplate::Confirm).await;
        let token = crate::support::accounts::link_token(&letter);
        let confirm = world.anonymous.call("confirmAccount").path("token", &token).send();
        let (confirmed, arrived) = tokio::join!(confirm, arrive(&world, "signInWithGithub"));
        if confirmed.status.as_u16() == 200 {
            assert_eq!(arrived.text_at("/user/_id"), claim.text_at("/user/_id"));
            world.sign_in(INES, PASSWORD).await.expect(200);
        } else {
            // The claim was forgotten, or lost the address, before.
            assert!([404, 410].contains(&confirmed.status.as_u16()), "{}", confirmed.body);
            world.sign_in(INES, PASSWORD).await.expect(401);
        }
        let again = arrive(&world, "signInWithGithub").await;
        assert_eq!(again.text_at("/user/_id"), arrived.text_at("/user/_id"));
        let way = world.anonymous.call("connect").json(&json!({"email": INES})).send().await;
        way.expect(200);
    }

    /// The language of a new account: the one that the request asks for, else the
    /// provider's, where it is one that something is written in.
    async fn languages(world: World) {
        let tried = [
            ("signInWithGoogle", "pt-BR", None, "pt"),
            ("signInWithGoogle", "pt-BR", Some("es"), "es"),
            ("signInWithLinkedin", "de-CH", None, "en"),
            // It knows of none.
            ("signInWithGithub", "pt-BR", None, "en"),
            ("signInWithFacebook", "pt-BR", Some("pt"), "pt"),
        ];
        let addresses = ["a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com"];
        for (number, (operation, locale, asked, language)) in (1..).zip(tried) {
            let email = Some(addresses[usize::try_from(number).unwrap() - 1]);
            world.providers.say(Says { subject: number, email, locale, ..Says::default() });
            let call = calling(&world, operation);
            let call = match asked {
                Some(asked) => call.header("X-Language", asked),
                None => call,
            };
            let answer = call.send().await.expect(200);
            assert_eq!(answer.text_at("/user/language"), language, "{operation} {locale} {asked:?}");
        }
        // An account that is there keeps its own; its mail is in it.
        world.providers.say(Says { subject: 1, email: Some("a@example.com"), ..Says::default() });
        let known = calling(&world, "signInWithGithub").header("X-Language", "es").send().await.expect(200);
        assert_eq!(known.text_at("/user/language"), "pt");
        let letter = world.letter("a@example.com", MailTemplate::Linked).await;
        assert_eq!(letter.subject, "Uma nova forma de entrar");
        assert!(letter.text.starts_with("Olá, Ines Laurent,"), "{}", letter.text);
        // What is no language is refused before anybody is asked.
        calling(&world, "signInWithGithub").header("X-Language", "fr").send().await.expect(400);
    }

    /// As far as the provider tells one.
    async fn names(world: World) {
        let long = "n".repeat(101);
        let long: &'static str = Box::leak(long.into_boxed_str());
        for (subject, (name, email, shown)) in (1..).zip([
            (Some(("Ines", "Laurent")), "a@example.com", ("Ines Laurent", json!("Ines"), json!("Laurent"))),
            (None, "beatriz.b@example.com", ("beatriz.b", Value::Null, Value::Null)),
            // Nothing to be seen, or more than a name has.
            (Some((" ", " ")), "c@example.com", ("c", Value::Null, Value::Null)),
            (Some(("Dora", long)), "d@example.com", ("Dora", json!("Dora"), Value::Null)),
        ]) {
            world.providers.say(Says { subject, email: Some(email), name, ..Says::default() });
            let answer = arrive(&world, "signInWithGoogle").await;
            let (display, first, last) = shown;
            assert_eq!(answer.text_at("/user/displayName"), display);
            assert_eq!(answer.body["user"]["firstName"], first);
            assert_eq!(answer.body["user"]["lastName"], last);
        }
    }

    /// The answer is about the organisation that the request names; one that the
    /// person does not belong to counts as not given.
    async fn workspaces(world: World) {
        let ines = world.account("Ines Laurent", INES).await;
        let first = ines.found("Northwind Research").await;
        let second = ines.found("Laurent & Co").await;
        let (_, elsewhere) = world.strangers().await;
        for (workspace, company) in [(&first, &first), (&second, &second), (&elsewhere, &second)] {
            let answer = calling(&world, "signInWithGithub").header("X-Workspace-Id", workspace).send().await.expect(200);
            assert_eq!(&answer.text_at("/user/company/_id"), company);
            assert_eq!(answer.text_at("/flow"), "dashboard");
            let current = world.with_session(&answer).call("getCurrentOrganisation").send().await.expect(200);
            assert_eq!(current.text_at("/id"), second);
        }
    }

    /// An invite that waits for the address is accepted as ever, by who has just come.
    async fn an_invite_waits(world: World) {
        let (ada, acme) = world.organisation().await;
        let invite = ada.invite(INES, "member").await;
        let answer = arrive(&world, "signInWithGithub").await;
        assert_eq!(answer.text_at("/flow"), "onboarding", "nobody joins without wanting to");
        let session = world.with_session(&answer);
        session.call("acceptInvite").json(&json!({"token": invite.text_at("/token")})).send().await.expect(200);
        let again = arrive(&world, "signInWithGithub").await;
        assert_eq!(again.text_at("/user/company/_id"), acme);
        assert_eq!(again.text_at("/flow"), "dashboard");
    }

    /// A server without mail tells nobody, and links all the same.
    async fn without_mail(world: World) {
        let ines = world.person("Ines Laurent", INES).await;
        let world = world.without_mail().await;
        let answer = arrive(&world, "signInWithGithub").await;
        assert_eq!(answer.text_at("/user/_id"), ines.id);
    }

    /// Where somebody has come in by a provider they are at home: others' failures do
    /// not keep them from their password there.
    async fn is_at_home_afterwards(world: World) {
        world.account("Ines Laurent", INES).await;
        let home = world.anonymous.at("203.0.113.7");
        home.call("signInWithGithub").json(&json!({"code": "a-code", "code_verifier": VERIFIER})).send().await.expect(200);
        let elsewhere = world.anonymous.at("198.51.100.7");
        let password = |password| json!({"email": INES, "password": password});
        for _ in 0..5 {
            elsewhere.call("signIn").json(&password("nine copper kettles in a row")).send().await.expect(401);
        }
        elsewhere.call("signIn").json(&password(PASSWORD)).send().await.expect(429);
        home.call("signIn").json(&password(PASSWORD)).send().await.expect(200);
    }
}
