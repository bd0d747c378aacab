//! `getMemberGithubLogin`

use serde_json::{Value, json};

use crate::cases;
use crate::governance::bare;
use crate::support::provider::Says;
use crate::support::{Answer, Client, World};

async fn login(client: &Client, organisation: &str, member: &str) -> Answer {
    client
        .call("getMemberGithubLogin")
        .path("organization_id", bare(organisation))
        .path("user__uuid", bare(member))
        .send()
        .await
}

/// Signs in with GitHub as whoever the provider says it is.
async fn sign_in(world: &World, says: Says) -> Answer {
    world.clock.advance(60);
    world.providers.say(says);
    world
        .anonymous
        .call("signInWithGithub")
        .json(&json!({"accessToken": "a-token"}))
        .send()
        .await
        .expect(200)
}

fn bob(subject: u64, login: &'static str) -> Says {
    Says {
        subject,
        login,
        email: Some("bob@example.com"),
        ..Says::default()
    }
}

cases! {
    /// From the sign-in on, and what it is at the latest one.
    async fn told(world: World) {
        let (ada, acme) = world.organisation().await;
        let member = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        login(&ada.client, &acme, &member.id).await.snapshot(200, "unknown");
        sign_in(&world, bob(1, "bob-builds")).await;
        login(&member.client, &acme, &member.id).await.snapshot(200, "known");
        sign_in(&world, bob(1, "bob-sells")).await;
        let renamed = login(&ada.client, &acme, &member.id).await.expect(200);
        assert_eq!(renamed.body, json!({"github_login": "bob-sells"}));
        // A second account at GitHub.
        sign_in(&world, bob(2, "bob-at-work")).await;
        let second = login(&ada.client, &acme, &member.id).await.expect(200);
        assert_eq!(second.text_at("/github_login"), "bob-at-work");
        let nobody = login(&member.client, &acme, &ada.id).await.expect(200);
        assert_eq!(nobody.body["github_login"], Value::Null);
    }

    /// Who comes to the server this way has it from the beginning.
    async fn new_account(world: World) {
        let (ada, acme) = world.organisation().await;
        let signed_in = sign_in(&world, bob(1, "bob-builds")).await;
        let invite = ada.invite("bob@example.com", "member").await;
        world.with_session(&signed_in).call("acceptInvite").json(&json!({"token": invite.text_at("/token")})).send().await
            .expect(200);
        let known = login(&ada.client, &acme, &signed_in.text_at("/user/_id")).await.expect(200);
        assert_eq!(known.text_at("/github_login"), "bob-builds");
    }

    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organization_member:read"]).await;
        login(&key, &acme, &ada.id).await.expect(200);
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        login(&ada.client, &acme, &olga.id).await.snapshot(404, "no_member");
        login(&ada.client, &elsewhere, &olga.id).await.snapshot(404, "no_organisation");
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        login(&bound, &acme, &ada.id).await.expect(200);
        login(&bound, &second, &ada.id).await.expect(404);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.client.call("getMemberGithubLogin").path("organization_id", &acme).path("user__uuid", &ada.id).query("at", "work")
            .send().await
            .snapshot(400, "invalid");
    }
}
