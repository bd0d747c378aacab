//! Signing in by what a provider says: what is the same with all of them, tried with
//! each.

mod list_sign_in_providers;
mod sign_in_with_facebook;
mod sign_in_with_github;
mod sign_in_with_google;
mod sign_in_with_linkedin;

use charter_loopback::{OTHER_CLIENT, SECRET, VERIFIER};
use charter_persistence::{MailTemplate, SignUps};
use charter_social::Settings;
use serde_json::{Value, json};

use crate::support::accounts::PASSWORD;
use crate::support::audit::{refusals, successes};
use crate::support::provider::{Says, asking};
use crate::support::world::identity;
use crate::support::{Answer, Audited, World};

/// The address that the providers show unless they are told otherwise.
const INES: &str = "ines@northwind.example";

/// One of the providers.
struct Provider {
    operation: &'static str,
    /// As the document names it.
    name: &'static str,
    /// As people call it.
    called: &'static str,
    /// What the audit log is told about a token that the provider does not know.
    unknown: &'static str,
}

impl Provider {
    async fn sign_in(&self, world: &World, body: Value) -> Answer {
        world
            .anonymous
            .at("192.0.2.17")
            .call(self.operation)
            .json(&body)
            .send()
            .await
    }

    async fn by_token(&self, world: &World) -> Answer {
        let body = json!({"access_token": "an-access-token-of-hers"});
        self.sign_in(world, body).await
    }

