//! `createProject`

use serde_json::json;

use super::{bare, call, create, delete, get};
use crate::cases;
use crate::support::Audited;

cases! {
    /// Whatever is not said is as the document says.
    async fn created(world: World) {
        let (ada, acme) = world.organisation().await;
        let created = call(&ada.client, "createProject", &acme).json(&json!({})).send().await.snapshot(201, "created");
        let id = created.body["id"].to_string();
        assert_eq!(get(&ada.client, &acme, &id).await.expect(200).body, created.body);

        let audit = world.db_audit("project.created").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!((audit[0].target_kind.as_deref(), audit[0].target()), (Some("project"), id.as_str()));
    }

    async fn with_settings(world: World) {
        let (ada, acme) = world.organisation().await;
        let settings = json!({
            "name": "  Trials ✈  ",
            "access_control": true,
            "timezone": "Europe/Lisbon",
            "base_currency": "EUR",
            "session_recording_sample_rate": "0.25",
            "week_start_day": 1,
            "cookieless_server_hash_mode": 2,
            "test_account_filters": [
                {"key": "email", "type": "person", "operator": "not_icontains", "value": "@northwind.example"},
                {"key": "visits", "type": "event", "operator": "gt", "value": 2.5},
                {"key": "plan", "type": "group", "value": ["free", "trial"], "group_type_index": 0},
                {"key": "beta", "type": "feature", "operator": "is_set"},
            ],
            "session_recording_trigger_groups": {"version": 2, "groups": [
                {"id": "slow", "sampleRate": 0.5, "minDurationMs": null, "conditions": {"matchType": "any", "events": ["slow"]}},
            ]},
            // Clients may keep what they like, a NUL as well.
            "extra_settings": {"tour": {"step": 3, "seen": [true, null, "\u{0}"]}},
            "modifiers": {"sessions": "v2", "sampling": 0.1, "debug": false},
            "conversations_settings": {"widget_color": "#0a0", "notification_recipients": [bare(&ada.id)]},
        });
        let created = call(&ada.client, "createProject", &acme).json(&settings).send().await.snapshot(201, "with_settings");
        for (name, value) in settings.as_object().unwrap() {
            assert_eq!(&created.body[name], value, "{name}");
        }
    }

    /// A key of the organisation has no level of its own.
    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["project:write"]).await;
        call(&key, "createProject", &acme).json(&json!({"name": "Of nobody"})).send().await.snapshot(201, "organisation_key");
    }

    /// 15 is the owner; the other admins have 8.
    async fn levels(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        for (person, level) in [(&ada, 15), (&bob, 8)] {
            let created = call(&person.client, "createProject", &acme).json(&json!({})).send().await.expect(201);
            assert_eq!(created.body["effective_membership_level"], level);
        }
    }

    /// Numbers go on, whoever's they are and whatever has become of the others.
    async fn numbers(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        let first: i64 = create(&ada.client, &acme, &json!({})).await.parse().unwrap();
        let second: i64 = create(&olga.client, &elsewhere, &json!({})).await.parse().unwrap();
        assert!(second > first);
        delete(&olga.client, &elsewhere, &second.to_string()).await.expect(204);
        let third: i64 = create(&ada.client, &acme, &json!({})).await.parse().unwrap();
        assert!(third > second);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        let create = |settings| call(&ada.client, "createProject", &acme).json(&settings).send();
        create(json!({
            "name": " ",
            "timezone": "Lisbon",
            "base_currency": "eur",
            "session_recording_sample_rate": "0.255",
            "session_recording_retention_period": "2y",
            "session_recording_minimum_duration_milliseconds": 30_001,
            "week_start_day": 2,
            "primary_dashboard": 0,
            "app_urls": ["northwind.example"],
            "test_account_filters": [{"key": "email", "type": "person", "operator": "like", "value": {}}],
            "survey_config": {"appearance": {"textColor": "black"}},
            "onboarding_tasks": {"first": "done"},
            "is_demo": null,
            "team": "web",
        })).await.snapshot(400, "invalid");
        create(json!([])).await.snapshot(400, "not_an_object");
        assert!(world.db_audit("project.created").await.is_empty());
    }

    /// Who is told of new messages is a member.
    async fn strangers_as_recipients(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        call(&ada.client, "createProject", &acme)
            .json(&json!({"conversations_settings": {"notification_recipients": [bare(&olga.id), bare(&ada.id)]}}))
            .send().await
            .snapshot(404, "recipient_is_no_member");
        let listed = call(&ada.client, "listProjects", &acme).send().await.expect(200);
        assert_eq!(listed.body["count"], 0);
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        call(&mia.client, "createProject", &acme).json(&json!({})).send().await.snapshot(403, "not_an_admin");
    }

    /// Organisations of others, and those that a bound key cannot name.
    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (_, elsewhere) = world.strangers().await;
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        let key = ada.organisation_key(&["project:write"]).await;
        call(&ada.client, "createProject", &elsewhere).json(&json!({})).send().await.snapshot(404, "not_found");
        call(&bound, "createProject", &second).json(&json!({})).send().await.expect(404);
        call(&key, "createProject", &acme).json(&json!({})).send().await.expect(404);
        // It need not be the active one.
        call(&ada.client, "createProject", &acme).json(&json!({})).send().await.expect(201);
        call(&bound, "createProject", &acme).json(&json!({})).send().await.expect(201);
    }

    async fn repeated(world: World) {
        let (ada, acme) = world.organisation().await;
        let create = |name: &str| call(&ada.client, "createProject", &acme)
            .header("Idempotency-Key", "project-1")
            .json(&json!({"name": name}));
        let first = create("Web").send().await.expect(201);
        world.clock.advance(3_600);
        let second = create("Web").send().await.snapshot(201, "repeated");
        assert_eq!(second.body, first.body);
        assert_eq!(second.headers["idempotency-replayed"], "true");
        create("App").send().await.snapshot(422, "key_reused");
        let listed = call(&ada.client, "listProjects", &acme).send().await.expect(200);
        assert_eq!(listed.body["count"], 1);
        assert_eq!(world.db_audit("project.created").await.len(), 1);
    }

    /// Who is no admin any more when it is the request's turn is refused.
    async fn role_lost_while_waiting(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let hold = world.db_hold(&acme).await;
        let create = call(&bob.client, "createProject", &acme).json(&json!({})).send();
        let release = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            hold.demote(&bob.id).await;
        };
        let (refused, ()) = tokio::join!(create, release);
        assert_eq!(refused.expect(403).text_at("/type"), "/problems/admin-required");
        let listed = call(&ada.client, "listProjects", &acme).send().await.expect(200);
        assert_eq!(listed.body["count"], 0);
    }
}
