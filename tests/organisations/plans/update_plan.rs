//! `updatePlan`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Client};

async fn change(client: &Client, plan: &str) -> Answer {
    client
        .call("updatePlan")
        .json(&json!({ "plan_id": plan }))
        .send()
        .await
}

async fn plan_of(client: &Client) -> Value {
    let current = client
        .call("getCurrentOrganisation")
        .send()
        .await
        .expect(200);
    current.body["plan_id"].clone()
}

cases! {
    /// The change shows everywhere at once, and changes the organisation's tag.
    async fn changed(world: World) {
        let (ada, _) = world.organisation().await;
        let before = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(before.body["plan_id"], "free");
        world.clock.advance(60);
        change(&ada.client, "professional").await.snapshot(200, "changed");
        let after = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(after.body["plan_id"], "professional");
        assert_ne!(before.headers["etag"], after.headers["etag"]);
        let usage = ada.client.call("getUsage").send().await.expect(200);
        assert_eq!(usage.body["usage"]["daily_limit"], 10_000);
        let rows = world.db_audit("plan.changed").await;
        assert_eq!(rows.len(), 1);
        // The plan that it is on already is no failure.
        change(&ada.client, "professional").await.expect(200);
    }

    /// A key of the organisation has the rights of an admin.
    async fn by_the_organisations_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["plans:write"]).await;
        change(&key, "starter").await.expect(200);
        assert_eq!(plan_of(&ada.client).await, "starter");
    }

    async fn by_a_member(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        change(&mia.client, "starter").await.snapshot(403, "admin_required");
        // Not even whether a plan exists is told to who may not change it.
        change(&mia.client, "unheard-of").await.expect(403);
        assert_eq!(plan_of(&ada.client).await, "free");
    }

    async fn unknown(world: World) {
        let (ada, _) = world.organisation().await;
        change(&ada.client, "unheard-of").await.snapshot(404, "unknown_plan");
        assert_eq!(plan_of(&ada.client).await, "free");
        assert_eq!(world.db_audit("plan.changed").await.len(), 0);
    }

    async fn not_on_offer(world: World) {
        let (ada, _) = world.organisation().await;
        change(&ada.client, "legacy").await.snapshot(409, "plan_inactive");
        assert_eq!(plan_of(&ada.client).await, "free");
    }

    async fn no_organisation(world: World) {
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        change(&nora.client, "starter").await.snapshot(404, "no_active_organisation");
    }

    /// One organisation's plan is not another's.
    async fn another_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        change(&olga.client, "enterprise").await.expect(200);
        assert_eq!(plan_of(&ada.client).await, "free");
    }

    async fn violations(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("updatePlan")
            .json(&json!({"plan_id": "Not A Slug", "from": "2026-04-01"}))
            .send()
            .await
            .snapshot(400, "violations");
    }
}
