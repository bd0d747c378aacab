//! `getOrganisationStats`

use crate::cases;

cases! {
    /// Invites into the organisation are none to an assessment.
    async fn nothing_yet(world: World) {
        let (ada, _) = world.organisation().await;
        ada.invite("carol@example.com", "member").await;
        ada.client.call("getOrganisationStats").send().await.snapshot(200, "nothing_yet");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organisation:read"]).await;
        key.call("getOrganisationStats").send().await.expect(200);
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("getOrganisationStats").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("getOrganisationStats").query("since", "2026-01-01").send().await.snapshot(400, "invalid");
    }
}
