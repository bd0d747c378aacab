//! Invites.

mod create_delegated_invite;
mod create_invites_bulk;

use serde_json::{Value, json};

use super::bare;
use crate::support::accounts::PASSWORD;
use crate::support::client::CallBuilder;
use crate::support::{Answer, Client, Person, World};

/// A call that invites several people into an organisation.
fn inviting<'c>(client: &'c Client, organisation: &str, people: &Value) -> CallBuilder<'c> {
    client
        .call("createInvitesBulk")
        .path("organization_id", bare(organisation))
        .json(people)
}

async fn invite(client: &Client, organisation: &str, people: &Value) -> Answer {
    inviting(client, organisation, people).send().await
}

/// A call that lets somebody else set an organisation up.
fn delegating<'c>(client: &'c Client, organisation: &str, body: &Value) -> CallBuilder<'c> {
    client
        .call("createDelegatedInvite")
        .path("organization_id", bare(organisation))
        .json(body)
}

async fn delegate(client: &Client, organisation: &str, body: &Value) -> Answer {
    delegating(client, organisation, body).send().await
}

/// A new project that members see only with access to it.
async fn private_project(admin: &Person, organisation: &str, name: &str) -> i64 {
    let created = admin
        .client
        .call("createProject")
        .path("organization_id", bare(organisation))
        .json(&json!({"name": name, "access_control": true}))
        .send()
        .await
        .expect(201);
    created.body["id"].as_i64().unwrap()
}

/// What somebody is in a project; nothing, if it is not to be seen.
async fn level_in(client: &Client, organisation: &str, project: i64) -> Option<i64> {
    let shown = client
        .call("getProject")
        .path("organization_id", bare(organisation))
        .path("id", project.to_string())
        .send()
        .await;
    match shown.status.as_u16() {
        404 => None,
        _ => shown.expect(200).body["effective_membership_level"].as_i64(),
    }
}

/// The pending invites of the active organisation, by address: those that were made at
/// once stand in any order.
async fn pending(admin: &Client) -> Vec<Value> {
    let listed = admin.call("listInvites").send().await.expect(200);
    let mut invites = listed.body["invites"].as_array().unwrap().clone();
    invites.sort_by_key(|invite| invite["email"].as_str().unwrap().to_owned());
    invites
}

/// The pending invite of an address, in the way of an answer that shows one.
async fn pending_of(admin: &Client, email: &str) -> Answer {
    let mut listed = admin.call("listInvites").send().await.expect(200);
    let invites = listed.body["invites"].as_array().unwrap();
    let own = invites.iter().find(|invite| invite["email"] == email);
    listed.body = own
        .unwrap_or_else(|| panic!("{email} is not invited"))
        .clone();
    listed
}

/// How many invites of the active organisation count this month.
async fn used(admin: &Client) -> i64 {
    let shown = admin
        .call("getDirectoryOrganisation")
        .send()
        .await
        .expect(200);
    shown.body["invites_used"].as_i64().unwrap()
}

/// Nobody is invited, no mail is due, and nothing is written down.
async fn nothing_happened(world: &World, admin: &Client) {
    assert_eq!(pending(admin).await, Vec::<Value>::new());
    assert_eq!(world.store.outbox_depth().await.unwrap(), 0);
    assert!(world.db_audit("invites.created").await.is_empty());
    assert!(world.db_audit("invite.delegated").await.is_empty());
}

/// Somebody who has told the language and both names, with an organisation.
async fn founder(world: &World, language: &str) -> (Person, String) {
    let email = &format!("ines-{language}@northwind.example");
    world.clock.advance(60);
    let signed_up = world
        .anonymous
        .call("signUp")
        .header("X-Language", language)
        .json(&json!({"email": email, "password": PASSWORD, "firstName": "Ines", "lastName": "Laurent"}))
        .send()
        .await
        .expect(201);
    world.confirm(email).await;
    let ines = Person {
        id: signed_up.text_at("/user/_id"),
        email: email.to_owned(),
        client: world.with_session(&signed_up),
    };
    let organisation = ines.found("Northwind").await;
    (ines, organisation)
}
