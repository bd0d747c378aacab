//! `getUsage`

use serde_json::json;

use crate::cases;
use crate::support::Client;

async fn report(client: &Client, events: serde_json::Value) {
    client
        .call("recordUsageEvents")
        .json(&json!({ "events": events }))
        .send()
        .await
        .expect(200);
}

cases! {
    async fn nothing_yet(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("getUsage").send().await.snapshot(200, "nothing");
    }

    /// Pages count, jobs do not; days and months are those of UTC.
    async fn today_and_this_month(world: World) {
        let (ada, _) = world.organisation().await;
        report(
            &ada.client,
            json!([
                {"source": "s", "id": "1", "type": "page", "quantity": 7, "occurred_at": "2026-03-15T00:00:00Z"},
                {"source": "s", "id": "2", "type": "page", "quantity": 11},
                {"source": "s", "id": "3", "type": "job", "quantity": 1000},
                {"source": "s", "id": "4", "type": "page", "quantity": 100, "occurred_at": "2026-03-14T23:59:59.999999Z"},
                {"source": "s", "id": "5", "type": "page", "quantity": 200, "occurred_at": "2026-03-01T00:00:00Z"},
                {"source": "s", "id": "6", "type": "page", "quantity": 5000, "occurred_at": "2026-02-28T23:59:59Z"},
                // 23:30 on the 14th, and 00:30 on the 15th, in UTC.
                {"source": "s", "id": "7", "type": "page", "quantity": 13, "occurred_at": "2026-03-15T01:30:00+02:00"},
                {"source": "s", "id": "8", "type": "page", "quantity": 17, "occurred_at": "2026-03-14T22:30:00-02:00"},
            ]),
        )
        .await;
        let usage = ada.client.call("getUsage").send().await.snapshot(200, "used");
        assert_eq!(usage.body["usage"]["daily_used"], 7 + 11 + 17);
        assert_eq!(usage.body["usage"]["monthly_used"], 7 + 11 + 17 + 100 + 200 + 13);

        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.body["usage"]["pages_crawled_this_month"], 348);
        assert_eq!(current.body["usage"]["jobs_this_month"], 1000);

        // At midnight the day begins anew, with the month its sum.
        world.clock.advance(12 * 3_600);
        let usage = ada.client.call("getUsage").send().await.expect(200);
        assert_eq!(usage.body["usage"]["daily_used"], 0);
        assert_eq!(usage.body["usage"]["monthly_used"], 348);
        world.clock.advance(16 * 86_400);
        let usage = ada.client.call("getUsage").send().await.expect(200);
        assert_eq!(usage.body["usage"]["monthly_used"], 0);
    }

    /// The limit is that of the plan, and every organisation has its own usage.
    async fn plan_and_tenant(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        report(&olga.client, json!([{"source": "s", "id": "1", "type": "page", "quantity": 99}])).await;
        ada.client
            .call("updatePlan")
            .json(&json!({"plan_id": "starter"}))
            .send()
            .await
            .expect(200);
        let usage = ada.client.call("getUsage").send().await.expect(200);
        assert_eq!(
            usage.body["usage"],
            json!({"daily_used": 0, "daily_limit": 1000, "monthly_used": 0, "plan_id": "starter"})
        );
        let usage = olga.client.call("getUsage").send().await.expect(200);
        assert_eq!(usage.body["usage"]["daily_used"], 99);
    }

    /// The organisation's key and every member may look.
    async fn anybody_of_the_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        mia.client.call("getUsage").send().await.expect(200);
        ada.organisation_key(&["usage:read"]).await.call("getUsage").send().await.expect(200);
    }

    async fn no_organisation(world: World) {
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        nora.client.call("getUsage").send().await.snapshot(404, "no_active_organisation");
    }
}
