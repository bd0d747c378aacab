//! `acceptInvite`

use serde_json::json;

use crate::cases;
use crate::support::Audited;

cases! {
    async fn accepted(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        bob.found("Bob & Sons").await;
        let invite = ada.invite(&bob.email, "member").await;
        bob.accept(&invite).await.snapshot(200, "accepted");

        let current = bob.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        assert_eq!(current.text_at("/role"), "member");
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/members/1/id"), bob.id);
        assert_eq!(members.text_at("/members/1/joined_at"), current.text_at("/members/1/joined_at"));

        let audit = world.db_audit("invite.accepted").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), bob.id);
        assert_eq!(audit[0].target(), invite.text_at("/id"));
    }

    async fn not_activated(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let own = bob.found("Bob & Sons").await;
        let invite = ada.invite(&bob.email, "admin").await;
        bob.client.call("acceptInvite")
            .json(&json!({"token": invite.text_at("/token"), "set_active": false}))
            .send().await
            .snapshot(200, "not_activated");
        let current = bob.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), own);
        bob.switch(&acme).await;
    }

    /// However the address is written on either side.
    async fn address_without_case(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "Bob@example.com").await;
        let invite = ada.invite("bOB@Example.COM", "member").await;
        bob.accept(&invite).await.expect(200);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.text_at("/members/1/email"), "Bob@example.com");
    }

    /// The account may be older than the invite or younger.
    async fn in_the_last_second(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("bob@example.com", "member").await;
        world.clock.advance(7 * 86_400 - 61);
        let bob = world.person("Bob Builder", "bob@example.com").await;
        bob.accept(&invite).await.expect(200);
    }

    async fn invalid(world: World) {
        let bob = world.person("Bob Builder", "bob@example.com").await;
        bob.client.call("acceptInvite")
            .json(&json!({"token": "no token", "set_active": "yes", "role": "admin"}))
            .send().await
            .snapshot(400, "invalid");
        bob.client.call("acceptInvite").json(&json!({"set_active": null})).send().await
            .snapshot(400, "missing");
    }

    /// The invited one can still accept.
    async fn other_address(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("bob@example.com", "admin").await;
        let (olga, _) = world.strangers().await;
        olga.accept(&invite).await.snapshot(403, "other_address");
        let listed = olga.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.body["organisations"].as_array().unwrap().len(), 1);
        assert!(world.db_audit("invite.accepted").await.is_empty());
        world.person("Bob Builder", "bob@example.com").await.accept(&invite).await.expect(200);
    }

    /// The address is judged before the invite: a stranger does not learn what
    /// became of it.
    async fn other_address_afterwards(world: World) {
        let (ada, _) = world.organisation().await;
        let invite = ada.invite("bob@example.com", "admin").await;
        let (olga, _) = world.strangers().await;
        ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send().await.expect(204);
        olga.accept(&invite).await.expect(403);
        world.clock.advance(30 * 86_400);
        olga.accept(&invite).await.expect(403);
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let key = olga.organisation_key(&["organisations:write"]).await;
        let invite = ada.invite("bob@example.com", "member").await;
        key.call("acceptInvite").json(&json!({"token": invite.text_at("/token")})).send().await
            .snapshot(403, "organisation_key");
    }

    async fn unknown(world: World) {
        let bob = world.person("Bob Builder", "bob@example.com").await;
        bob.client.call("acceptInvite").json(&json!({"token": "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8"})).send().await
            .snapshot(404, "unknown");
    }

    async fn replaced(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let invite = ada.invite(&bob.email, "member").await;
        ada.client.call("resendInvite").path("invite_id", invite.text_at("/id")).send().await.expect(200);
        bob.accept(&invite).await.snapshot(404, "replaced");
    }

    /// A second time, and by a link that would give another role.
    async fn already_member(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let invite = ada.invite(&bob.email, "member").await;
        bob.accept(&invite).await.expect(200);
        bob.accept(&invite).await.snapshot(409, "already_member");
        assert_eq!(world.db_audit("invite.accepted").await.len(), 1);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
    }

    async fn expired(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let invite = ada.invite(&bob.email, "member").await;
        world.clock.advance(7 * 86_400);
        bob.accept(&invite).await.snapshot(410, "expired");
        bob.client.call("getCurrentOrganisation").send().await.expect(404);
    }

    async fn revoked(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let invite = ada.invite(&bob.email, "member").await;
        ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send().await.expect(204);
        bob.accept(&invite).await.snapshot(410, "revoked");
    }

    /// By somebody who has left since.
    async fn used_up(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let invite = ada.invite(&bob.email, "member").await;
        bob.accept(&invite).await.expect(200);
        bob.client.call("leaveOrganisation").send().await.expect(204);
        bob.accept(&invite).await.snapshot(410, "used_up");
        bob.client.call("getCurrentOrganisation").send().await.expect(404);
    }
}