    /// Nobody had the address: there is an account now, which needs no confirmation.
    async fn opens_an_account(&self, world: World) {
        let answer = self.by_token(&world).await.snapshot(200, "new");
        let session = world.with_session(&answer);
        let created = session
            .call("createOrganisation")
            .json(&json!({"name": "Northwind Research"}));
        created.send().await.expect(201);
        let sessions = session.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.text_at("/sessions/0/provider"), self.name);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);

        let way = connect(&world).await.expect(200);
        let told = json!({"email": INES, "provider": self.name, "password": false});
        assert_eq!(way.body, told);
        for secret in [&answer.text_at("/token"), "an-access-token-of-hers", SECRET] {
            assert!(!world.db_holds(secret).await, "{secret}");
        }
        assert!(world.letters(INES).await.is_empty());

        let rows = world.db_audit("session.created").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].target(), answer.text_at("/session/_id"));
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        assert!(rows[0].subject.is_some());
    }

    /// Whoever came before comes again.
    async fn knows_who_came_before(&self, world: World) {
        let first = self.by_token(&world).await.expect(200);
        world.clock.advance(3_600);
        let second = self.by_token(&world).await.snapshot(200, "known");
        assert_eq!(second.text_at("/user/_id"), first.text_at("/user/_id"));
        assert_ne!(second.text_at("/token"), first.text_at("/token"));
        let session = world.with_session(&first);
        session.call("getCurrentUser").send().await.expect(200);
        assert!(world.letters(INES).await.is_empty());
    }

    /// There is an account with the address: it opens with the provider as well from
    /// now on, which its owner is told.
    async fn links_the_account_of_the_address(&self, world: World) {
        let ines = world.account("Ines", INES).await;
        ines.found("Northwind Research").await;
        world.clock.advance(3_600);
        let answer = self.by_token(&world).await.snapshot(200, "linked");
        assert_eq!(answer.text_at("/user/_id"), ines.id);

        let letter = world.letter(INES, MailTemplate::Linked).await;
        for told in [
            self.called,
            "192.0.2.17",
            "2026-03-15 13:01 UTC",
            "Hello Ines,",
        ] {
            assert!(letter.text.contains(told), "{told}: {}", letter.text);
        }
        assert_eq!(letter.variables["provider"], self.called);
        // The password is as good as before, and so are the sessions.
        world.sign_in(INES, PASSWORD).await.expect(200);
        ines.client.call("getCurrentUser").send().await.expect(200);
        let way = connect(&world).await.expect(200);
        assert_eq!(way.body["provider"], "local");
        // Once.
        let again = self.by_token(&world).await.expect(200);
        assert_eq!(again.text_at("/user/_id"), ines.id);
        let letters = world.letters(INES).await;
        let linked = |letter: &&_| letter_is(letter, MailTemplate::Linked);
        assert_eq!(letters.iter().filter(linked).count(), 1);
    }

    /// Neither a code nor an access token, both, or more than belongs to either.
    async fn takes_one_of_two(&self, world: World) {
        self.sign_in(&world, json!({}))
            .await
            .snapshot(400, "invalid");
        for body in [
            json!({"code": "a-code", "access_token": "a-token"}),
            json!({"code": null}),
            json!({"code": ""}),
            json!({"access_token": ["a-token"]}),
            json!({"access_token": "a-token", "code_verifier": VERIFIER}),
            json!({"access_token": "a-token", "email": INES}),
            json!({"code": "a-code", "code_verifier": "short"}),
            json!({"redirectUri": format!("https://charter.example/oauth/{}", self.name)}),
            Value::Null,
        ] {
            let refused = self.sign_in(&world, body).await.expect(400);
            assert_eq!(refused.text_at("/errors/0/keyword"), "oneOf");
            assert_eq!(refused.text_at("/errors/0/pointer"), "");
        }
        assert!(world.providers.asked().is_empty());
    }

    /// A redirect address is one of those that the operator has set up, letter by letter.
    async fn knows_its_redirect_addresses(&self, world: World) {
        let body = json!({
            "code": "a-code",
            "redirectUri": "https://attacker.example/oauth",
            "code_verifier": VERIFIER,
        });
        self.sign_in(&world, body)
            .await
            .snapshot(400, "other_redirect");
        let known = format!("https://charter.example/oauth/{}", self.name);
        for strange in [
            format!("{known}/"),
            format!("{known}?next=https://attacker.example"),
            known.replace("https", "HTTPS"),
            known.replace("charter.example", "charter.example@attacker.example"),
        ] {
            let body = json!({"access_token": "a-token", "redirectUri": strange});
            let refused = self.sign_in(&world, body).await.expect(400);
            assert_eq!(refused.text_at("/errors/0/pointer"), "/redirectUri");
            assert_eq!(refused.text_at("/errors/0/keyword"), "enum");
        }
        assert!(world.providers.asked().is_empty());
        assert!(world.db_audit("session.created").await.is_empty());
        let body = json!({"access_token": "a-token", "redirectUri": known});
        self.sign_in(&world, body).await.expect(200);
    }

    /// A code whose verifier is missing is not redeemed.
    async fn demands_a_verifier(&self, world: World) {
        self.sign_in(&world, json!({"code": "a-code"}))
            .await
            .snapshot(400, "without_verifier");
        assert!(world.providers.asked().is_empty());
    }

    /// The provider does not know the token, or the code.
    async fn refuses_what_the_provider_does_not_know(&self, world: World) {
        let body = json!({"access_token": "unknown-to-anybody"});
        self.sign_in(&world, body).await.snapshot(401, "refused");
        world.clock.advance(1);
        let body = json!({"code": "unknown-to-anybody", "code_verifier": VERIFIER});
        self.sign_in(&world, body).await.expect(401);
        let rows = world.db_audit("session.created").await;
        assert!(successes(&rows).is_empty());
        assert_eq!(
            refusals(&rows),
            [
                ("provider-refused", Some(self.unknown)),
                ("provider-refused", Some("refused")),
            ]
        );
        assert!(rows.iter().all(|row| row.actor_user_id.is_none()));
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        assert!(!world.db_holds("unknown-to-anybody").await);
    }

    /// A token that the person has given to another application, which therefore has
    /// it as well.
    async fn refuses_tokens_of_other_applications(&self, world: World) {
        let ines = world.account("Ines", INES).await;
        world.providers.say(Says {
            client: OTHER_CLIENT,
            ..Says::default()
        });
        self.by_token(&world).await.expect(401);
        let rows = world.db_audit("session.created").await;
        assert_eq!(
            refusals(&rows),
            [("provider-refused", Some("other_client"))]
        );
        let sessions = ines.client.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);
    }

    /// Whose address it is is not known: it opens no account, and no other's.
    async fn demands_a_verified_address(&self, world: World) {
        let ines = world.account("Ines", INES).await;
        world.providers.say(Says {
            verified: false,
            ..Says::default()
        });
        self.by_token(&world).await.snapshot(403, "unverified");
        world.providers.say(Says {
            email: None,
            ..Says::default()
        });
        self.by_token(&world).await.expect(403);
        let sessions = ines.client.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);
        let letters = world.letters(INES).await;
        let linked = |letter: &_| letter_is(letter, MailTemplate::Linked);
        assert!(!letters.iter().any(linked));
        let rows = world.db_audit("session.created").await;
        let refused = ("address-unverified", None);
        assert_eq!(refusals(&rows), [refused, refused]);
    }

    /// By invite only: no new account, but those that are there open.
    async fn opens_no_account_by_invite_only(&self, world: World) {
        let mut options = identity();
        options.sign_up = SignUps::InviteOnly;
        let world = world.with_identity(options).await;
        self.by_token(&world).await.snapshot(403, "closed");
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("sign-up-closed", None)]);
        assert!(rows[0].subject.is_some());
        world.person("Ines", INES).await;
        let linked = self.by_token(&world).await.expect(200);
        assert_eq!(linked.body["isNew"], false);
        let known = self.by_token(&world).await.expect(200);
        assert_eq!(known.body["isNew"], false);
    }

    /// The provider is out of order, which is nobody's refusal.
    async fn says_that_the_provider_fails(&self, world: World) {
        world.providers.say(Says {
            up: false,
            ..Says::default()
        });
        self.by_token(&world).await.snapshot(502, "failed");
        let body = json!({"code": "a-code", "code_verifier": VERIFIER});
        self.sign_in(&world, body).await.expect(502);
        assert!(world.db_audit("session.created").await.is_empty());
        world.providers.say(Says::default());
        self.by_token(&world).await.expect(200);
    }

    /// The operator has set up the others, or none.
    async fn says_that_it_is_not_set_up(&self, world: World) {
        let mut settings = world.providers.settings();
        match self.name {
            "facebook" => settings.facebook = None,
            "github" => settings.github = None,
            "google" => settings.google = None,
            _ => settings.linkedin = None,
        }
        let port = asking(settings, world.clock.clone());
        let world = world.with_providers(Some(port)).await;
        self.by_token(&world).await.snapshot(503, "not_configured");
        let port = asking(Settings::default(), world.clock.clone());
        let world = world.with_providers(Some(port)).await;
        self.by_token(&world).await.expect(503);
        let world = world.with_providers(None).await;
        let refused = self.by_token(&world).await.expect(503);
        assert_eq!(refused.text_at("/type"), "/problems/not-configured");
        assert!(world.providers.asked().is_empty());
    }

    /// By a code, which works once.
    async fn redeems_a_code(&self, world: World) {
        let body = json!({
            "code": "a-code-of-hers",
            "redirectUri": format!("https://charter.example/oauth/{}", self.name),
            "code_verifier": VERIFIER,
        });
        let answer = self
            .sign_in(&world, body.clone())
            .await
            .snapshot(200, "code");
        let session = world.with_session(&answer);
        session.call("getCurrentUser").send().await.expect(200);
        // What the provider was told.
        let asked = world.providers.asked();
        let redeemed = asked.iter().find(|seen| seen.form.contains_key("code"));
        let form = &redeemed.unwrap().form;
        assert_eq!(form["code"], "a-code-of-hers");
        assert_eq!(form["code_verifier"], VERIFIER);
        assert_eq!(form["client_secret"], SECRET);
        assert_eq!(body["redirectUri"], form["redirect_uri"]);

        self.sign_in(&world, body).await.expect(401);
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("provider-refused", Some("refused"))]);
        assert!(!world.db_holds("a-code-of-hers").await);
        assert!(!world.db_holds(VERIFIER).await);
    }
}

fn letter_is(letter: &charter_persistence::Mail, template: MailTemplate) -> bool {
    letter.template == template
}

async fn connect(world: &World) -> Answer {
    world
        .anonymous
        .call("connect")
        .json(&json!({ "email": INES }))
        .send()
        .await
}
