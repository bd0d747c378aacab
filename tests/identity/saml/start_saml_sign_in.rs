//! `startSamlSignIn`

use charter_issuer::Asked;
use serde_json::{Value, json};
use url::Url;

use crate::cases;
use crate::support::audit::{refusals, successes};
use crate::support::saml::redeem;
use crate::support::{Answer, Audited, World};

async fn start(world: &World, body: Value) -> Answer {
    world
        .anonymous
        .at("192.0.2.17")
        .call("startSamlSignIn")
        .json(&body)
        .send()
        .await
}

fn asked(answer: &Answer) -> Asked {
    Asked::read(&answer.text_at("/url").parse().unwrap())
}

cases! {
    async fn by_address(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let answer = start(&world, json!({"email": "Mara@Northwind.example"})).await
            .snapshot(200, "by_address");
        let begun = world.begun(&northwind, &answer);
        let relay_state = begun.asked.relay_state.unwrap();
        assert!(!begun.asked.is_signed, "there is no key");
        // Whoever reads the address of the provider's page cannot redeem anything.
        assert_ne!(relay_state, begun.state);
        for secret in [&begun.state, &relay_state] {
            assert!(!world.db_holds(secret).await, "{secret}");
        }
        let url: Url = answer.text_at("/url").parse().unwrap();
        assert!(!url.as_str().contains("mara"), "who it is the provider asks");

        let rows = world.db_audit("saml.started").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].target(), northwind.id);
        assert_eq!(rows[0].organisation(), acme);
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        assert_eq!(rows[0].actor_user_id, None);
    }

    async fn by_id(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let answer = start(&world, json!({"id": northwind.id})).await.snapshot(200, "by_id");
        world.begun(&northwind, &answer);
    }

    /// Each has its own; where both are given, the id counts.
    async fn several_providers(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let (_, elsewhere) = world.strangers().await;
        let contoso = world.identity_provider(&elsewhere, "contoso.example").await;
        for (body, provider) in [
            (json!({"email": "mara@northwind.example"}), &northwind),
            (json!({"email": "mara@contoso.example"}), &contoso),
            (json!({"email": "mara@northwind.example", "id": contoso.id}), &contoso),
            (json!({"email": "mara@nowhere.example", "id": northwind.id}), &northwind),
        ] {
            let answer = start(&world, body).await.expect(200);
            world.begun(provider, &answer);
        }
    }

    /// No two are alike.
    async fn each_is_its_own(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let (first, second) = (world.begin(&northwind).await, world.begin(&northwind).await);
        assert_ne!(first.asked.id, second.asked.id);
        assert_ne!(first.asked.relay_state, second.asked.relay_state);
        assert_ne!(first.state, second.state);
    }

    /// Whether anybody has the address makes no difference.
    async fn tells_nothing_of_accounts(world: World) {
        let (_, acme) = world.organisation().await;
        world.identity_provider(&acme, "northwind.example").await;
        world.account("Ines Laurent", "ines@northwind.example").await;
        world.sign_up("Mara Olsen", "mara@northwind.example").await;
        let mut seen = Vec::new();
        for name in ["ines", "mara", "nobody"] {
            let answer = start(&world, json!({"email": format!("{name}@northwind.example")})).await.expect(200);
            let members: Vec<String> = answer.body.as_object().unwrap().keys().cloned().collect();
            seen.push((members, answer.text_at("/id"), answer.text_at("/url").len(), answer.text_at("/expires")));
        }
        assert_eq!(seen[0].0, seen[1].0);
        assert_eq!(seen[1].0, seen[2].0);
        assert_eq!(seen[0].1, seen[2].1);
        let rows = world.db_audit("saml.started").await;
        assert_eq!(successes(&rows).len(), 3);
    }

    /// With a key, providers can tell that it is us.
    async fn signed(world: World) {
        let world = world.with_signed_requests().await;
        let (_, acme) = world.organisation().await;
        world.identity_provider(&acme, "northwind.example").await;
        let answer = start(&world, json!({"email": "mara@northwind.example"})).await.expect(200);
        assert!(asked(&answer).is_signed);
    }

    /// Nobody may be sent anywhere, or called back, in plain text.
    async fn not_offered(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, "mara@northwind.example").xml();
        let world = world.at("http://charter.example").await;
        start(&world, json!({"id": northwind.id})).await.snapshot(503, "not_configured");
        begun.handed_in(&world.anonymous, &xml).await.snapshot(503, "not_configured");
        begun.brought(&world.anonymous, &xml).await.snapshot(503, "not_configured");
        redeem(&world.anonymous, &begun.state, &begun.state).await.snapshot(503, "not_configured");
        world.anonymous.call("getSamlMetadata").send().await.snapshot(503, "not_configured");
    }

    /// A provider that takes signed requests alone is told of by whoever has no key.
    async fn unsigned(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.strict_provider(&acme, "northwind.example").await;
        start(&world, json!({"id": northwind.id})).await.snapshot(503, "unsigned");
        assert!(world.db_audit("saml.started").await.is_empty());
        let world = world.with_signed_requests().await;
        let answer = start(&world, json!({"id": northwind.id})).await.expect(200);
        assert!(world.begun(&northwind, &answer).asked.is_signed);
    }

    async fn invalid(world: World) {
        start(&world, json!({"email": "mara", "id": "northwind", "url": "https://evil.example"})).await
            .snapshot(400, "invalid");
        start(&world, json!({})).await.snapshot(400, "nothing");
    }

    /// A domain is the whole of it.
    async fn unknown(world: World) {
        let (_, acme) = world.organisation().await;
        world.identity_provider(&acme, "northwind.example").await;
        start(&world, json!({"email": "mara@contoso.example"})).await.snapshot(404, "unknown_domain");
        start(&world, json!({"id": "saml_01kqv7c9h0e2pt8wmf4rz6dkxa"})).await.snapshot(404, "unknown");
        for email in [
            "mara@sub.northwind.example",
            "mara@evilnorthwind.example",
            "mara@northwind.example.evil.example",
            "mara@example",
        ] {
            start(&world, json!({"email": email})).await.expect(404);
        }
        let rows = world.db_audit("saml.started").await;
        assert!(successes(&rows).is_empty());
        assert_eq!(refusals(&rows), [("not-found", None); 6]);
    }

    /// What the operator has taken away is not there any more.
    async fn removed(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        world.remove(&northwind).await;
        start(&world, json!({"id": northwind.id})).await.expect(404);
        start(&world, json!({"email": "mara@northwind.example"})).await.expect(404);
    }
}
