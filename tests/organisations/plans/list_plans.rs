//! `listPlans`

use crate::cases;

cases! {
    /// Everybody sees the plans on offer, and none that is not.
    async fn on_offer(world: World) {
        let plans = world.anonymous.call("listPlans").send().await.snapshot(200, "plans");
        assert!(!plans.body.to_string().contains("legacy"));
        let (ada, _) = world.organisation().await;
        let same = ada.client.call("listPlans").send().await.expect(200);
        assert_eq!(same.body, plans.body);
    }
}
