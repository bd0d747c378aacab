//! `updateProject`

use std::time::Duration;

use serde_json::{Value, json};
use tokio::join;

use super::{Scene, about, bare, create, delete, get, update};
use crate::cases;
use crate::support::Audited;

/// How often two requests are let loose on each other.
const ROUNDS: usize = 20;

cases! {
    /// What is named is replaced, null is null, and the rest stays.
    async fn updated(world: World) {
        let (ada, acme) = world.organisation().await;
        let id = create(&ada.client, &acme, &json!({
            "name": "Web",
            "product_description": "Weather for sailors.",
            "timezone": "Europe/Lisbon",
            "session_recording_masking_config": {"maskAllInputs": true, "blockSelector": "#secret"},
        })).await;
        let before = get(&ada.client, &acme, &id).await.expect(200).body;
        world.clock.advance(60);
        let change = json!({
            "name": "Web 2",
            "product_description": null,
            "session_recording_opt_in": true,
            // As a whole: the other member goes.
            "session_recording_masking_config": {"maskTextSelector": ".name"},
            "survey_config": {},
        });
        let updated = update(&ada.client, &acme, &id, &change).await.snapshot(200, "updated");
        let mut expected = before;
        for (name, value) in change.as_object().unwrap() {
            expected[name] = value.clone();
        }
        expected["updated_at"] = json!("2026-03-15T12:02:00Z");
        assert_eq!(updated.body, expected);
        assert_eq!(get(&ada.client, &acme, &id).await.expect(200).body, expected);

        let audit = world.db_audit("project.updated").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!((audit[0].target_kind.as_deref(), audit[0].target()), (Some("project"), id.as_str()));
    }

    /// Members see an open project and may not change it; those who do not see a private
    /// one are not told that it is there.
    async fn who_may(world: World) {
        let Scene { ada, acme, mia, seb, pia, open, private } = world.scene().await;
        let (olga, elsewhere) = world.strangers().await;
        let change = json!({"is_demo": true});
        update(&mia.client, &acme, &open, &change).await.snapshot(403, "not_an_admin");
        update(&seb.client, &acme, &private, &change).await.expect(403);
        update(&pia.client, &acme, &open, &change).await.expect(403);
        update(&mia.client, &acme, &private, &change).await.snapshot(404, "private");
        update(&olga.client, &acme, &open, &change).await.snapshot(404, "no_organisation");
        update(&olga.client, &elsewhere, &open, &change).await.expect(404);
        for project in [&open, &private] {
            assert_eq!(get(&ada.client, &acme, project).await.expect(200).body["is_demo"], false);
        }
        assert!(world.db_audit("project.updated").await.is_empty());

        let updated = update(&pia.client, &acme, &private, &change).await.expect(200);
        assert_eq!(updated.body["effective_membership_level"], 8);
        let key = ada.organisation_key(&["project:write"]).await;
        update(&key, &acme, &open, &change).await.expect(200);
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        update(&bob.client, &acme, &private, &change).await.expect(200);
    }

    /// What was given stays while a project is open, and counts again when it is private.
    async fn access_control(world: World) {
        let Scene { acme, mia, seb, pia, private, .. } = world.scene().await;
        update(&pia.client, &acme, &private, &json!({"access_control": false})).await.expect(200);
        get(&mia.client, &acme, &private).await.expect(200);
        update(&pia.client, &acme, &private, &json!({"access_control": true})).await.expect(200);
        get(&mia.client, &acme, &private).await.expect(404);
        get(&seb.client, &acme, &private).await.expect(200);
    }

    /// Nothing is named, nothing is changed, and it is written down that somebody was here.
    async fn nothing(world: World) {
        let (ada, acme) = world.organisation().await;
        let id = create(&ada.client, &acme, &json!({})).await;
        let before = get(&ada.client, &acme, &id).await.expect(200).body;
        assert_eq!(update(&ada.client, &acme, &id, &json!({})).await.expect(200).body, before);
        assert_eq!(world.db_audit("project.updated").await.len(), 1);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        let id = create(&ada.client, &acme, &json!({})).await;
        let before = get(&ada.client, &acme, &id).await.expect(200).body;
        update(&ada.client, &acme, &id, &json!({
            "name": null,
            "timezone": "utc",
            "session_recording_sample_rate": 0.5,
            "data_attributes": ["data-attr", "data-attr"],
            "session_recording_trigger_groups": {"version": 1, "groups": []},
            "modifiers": {"sessions": []},
            "logs_settings": {"retention_days": 0, "color": "red"},
            "revenue_analytics_config": {"goals": [{"name": "Year", "due_date": "2026-02-30", "goal": -1}]},
            "id": 7,
        })).await.snapshot(400, "invalid");
        about(&ada.client, "updateProject", &acme, &id).body("application/json", "{\"name\": \"We").send().await
            .snapshot(400, "syntax");
        assert_eq!(get(&ada.client, &acme, &id).await.expect(200).body, before);
    }

    /// Members alone are told of new messages; who was one when it was said stays named.
    async fn recipients(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        let id = create(&ada.client, &acme, &json!({})).await;
        let tell = |people: Vec<String>| json!({"conversations_settings": {"notification_recipients": people}});
        update(&ada.client, &acme, &id, &tell(vec![bare(&bob.id), bare(&olga.id)])).await
            .snapshot(404, "recipient_is_no_member");
        let told = tell(vec![bare(&bob.id)]);
        update(&ada.client, &acme, &id, &told).await.expect(200);
        bob.client.call("leaveOrganisation").send().await.expect(204);
        let updated = update(&ada.client, &acme, &id, &json!({"is_demo": true})).await.expect(200);
        assert_eq!(updated.body["conversations_settings"], told["conversations_settings"]);
        update(&ada.client, &acme, &id, &told).await.expect(404);
        update(&ada.client, &acme, &id, &tell(Vec::new())).await.expect(200);
    }

    /// Both survive, however they meet.
    async fn two_settings_at_once(world: World) {
        let world = world.without_limits();
        let (ada, acme) = world.organisation().await;
        let id = create(&ada.client, &acme, &json!({})).await;
        for round in 0..ROUNDS {
            let on = round % 2 == 0;
            let changes: [Value; 3] = [json!({"heatmaps_opt_in": on}), json!({"surveys_opt_in": on}), json!({"is_demo": on})];
            let [first, second, third] = &changes;
            let (first, second, third) = join!(
                update(&ada.client, &acme, &id, first),
                update(&ada.client, &acme, &id, second),
                update(&ada.client, &acme, &id, third),
            );
            for answer in [first, second, third] {
                answer.expect(200);
            }
            let shown = get(&ada.client, &acme, &id).await.expect(200).body;
            for setting in ["heatmaps_opt_in", "surveys_opt_in", "is_demo"] {
                assert_eq!(shown[setting], on, "{setting} in round {round}");
            }
        }
    }

    /// Who is no admin any more when it is the request's turn is refused, although the
    /// key was an admin's when it came.
    async fn role_lost_while_waiting(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let id = create(&ada.client, &acme, &json!({})).await;
        let before = get(&ada.client, &acme, &id).await.expect(200).body;
        let hold = world.db_hold(&acme).await;
        hold.project(&id).await;
        let change = json!({"name": "Bob's"});
        let release = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            hold.demote(&bob.id).await;
        };
        let (updated, deleted, ()) = join!(
            update(&bob.client, &acme, &id, &change),
            delete(&bob.client, &acme, &id),
            release,
        );
        for answer in [updated, deleted] {
            assert_eq!(answer.expect(403).text_at("/type"), "/problems/admin-required");
        }
        assert_eq!(get(&ada.client, &acme, &id).await.expect(200).body, before);
    }

    /// Whichever comes first, nothing is left that is half there.
    async fn updated_and_deleted(world: World) {
        let world = world.without_limits();
        let (ada, acme) = world.organisation().await;
        for _ in 0..ROUNDS {
            let id = create(&ada.client, &acme, &json!({})).await;
            let change = json!({"name": "Late"});
            let (updated, deleted) = join!(
                update(&ada.client, &acme, &id, &change),
                delete(&ada.client, &acme, &id),
            );
            deleted.expect(204);
            assert!([200, 404].contains(&updated.status.as_u16()), "{}", updated.body);
            updated.prove();
            get(&ada.client, &acme, &id).await.expect(404);
        }
    }
}
