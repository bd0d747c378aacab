//! `listOrganizationMembers`

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cases;
use crate::governance::bare;
use crate::support::accounts::PASSWORD;
use crate::support::client::CallBuilder;
use crate::support::{Answer, Client};

fn call<'a>(client: &'a Client, organisation: &str) -> CallBuilder<'a> {
    client
        .call("listOrganizationMembers")
        .path("organization_id", bare(organisation))
}

fn emails(listed: &Answer) -> Vec<&str> {
    let results = listed.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|member| member["user"]["email"].as_str().unwrap())
        .collect()
}

/// What has to be asked for behind an address that an answer has.
fn query_of(address: &str) -> Vec<(String, String)> {
    let url: url::Url = address.parse().unwrap();
    url.query_pairs().into_owned().collect()
}

cases! {
    /// Who joined last comes first, unless the request says otherwise.
    async fn listed(world: World) {
        let (ada, acme) = world.organisation().await;
        world.strangers().await;
        let bob = world.account("Bob Builder", "bob@example.com").await;
        let invite = ada.invite(&bob.email, "admin").await;
        bob.accept(&invite).await.expect(200);
        let carol = world.joined(&ada, "Carol Clark", "Carol@Example.com", "member").await;
        let listed = call(&carol.client, &acme).send().await.snapshot(200, "listed");
        assert_eq!(listed.text_at("/results/2/user/uuid"), bare(&ada.id));
        let earliest = call(&carol.client, &acme).query("order", "joined_at").send().await.expect(200);
        let mut reversed = listed.body["results"].as_array().unwrap().clone();
        reversed.reverse();
        assert_eq!(earliest.body["results"], Value::from(reversed));
    }

    /// Who has told a first name and a last name has both; others have the whole one.
    async fn names(world: World) {
        let (ada, acme) = world.organisation().await;
        world.clock.advance(60);
        let body = json!({"email": "ines@example.com", "password": PASSWORD, "firstName": "Ines", "lastName": "Laurent"});
        let signed_up = world.anonymous.call("signUp").json(&body).send().await.expect(201);
        world.confirm("ines@example.com").await;
        let invite = ada.invite("ines@example.com", "member").await;
        world.with_session(&signed_up).call("acceptInvite").json(&json!({"token": invite.text_at("/token")})).send().await
            .expect(200);
        let listed = call(&ada.client, &acme).query("order", "joined_at").send().await.expect(200);
        let names = |index: usize| {
            let user = &listed.body["results"][index]["user"];
            json!([user["first_name"], user["last_name"]])
        };
        assert_eq!([names(0), names(1)], [json!(["Ada Admin", ""]), json!(["Ines", "Laurent"])]);
    }

    /// By the path, not by what is active.
    async fn another_than_the_active_one(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let own = bob.found("Bob & Sons").await;
        assert_eq!(emails(&call(&bob.client, &acme).send().await.expect(200)).len(), 2);
        assert_eq!(emails(&call(&bob.client, &own).send().await.expect(200)), ["bob@example.com"]);
    }

    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organization_member:read"]).await;
        assert_eq!(emails(&call(&key, &acme).send().await.expect(200)), ["ada@example.com"]);
    }

    /// There and back again by the addresses in the answers.
    async fn pages(world: World) {
        let (ada, acme) = world.organisation().await;
        for name in ["Bob", "Carol", "Dan", "Erin"] {
            world.joined(&ada, name, &format!("{}@example.com", name.to_lowercase()), "member").await;
        }
        let first = call(&ada.client, &acme).query("limit", "2").query("order", "joined_at").send().await
            .snapshot(200, "first_page");
        let follow = async |address: String| {
            let call = call(&ada.client, &acme);
            query_of(&address).iter().fold(call, |call, (name, value)| call.query(name, value)).send().await
        };
        let second = follow(first.text_at("/next")).await.snapshot(200, "middle_page");
        let third = follow(second.text_at("/next")).await.expect(200);
        assert_eq!(emails(&third), ["erin@example.com"]);
        assert_eq!(third.body["next"], Value::Null);
        assert_eq!(follow(third.text_at("/previous")).await.expect(200).body, second.body);
        assert_eq!(follow(second.text_at("/previous")).await.expect(200).body, first.body);

        // Before what was passed over there may be less than a page.
        let odd = call(&ada.client, &acme).query("limit", "3").query("offset", "1").send().await.expect(200);
        assert!(odd.text_at("/previous").ends_with("?order=-joined_at&limit=3&offset=0"));
        let behind = call(&ada.client, &acme).query("offset", "5").send().await.expect(200);
        assert_eq!([&behind.body["count"], &behind.body["results"]], [&json!(5), &json!([])]);
    }

    /// Everybody once, also those who joined at the same moment; 100 unless the request
    /// says otherwise, and 1,000 at most.
    async fn sizes(world: World) {
        let (ada, acme) = world.organisation().await;
        world.db_crowd(&acme, 1_200).await;
        let listed = call(&ada.client, &acme).send().await.expect(200);
        assert_eq!(emails(&listed).len(), 100);
        assert_eq!(listed.body["count"], 1_201);
        let first = call(&ada.client, &acme).query("limit", "1000").send().await.expect(200);
        let second = call(&ada.client, &acme).query("limit", "1000").query("offset", "1000").send().await.expect(200);
        let all: BTreeSet<&str> = emails(&first).into_iter().chain(emails(&second)).collect();
        assert_eq!([emails(&first).len(), emails(&second).len(), all.len()], [1_000, 201, 1_201]);
    }

    /// Parts of the name and of the address, whatever the size of the letters.
    async fn search(world: World) {
        let (ada, acme) = world.organisation().await;
        world.joined(&ada, "Zoë Ünal", "zoe_u@example.com", "member").await;
        world.joined(&ada, "Ｂｏｂ 100%", "Bob@Example.com", "member").await;
        let (olga, _) = world.strangers().await;
        let found = async |part: &str| {
            let listed = call(&ada.client, &acme).query("search", part).send().await.expect(200);
            let emails: Vec<String> = emails(&listed).into_iter().map(str::to_owned).collect();
            assert_eq!(listed.body["count"], emails.len());
            emails
        };
        assert_eq!(found("ÜNAL").await, ["zoe_u@example.com"]);
        assert_eq!(found("BOB").await, ["Bob@Example.com"]);
        assert_eq!(found("bob@EXAMPLE.COM").await, ["Bob@Example.com"]);
        assert_eq!(found("example.com").await.len(), 3);
        // Nothing in it means anything but itself.
        assert_eq!(found("%").await, ["Bob@Example.com"]);
        assert_eq!(found("e_").await, ["zoe_u@example.com"]);
        assert_eq!(found("\\").await, Vec::<String>::new());
        // In one of the two, not from the one into the other.
        assert_eq!(found("ünalzoe").await, Vec::<String>::new());
        assert_eq!(found("100% bob@").await, Vec::<String>::new());
        assert_eq!(found(&olga.email).await, Vec::<String>::new());
        let page = call(&ada.client, &acme).query("search", "Example.com").query("limit", "2").send().await
            .snapshot(200, "found");
        let next = query_of(&page.text_at("/next"));
        assert!(next.contains(&("search".to_owned(), "Example.com".to_owned())), "{next:?}");
        let behind = call(&ada.client, &acme).query("search", "example").query("offset", "3").send().await.expect(200);
        assert_eq!([&behind.body["count"], &behind.body["results"]], [&json!(3), &json!([])]);
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        let theirs = call(&ada.client, &elsewhere).send().await.snapshot(404, "not_a_member");
        let call_nowhere = ada.client.call("listOrganizationMembers").path("organization_id", "019c22c8-a220-752e-89a7-834df2a74de4");
        assert_eq!(call_nowhere.send().await.expect(404).body["detail"], theirs.body["detail"]);
        call(&olga.client, &acme).send().await.expect(404);
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        call(&bound, &acme).send().await.expect(200);
        call(&bound, &second).send().await.expect(404);
        let key = ada.organisation_key(&["organization_member:read"]).await;
        call(&key, &second).send().await.expect(200);
        call(&key, &acme).send().await.expect(404);
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listOrganizationMembers").path("organization_id", "acme")
            .query("limit", "1001").query("offset", "2147483648").query("order", "name").query("search", "").query("cursor", "x")
            .send().await
            .snapshot(400, "invalid");
    }
}
