//! `getUsageHistory`

use serde_json::{Value, json};

use crate::cases;
use crate::support::Client;

async fn history(client: &Client, days: &str) -> Vec<Value> {
    let answer = client
        .call("getUsageHistory")
        .query("days", days)
        .send()
        .await
        .expect(200);
    answer.body["history"].as_array().unwrap().clone()
}

fn day(date: &str, jobs: i64, pages: i64) -> Value {
    json!({"date": date, "jobs": jobs, "pages": pages})
}

cases! {
    /// Every day stands there, the oldest first, today last.
    async fn with_gaps(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("recordUsageEvents")
            .json(&json!({"events": [
                {"source": "s", "id": "1", "type": "page", "quantity": 40},
                {"source": "s", "id": "2", "type": "page", "quantity": 2},
                {"source": "s", "id": "3", "type": "job"},
                {"source": "s", "id": "4", "type": "job", "quantity": 3, "occurred_at": "2026-03-12T08:00:00Z"},
                {"source": "s", "id": "5", "type": "page", "quantity": 9, "occurred_at": "2026-03-11T23:59:59Z"},
            ]}))
            .send()
            .await
            .expect(200);
        ada.client
            .call("getUsageHistory")
            .query("days", "5")
            .send()
            .await
            .snapshot(200, "five_days");
        assert_eq!(
            history(&ada.client, "5").await,
            [
                day("2026-03-11", 0, 9),
                day("2026-03-12", 3, 0),
                day("2026-03-13", 0, 0),
                day("2026-03-14", 0, 0),
                day("2026-03-15", 1, 42),
            ]
        );
        assert_eq!(history(&ada.client, "1").await, [day("2026-03-15", 1, 42)]);
        // A day later everything has moved by one place.
        world.clock.advance(86_400);
        assert_eq!(
            history(&ada.client, "2").await,
            [day("2026-03-15", 1, 42), day("2026-03-16", 0, 0)]
        );
    }

    /// Thirty days unless told otherwise, 365 at most, across months, years and
    /// leap days.
    async fn length(world: World) {
        let (ada, _) = world.organisation().await;
        let answer = ada.client.call("getUsageHistory").send().await.expect(200);
        let days = answer.body["history"].as_array().unwrap();
        assert_eq!(days.len(), 30);
        assert_eq!(days[0], day("2026-02-14", 0, 0));
        assert_eq!(days[29], day("2026-03-15", 0, 0));
        let days = history(&ada.client, "365").await;
        assert_eq!(days.len(), 365);
        assert_eq!(days[0], day("2025-03-16", 0, 0));
        // 2028-03-01: the year before it has a leap day.
        world.clock.advance((352 + 365) * 86_400);
        let days = history(&ada.client, "365").await;
        assert_eq!(days[364]["date"], "2028-03-01");
        assert_eq!(days[363]["date"], "2028-02-29");
        assert_eq!(days[0]["date"], "2027-03-03");
    }

    async fn another_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        ada.client
            .call("recordUsageEvents")
            .json(&json!({"events": [{"source": "s", "id": "1", "type": "page"}]}))
            .send()
            .await
            .expect(200);
        assert_eq!(history(&olga.client, "1").await, [day("2026-03-15", 0, 0)]);
        assert_eq!(history(&ada.client, "1").await, [day("2026-03-15", 0, 1)]);
    }

    async fn no_organisation(world: World) {
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        nora.client
            .call("getUsageHistory")
            .send()
            .await
            .snapshot(404, "no_active_organisation");
    }

    async fn violations(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("getUsageHistory")
            .query("days", "366")
            .query("until", "2026-03-01")
            .send()
            .await
            .snapshot(400, "violations");
    }
}
