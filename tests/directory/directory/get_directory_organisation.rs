//! `getDirectoryOrganisation`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Client, Person};

async fn organisation(client: &Client) -> Value {
    let call = client.call("getDirectoryOrganisation");
    call.send().await.expect(200).body
}

async fn quota(client: &Client) -> [Value; 3] {
    let shown = organisation(client).await;
    ["invite_limit", "invites_used", "invites_remaining"].map(|name| shown[name].clone())
}

/// Invites so many people who were never invited before.
async fn invite(admin: &Person, numbers: std::ops::Range<u32>) {
    for number in numbers {
        admin
            .invite(&format!("guest{number}@example.com"), "member")
            .await;
    }
}

cases! {
    async fn shown(world: World) {
        let (ada, _) = world.organisation().await;
        invite(&ada, 0..3).await;
        ada.client.call("getDirectoryOrganisation").send().await.snapshot(200, "shown");
    }

    /// Without a limit nothing remains to be said of it.
    async fn unlimited(world: World) {
        let (ada, _) = world.organisation().await;
        ada.plan("enterprise").await;
        invite(&ada, 0..12).await;
        ada.client.call("getDirectoryOrganisation").send().await.snapshot(200, "unlimited");
    }

    /// A key that is nobody's asks about its organisation, one that is bound about that
    /// one, whichever is active.
    async fn of_a_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let own = ada.organisation_key(&["organisation:read"]).await;
        let bound = world.key_bound_to(&ada, &acme).await;
        ada.found("Second").await;
        assert_eq!(organisation(&own).await["slug"], "acme");
        assert_eq!(organisation(&bound).await["slug"], "acme");
        assert_eq!(organisation(&ada.client).await["slug"], "second");
    }

    /// The tiers of the price list.
    async fn tiers(world: World) {
        let (ada, _) = world.organisation().await;
        for (plan, tier, limit) in [
            ("free", "free", json!(10)),
            ("starter", "starter", json!(100)),
            ("professional", "growth", json!(1_000)),
            ("enterprise", "enterprise", Value::Null),
        ] {
            ada.plan(plan).await;
            let shown = organisation(&ada.client).await;
            assert_eq!(shown["plan"], tier);
            assert_eq!(shown["invite_limit"], limit);
            assert_eq!(shown["invites_remaining"], limit);
        }
    }

    /// Names are made fit for an address, each once; a new name changes nothing.
    async fn slugs(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.found("Crème & Brûlée, Ltd.").await;
        assert_eq!(organisation(&ada.client).await["slug"], "creme-brulee-ltd");
        let second = ada.found("Creme: Brulee! Ltd").await;
        let slug = format!("creme-brulee-ltd-{}", &second[second.len() - 8..]);
        assert_eq!(organisation(&ada.client).await["slug"], slug);
        ada.found("株式会社").await;
        assert_eq!(organisation(&ada.client).await["slug"], "organisation");
        ada.client.call("updateCurrentOrganisation").json(&json!({"name": "Kaisha"})).send().await.expect(200);
        let renamed = organisation(&ada.client).await;
        assert_eq!(renamed["name"], "Kaisha");
        assert_eq!(renamed["slug"], "organisation");
        // Who goes leaves the slug to others.
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);
        ada.found("?").await;
        assert_eq!(organisation(&ada.client).await["slug"], "organisation");
    }

    /// What counts is that an invite is made: whatever becomes of it, and whoever makes it.
    async fn what_counts(world: World) {
        let (ada, _) = world.organisation().await;
        let invited = ada.invite("carol@example.com", "member").await;
        ada.client.call("resendInvite").path("invite_id", invited.text_at("/id")).send().await.expect(200);
        assert_eq!(quota(&ada.client).await, [json!(10), json!(1), json!(9)]);
        ada.client.call("revokeInvite").path("invite_id", invited.text_at("/id")).send().await.expect(204);
        assert_eq!(quota(&ada.client).await, [json!(10), json!(1), json!(9)]);
        let key = ada.organisation_key(&["invites:write", "organisation:read"]).await;
        key.call("createInvite").json(&json!({"email": "carol@example.com"})).send().await.expect(201);
        assert_eq!(quota(&key).await, [json!(10), json!(2), json!(8)]);
    }

    /// Who is refused spends nothing, and who repeats a request spends nothing more.
    async fn what_does_not_count(world: World) {
        let (ada, _) = world.organisation().await;
        let create = |email: &str| ada.client.call("createInvite")
            .header("Idempotency-Key", "carol-1")
            .json(&json!({"email": email}));
        for _ in 0..3 {
            create("carol@example.com").send().await.expect(201);
        }
        create("dan@example.com").send().await.expect(422);
        let plain = |email: &str| ada.client.call("createInvite").json(&json!({"email": email}));
        plain("carol@example.com").send().await.expect(409);
        plain("ada@example.com").send().await.expect(409);
        plain("nobody").send().await.expect(400);
        world.anonymous.call("createInvite").json(&json!({"email": "dan@example.com"})).send().await.expect(401);
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        mia.client.call("createInvite").json(&json!({"email": "dan@example.com"})).send().await.expect(403);
        assert_eq!(quota(&ada.client).await, [json!(10), json!(2), json!(8)]);
        let (olga, _) = world.strangers().await;
        assert_eq!(quota(&olga.client).await, [json!(10), json!(0), json!(10)]);
    }

    /// A cycle is a month of the calendar, in UTC.
    async fn months(world: World) {
        let (ada, _) = world.organisation().await;
        invite(&ada, 0..10).await;
        assert_eq!(quota(&ada.client).await, [json!(10), json!(10), json!(0)]);
        // The last second of March, which begins in the middle of a month.
        let left = 16 * 86_400 + 12 * 3_600 - 60 - 1;
        world.clock.advance(left);
        assert_eq!(quota(&ada.client).await, [json!(10), json!(10), json!(0)]);
        ada.client.call("createInvite").json(&json!({"email": "late@example.com"})).send().await.expect(402);
        world.clock.advance(1);
        assert_eq!(quota(&ada.client).await, [json!(10), json!(0), json!(10)]);
        ada.invite("late@example.com", "member").await;
        assert_eq!(quota(&ada.client).await, [json!(10), json!(1), json!(9)]);
    }

    /// Another plan counts at once: a larger one gives more, and of a smaller one nothing
    /// may be left.
    async fn another_plan(world: World) {
        let (ada, _) = world.organisation().await;
        ada.plan("starter").await;
        invite(&ada, 0..12).await;
        ada.plan("free").await;
        assert_eq!(quota(&ada.client).await, [json!(10), json!(12), json!(0)]);
        let refused = ada.client.call("createInvite").json(&json!({"email": "late@example.com"})).send().await.expect(402);
        assert_eq!(refused.text_at("/detail"), "The plan allows 10 invites a month; 0 are left until 2026-04-01.");
        ada.plan("starter").await;
        ada.invite("late@example.com", "member").await;
        assert_eq!(quota(&ada.client).await, [json!(100), json!(13), json!(87)]);
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("getDirectoryOrganisation").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("getDirectoryOrganisation").query("expand", "team").send().await.snapshot(400, "invalid");
    }
}
