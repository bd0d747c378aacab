//! `updateMemberRole`

use serde_json::json;

use crate::cases;
use crate::support::{Answer, Audited, Client};

async fn update(client: &Client, member: &str, role: &str) -> Answer {
    client
        .call("updateMemberRole")
        .path("member_id", member)
        .json(&json!({ "role": role }))
        .send()
        .await
}

cases! {
    /// The new admin can do at once what admins can, the former one cannot any more.
    async fn promoted_and_demoted(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        update(&bob.client, &ada.id, "member").await.expect(403);
        update(&ada.client, &bob.id, "admin").await.snapshot(200, "promoted");
        update(&bob.client, &ada.id, "member").await.snapshot(200, "demoted");
        update(&ada.client, &bob.id, "member").await.expect(403);

        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/members/0/role"), "member");
        assert_eq!(members.text_at("/members/1/role"), "admin");

        let audit = world.db_audit("member.role_changed").await;
        assert_eq!(audit.len(), 2);
        for row in &audit {
            assert_eq!(row.organisation(), acme);
        }
        let mut actors = [audit[0].actor(), audit[1].actor()];
        actors.sort();
        assert_eq!(actors, [ada.id.clone(), bob.id.clone()]);
    }

    async fn same_role(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        update(&ada.client, &bob.id, "member").await.snapshot(200, "same_role");
    }

    /// In one organisation, not in others that the member belongs to.
    async fn one_organisation(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        ada.found("Second").await;
        let invite = ada.invite(&bob.email, "member").await;
        bob.accept(&invite).await.expect(200);
        update(&ada.client, &bob.id, "admin").await.expect(200);
        bob.switch(&acme).await;
        let members = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_role"), "member");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("updateMemberRole")
            .path("member_id", "org_01kh3aqwt0e60tak362xesvjfr")
            .json(&json!({"role": "owner", "name": "Ada"}))
            .send().await
            .snapshot(400, "invalid");
        ada.client.call("updateMemberRole").path("member_id", &ada.id).json(&json!({"role": null})).send().await
            .snapshot(400, "null");
        ada.client.call("updateMemberRole").path("member_id", &ada.id).json(&json!(["admin"])).send().await
            .snapshot(400, "not_an_object");
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "member").await;
        update(&bob.client, &carol.id, "admin").await.snapshot(403, "not_an_admin");
        // Whoever is not an admin learns that, and not who exists.
        let (olga, _) = world.strangers().await;
        update(&bob.client, &olga.id, "admin").await.expect(403);
        assert!(world.db_audit("member.role_changed").await.is_empty());
    }

    async fn own_role(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        update(&ada.client, &ada.id, "member").await.snapshot(403, "own_role");
        update(&ada.client, &ada.id, "admin").await.expect(403);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_role"), "admin");
    }

    /// Nobody raises themselves.
    async fn own_promotion(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        update(&bob.client, &bob.id, "admin").await.expect(403);
        let members = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_role"), "member");
    }

    async fn not_found(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let theirs = update(&ada.client, &olga.id, "member").await.snapshot(404, "not_a_member");
        let nobody = update(&ada.client, "user_01kh3aqwt0e60tak362xesvjfr", "member").await.expect(404);
        assert_eq!(theirs.body["detail"], nobody.body["detail"]);
        let members = olga.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_role"), "admin");
    }

    async fn no_active_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        update(&bob.client, &ada.id, "member").await.snapshot(404, "no_active_organisation");
    }

    /// A key of the organisation is an admin without being a member.
    async fn last_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let key = ada.organisation_key(&["members:write"]).await;
        update(&key, &bob.id, "member").await.expect(200);
        update(&key, &ada.id, "member").await.snapshot(409, "last_admin");
        update(&key, &ada.id, "admin").await.expect(200);

        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/current_user_role"), "admin");
        let audit = world.db_audit("member.role_changed").await;
        assert_eq!(audit[0].actor_user_id, None);
    }
}
