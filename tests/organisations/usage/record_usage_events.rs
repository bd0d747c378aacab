//! `recordUsageEvents`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Client, World};

async fn record(client: &Client, events: Value) -> Answer {
    client
        .call("recordUsageEvents")
        .json(&json!({ "events": events }))
        .send()
        .await
}

async fn today(client: &Client) -> Value {
    let answer = client
        .call("getUsageHistory")
        .query("days", "1")
        .send()
        .await
        .expect(200);
    answer.body["history"][0].clone()
}

cases! {
    /// A batch counts once, however often it is sent.
    async fn once(world: World) {
        let (ada, _) = world.organisation().await;
        let events = json!([
            {"source": "crawler-1", "id": "job-1", "type": "job"},
            {"source": "crawler-1", "id": "job-1-pages", "type": "page", "quantity": 240,
             "occurred_at": "2026-03-15T11:58:30Z"},
        ]);
        record(&ada.client, events.clone()).await.snapshot(200, "recorded");
        record(&ada.client, events).await.snapshot(200, "duplicates");
        assert_eq!(today(&ada.client).await, json!({"date": "2026-03-15", "jobs": 1, "pages": 240}));
    }

    /// Source and id name an event, nothing else does: the first report counts,
    /// within a batch too.
    async fn what_names_an_event(world: World) {
        let (ada, _) = world.organisation().await;
        let mixed = record(
            &ada.client,
            json!([
                {"source": "a", "id": "1", "type": "page", "quantity": 5},
                {"source": "a", "id": "1", "type": "page", "quantity": 50},
                {"source": "b", "id": "1", "type": "page", "quantity": 7},
                {"source": "a", "id": "2", "type": "page", "quantity": 11},
                {"source": "A", "id": "2", "type": "page", "quantity": 13},
            ]),
        )
        .await
        .snapshot(200, "twice_in_a_batch");
        assert_eq!(mixed.body, json!({"accepted": 4, "duplicates": 1}));
        let later = record(
            &ada.client,
            json!([
                {"source": "a", "id": "1", "type": "job", "quantity": 500, "occurred_at": "2026-03-01T00:00:00Z"},
                {"source": "a", "id": "3", "type": "page"},
            ]),
        )
        .await
        .expect(200);
        assert_eq!(later.body, json!({"accepted": 1, "duplicates": 1}));
        assert_eq!(today(&ada.client).await["pages"], 5 + 7 + 11 + 13 + 1);
        assert_eq!(today(&ada.client).await["jobs"], 0);
    }

    /// Each organisation has its own events.
    async fn per_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let events = json!([{"source": "s", "id": "1", "type": "page", "quantity": 3}]);
        record(&ada.client, events.clone()).await.expect(200);
        let other = record(&olga.client, events.clone()).await.expect(200);
        assert_eq!(other.body, json!({"accepted": 1, "duplicates": 0}));
        // The same events by a key of the organisation are the same events.
        let key = ada.organisation_key(&["usage:write"]).await;
        let again = record(&key, events).await.expect(200);
        assert_eq!(again.body, json!({"accepted": 0, "duplicates": 1}));
    }

    /// All events of a batch or none: one that breaks the document keeps the
    /// others out.
    async fn all_or_none(world: World) {
        let (ada, _) = world.organisation().await;
        record(
            &ada.client,
            json!([
                {"source": "s", "id": "1", "type": "page"},
                {"source": "s", "id": "2", "type": "page", "quantity": 0},
            ]),
        )
        .await
        .expect(400);
        assert_eq!(today(&ada.client).await["pages"], 0);
        assert_eq!(world.db_audit("usage.recorded").await.len(), 0);
        record(&ada.client, json!([{"source": "s", "id": "1", "type": "page"}])).await.expect(200);
        assert_eq!(today(&ada.client).await["pages"], 1);
        assert_eq!(world.db_audit("usage.recorded").await.len(), 1);
    }

    /// The largest batch, and more than the plan allows.
    async fn a_thousand(world: World) {
        let (ada, _) = world.organisation().await;
        let events: Vec<Value> = (0..1000)
            .map(|number| json!({"source": "s", "id": number.to_string(), "type": "page", "quantity": 1_000_000}))
            .collect();
        let answer = record(&ada.client, events.clone().into()).await.expect(200);
        assert_eq!(answer.body, json!({"accepted": 1000, "duplicates": 0}));
        assert_eq!(today(&ada.client).await["pages"], 1_000_000_000);
        let mut more = events;
        more[999] = json!({"source": "s", "id": "1000", "type": "page"});
        let answer = record(&ada.client, more.into()).await.expect(200);
        assert_eq!(answer.body, json!({"accepted": 1, "duplicates": 999}));
        let usage = ada.client.call("getUsage").send().await.expect(200);
        assert_eq!(usage.body["usage"]["daily_used"], 1_000_000_001);
        assert_eq!(usage.body["usage"]["daily_limit"], 100);
    }

    /// The day of an event is its own, in the past and in the future.
    async fn days(world: World) {
        let (ada, _) = world.organisation().await;
        record(
            &ada.client,
            json!([
                {"source": "s", "id": "1", "type": "page", "quantity": 2, "occurred_at": "2026-03-14T00:00:00Z"},
                {"source": "s", "id": "2", "type": "page", "quantity": 4, "occurred_at": "2026-03-16T12:00:00Z"},
                {"source": "s", "id": "3", "type": "page", "quantity": 8, "occurred_at": "1999-12-31T23:59:59Z"},
            ]),
        )
        .await
        .expect(200);
        assert_eq!(today(&ada.client).await["pages"], 0);
        world.clock.advance(86_400);
        assert_eq!(today(&ada.client).await["pages"], 4);
    }

    async fn no_organisation(world: World) {
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        record(&nora.client, json!([{"source": "s", "id": "1", "type": "page"}]))
            .await
            .snapshot(404, "no_active_organisation");
    }

    async fn violations(world: World) {
        let (ada, _) = world.organisation().await;
        record(
            &ada.client,
            json!([
                {"source": "", "id": "a b", "type": "click"},
                {"source": "s", "id": "1", "type": "page", "quantity": 1_000_001, "occurred_at": "yesterday"},
                {"source": 7, "type": "page", "quantity": 1.5, "colour": "red"},
                "page",
            ]),
        )
        .await
        .snapshot(400, "violations");
        record(&ada.client, json!([])).await.snapshot(400, "no_events");
    }
}

/// The same events from several senders at the same moment count once.
mod at_the_same_moment {
    use super::*;

    async fn case(world: World) {
        let (ada, _) = world.organisation().await;
        // Each sender has them in another order: whoever locks in the order of
        // arrival waits for the other in a circle.
        let events: Vec<Value> = (0..40)
            .map(|number| json!({"source": "s", "id": number.to_string(), "type": "page"}))
            .collect();
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..8 {
            let client = ada.client.clone();
            let mut events = events.clone();
            if sender % 2 == 0 {
                events.reverse();
            }
            events.rotate_left(sender * 5);
            senders.spawn(async move {
                let answer = record(&client, events.into()).await.expect(200);
                answer.body["accepted"].as_i64().unwrap()
            });
        }
        let accepted: i64 = senders.join_all().await.into_iter().sum();
        assert_eq!(accepted, 40);
        assert_eq!(today(&ada.client).await["pages"], 40);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        case(World::sqlite().await).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        case(World::postgres().await).await;
    }
}
