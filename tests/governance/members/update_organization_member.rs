//! `updateOrganizationMember`

use serde_json::{Value, json};

use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Audited, Client, Person};

async fn update(client: &Client, organisation: &str, member: &Person, body: Value) -> Answer {
    client
        .call("updateOrganizationMember")
        .path("organization_id", bare(organisation))
        .path("user__uuid", bare(&member.id))
        .json(&body)
        .send()
        .await
}

async fn set(client: &Client, organisation: &str, member: &Person, level: i64) -> Answer {
    update(client, organisation, member, json!({ "level": level })).await
}

/// Level and moment of its latest change of each member, in the order of joining.
async fn members(client: &Client, organisation: &str) -> Vec<(i64, String)> {
    let listed = client
        .call("listOrganizationMembers")
        .path("organization_id", bare(organisation))
        .query("order", "joined_at")
        .send()
        .await
        .expect(200);
    let results = listed.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|member| {
            let updated = member["updated_at"].as_str().unwrap();
            (member["level"].as_i64().unwrap(), updated.to_owned())
        })
        .collect()
}

async fn levels(client: &Client, organisation: &str) -> Vec<i64> {
    let members = members(client, organisation).await;
    members.into_iter().map(|(level, _)| level).collect()
}

cases! {
    /// As /v1 promotes and demotes, and seen there at once.
    async fn promoted_and_demoted(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        world.clock.advance(60);
        set(&ada.client, &acme, &bob, 8).await.snapshot(200, "promoted");
        let seen = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(seen.text_at("/current_user_role"), "admin");
        set(&ada.client, &acme, &bob, 1).await.snapshot(200, "demoted");
        set(&bob.client, &acme, &ada, 1).await.expect(403);
        let audit = world.db_audit("member.role_changed").await;
        assert_eq!(audit.len(), 2);
        for row in &audit {
            assert_eq!(row.organisation(), acme);
            assert_eq!(row.actor(), ada.id);
            assert_eq!(row.target(), bob.id);
        }
    }

    /// One owner: whoever becomes it takes the place of the one before.
    async fn owner(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        set(&ada.client, &acme, &bob, 15).await.snapshot(200, "owner");
        assert_eq!(levels(&ada.client, &acme).await, [8, 15, 8]);
        // The document of the directory says the same.
        let team = ada.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.text_at("/results/1/role"), "owner");
        // Admins are equal: any of them may hand the title on.
        set(&carol.client, &acme, &ada, 15).await.expect(200);
        assert_eq!(levels(&ada.client, &acme).await, [15, 8, 8]);
        set(&carol.client, &acme, &ada, 15).await.expect(200);
        assert_eq!(levels(&ada.client, &acme).await, [15, 8, 8]);
    }

    /// Who makes the owner less is the owner.
    async fn owner_made_less(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        let less = set(&carol.client, &acme, &ada, 8).await.expect(200);
        assert_eq!(less.body["level"], 8);
        assert_eq!(levels(&ada.client, &acme).await, [8, 8, 15]);
        set(&bob.client, &acme, &carol, 1).await.expect(200);
        assert_eq!(levels(&ada.client, &acme).await, [8, 15, 1]);
    }

    /// By a key of the organisation, the admin is who joined first, of the others.
    async fn owner_made_less_by_a_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        let key = ada.organisation_key(&["organization_member:read", "organization_member:write"]).await;
        set(&key, &acme, &ada, 8).await.expect(200);
        assert_eq!(levels(&key, &acme).await, [8, 15, 8]);
        set(&key, &acme, &bob, 1).await.expect(200);
        assert_eq!(levels(&key, &acme).await, [15, 1, 8]);
    }

    /// Nobody else could have the title: who is the only admin keeps it.
    async fn only_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let key = ada.organisation_key(&["organization_member:read", "organization_member:write"]).await;
        let kept = set(&key, &acme, &ada, 8).await.expect(200);
        assert_eq!(kept.body["level"], 15);
        assert_eq!(levels(&key, &acme).await, [15, 1]);
    }

    /// Without a level nothing changes; with the one that is there neither.
    async fn unchanged(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let before = members(&ada.client, &acme).await;
        world.clock.advance(60);
        update(&ada.client, &acme, &bob, json!({})).await.snapshot(200, "unchanged");
        update(&ada.client, &acme, &ada, json!({})).await.expect(200);
        set(&ada.client, &acme, &bob, 1).await.expect(200);
        assert_eq!(members(&ada.client, &acme).await, before);
        assert_eq!(world.db_audit("member.role_changed").await.len(), 3);
    }

    /// Whose level changes, and nobody else, has another moment of the latest change.
    async fn moments(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        let mut before = members(&ada.client, &acme).await;
        let mut changed = async || {
            let after = members(&ada.client, &acme).await;
            let changed: Vec<bool> = after.iter().zip(&before).map(|(after, before)| after.1 != before.1).collect();
            before = after;
            world.clock.advance(60);
            changed
        };
        world.clock.advance(60);
        set(&ada.client, &acme, &bob, 8).await.expect(200);
        assert_eq!(changed().await, [false, true, false]);
        set(&ada.client, &acme, &bob, 15).await.expect(200);
        assert_eq!(changed().await, [true, true, false]);
        // The title passes on to whoever does it.
        set(&carol.client, &acme, &bob, 8).await.expect(200);
        assert_eq!(changed().await, [false, true, true]);
        // By /v1 as well.
        ada.client.call("updateMemberRole").path("member_id", &carol.id).json(&json!({"role": "member"})).send().await
            .expect(200);
        assert_eq!(changed().await, [true, false, true]);
        ada.client.call("updateMemberRole").path("member_id", &carol.id).json(&json!({"role": "member"})).send().await
            .expect(200);
        assert_eq!(changed().await, [false, false, false]);
    }

    /// The organisation that the path names, whichever is active.
    async fn one_organisation(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let second = ada.found("Second").await;
        bob.accept(&ada.invite(&bob.email, "member").await).await.expect(200);
        set(&ada.client, &acme, &bob, 8).await.expect(200);
        assert_eq!(levels(&ada.client, &acme).await, [15, 8]);
        assert_eq!(levels(&ada.client, &second).await, [15, 1]);
        let audit = world.db_audit("member.role_changed").await;
        assert_eq!(audit[0].organisation(), acme);
        // An admin here, and a member there.
        bob.found("Bob & Sons").await;
        set(&bob.client, &second, &ada, 1).await.expect(403);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.client.call("updateOrganizationMember")
            .path("organization_id", bare(&acme))
            .path("user__uuid", &ada.id)
            .json(&json!({"level": 7, "role": "admin"}))
            .send().await
            .snapshot(400, "invalid");
        update(&ada.client, &acme, &ada, json!({"level": null})).await.snapshot(400, "null");
        update(&ada.client, &acme, &ada, json!({"level": "8"})).await.expect(400);
        update(&ada.client, &acme, &ada, json!([])).await.expect(400);
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "member").await;
        set(&bob.client, &acme, &carol, 8).await.snapshot(403, "not_an_admin");
        set(&bob.client, &acme, &bob, 8).await.expect(403);
        update(&bob.client, &acme, &bob, json!({})).await.expect(403);
        let (olga, _) = world.strangers().await;
        set(&bob.client, &acme, &olga, 8).await.expect(403);
        assert!(world.db_audit("member.role_changed").await.is_empty());
    }

    async fn own_level(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        for level in [1, 8, 15] {
            set(&ada.client, &acme, &ada, level).await.expect(403);
        }
        set(&bob.client, &acme, &bob, 15).await.snapshot(403, "own_level");
        assert_eq!(levels(&ada.client, &acme).await, [15, 8]);
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        set(&ada.client, &acme, &olga, 8).await.snapshot(404, "no_member");
        set(&ada.client, &elsewhere, &olga, 1).await.snapshot(404, "no_organisation");
        update(&ada.client, &acme, &olga, json!({})).await.expect(404);
        assert_eq!(levels(&olga.client, &elsewhere).await, [15]);
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let second = ada.found("Second").await;
        bob.accept(&ada.invite(&bob.email, "member").await).await.expect(200);
        let bound = world.key_bound_to(&ada, &acme).await;
        set(&bound, &second, &bob, 8).await.expect(404);
        set(&bound, &acme, &bob, 8).await.expect(200);
        let key = ada.organisation_key(&["organization_member:write"]).await;
        set(&key, &acme, &bob, 1).await.expect(404);
        set(&key, &second, &bob, 8).await.expect(200);
    }

    async fn last_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organization_member:read", "organization_member:write"]).await;
        set(&key, &acme, &ada, 1).await.snapshot(409, "last_admin");
        assert_eq!(levels(&key, &acme).await, [15]);
    }
}
