//! People with accounts, their mail, and the networks that requests come from.

use charter_persistence::{Mail, MailTemplate};
use charter_server::configuration::Configuration;
use serde_json::{Value, json};

use crate::support::client::CallBuilder;
use crate::support::world::token_of;
use crate::support::{Answer, Client, World};

/// A password that is good enough.
pub(super) const PASSWORD: &str = "grey heron counts seven tides";

/// Another one.
pub(super) const ANOTHER: &str = "a lantern across the winter ferry";

/// One that somebody hopes for.
pub(super) const WRONG: &str = "nine copper kettles in a row";

/// Where the owners of accounts live.
pub(super) const HOME: &str = "203.0.113.7";

/// The service behind a proxy that tells where requests come from.
pub(super) fn behind_proxy(world: &World) -> Client {
    let configuration = Configuration {
        proxy_hops: 1,
        ..Configuration::default()
    };
    world.serve(&world.store, &configuration)
}

/// Networks that have nothing to do with each other or with anybody.
pub(super) fn network(number: usize) -> String {
    format!("198.18.{}.{}", number / 250, number % 250 + 1)
}

/// A call that comes from a network.
pub(super) fn from<'a>(client: &'a Client, operation: &str, network: &str) -> CallBuilder<'a> {
    client.call(operation).header("x-forwarded-for", network)
}

/// What a sign-up says.
pub(super) fn person(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password, "firstName": "Ines", "lastName": "Laurent"})
}

pub(super) async fn sign_up(client: &Client, network: &str, email: &str, password: &str) -> Answer {
    from(client, "signUp", network)
        .json(&person(email, password))
        .send()
        .await
}

pub(super) async fn sign_in(client: &Client, network: &str, email: &str, password: &str) -> Answer {
    from(client, "signIn", network)
        .json(&json!({"email": email, "password": password}))
        .send()
        .await
}

/// An operation that takes an address and nothing else.
pub(super) async fn ask(client: &Client, operation: &str, network: &str, email: &str) -> Answer {
    from(client, operation, network)
        .json(&json!({ "email": email }))
        .send()
        .await
}

pub(super) async fn confirm(client: &Client, network: &str, token: &str) -> Answer {
    from(client, "confirmAccount", network)
        .path("token", token)
        .send()
        .await
}

pub(super) async fn reset(client: &Client, network: &str, token: &str, password: &str) -> Answer {
    from(client, "resetPassword", network)
        .path("token", token)
        .json(&json!({"newPassword": password, "confirmPassword": password}))
        .send()
        .await
}

pub(super) async fn sign_up_invited(
    client: &Client,
    network: &str,
    token: &str,
    email: &str,
    password: &str,
) -> Answer {
    from(client, "signUpWithInvite", network)
        .path("token", token)
        .json(&person(email, password))
        .send()
        .await
}

/// Whether a credential still opens anything.
pub(super) async fn lives(client: &Client, token: &str) -> bool {
    let answer = client.with_key(token).call("getCurrentUser").send().await;
    match answer.status.as_u16() {
        200 => true,
        401 => false,
        other => panic!("{other}: {}", answer.body),
    }
}

/// Every mail to an address, once the worker has done its work.
pub(super) async fn mails_to(world: &World, email: &str) -> Vec<Mail> {
    while world.store.grant_wishes().await.unwrap() + world.store.deliver_due().await.unwrap() > 0 {
    }
    let mut mails = world.mailer.mails();
    mails.retain(|mail| mail.to.eq_ignore_ascii_case(email));
    mails
}

/// The token in the latest mail of a kind to an address.
pub(super) async fn mailed_token(world: &World, email: &str, template: MailTemplate) -> String {
    let variable = match template {
        MailTemplate::Confirm => "confirm_url",
        MailTemplate::Reset => "reset_url",
        MailTemplate::Invite => "invite_url",
        other => panic!("{other:?} has no link"),
    };
    let mails = mails_to(world, email).await;
    let mail = mails.iter().rfind(|mail| mail.template == template);
    let mail = mail.unwrap_or_else(|| panic!("no {template:?} to {email}: {mails:?}"));
    token_of(&mail.variables[variable])
}

/// Opens an account from home, confirms it, and gives the token of its session.
pub(super) async fn account(world: &World, client: &Client, email: &str) -> String {
    let signed_up = sign_up(client, HOME, email, PASSWORD).await.expect(201);
    let token = mailed_token(world, email, MailTemplate::Confirm).await;
    confirm(client, HOME, &token).await.expect(200);
    // Signing up tells no place at which somebody is at home; signing in does.
    sign_in(client, HOME, email, PASSWORD).await.expect(200);
    signed_up.text_at("/token")
}
