//! `removeMember`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Audited, Client};

async fn remove(client: &Client, member: &str) -> Answer {
    client
        .call("removeMember")
        .path("member_id", member)
        .send()
        .await
}

cases! {
    async fn removed(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        remove(&ada.client, &bob.id).await.snapshot(204, "removed");

        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let listed = bob.client.call("listOrganisations").send().await.expect(200);
        assert_eq!(listed.body["organisations"], json!([]));
        assert_eq!(listed.body["active_organisation_id"], Value::Null);
        bob.client.call("switchOrganisation").json(&json!({"organisation_id": acme})).send().await.expect(404);
        remove(&ada.client, &bob.id).await.expect(404);

        let audit = world.db_audit("member.removed").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!(audit[0].target(), bob.id);
    }

    /// Who was removed can be invited anew; the old invite does not let them in.
    async fn comes_back(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        let first = ada.invite(&bob.email, "admin").await;
        bob.accept(&first).await.expect(200);
        remove(&ada.client, &bob.id).await.expect(204);
        bob.accept(&first).await.expect(410);
        let second = ada.invite(&bob.email, "member").await;
        let accepted = bob.accept(&second).await.expect(200);
        assert_eq!(accepted.text_at("/organisation/role"), "member");
    }

    /// The other organisations of the removed one are not concerned.
    async fn one_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let own = bob.found("Bob & Sons").await;
        remove(&ada.client, &bob.id).await.expect(204);
        let current = bob.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), own);
    }

    /// An admin who removes themselves leaves.
    async fn oneself(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        remove(&ada.client, &ada.id).await.expect(204);
        ada.client.call("getCurrentOrganisation").send().await.expect(404);
        let members = bob.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("removeMember").path("member_id", "me").query("force", "true").send().await
            .snapshot(400, "invalid");
    }

    async fn not_an_admin(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        remove(&bob.client, &ada.id).await.snapshot(403, "not_an_admin");
        remove(&bob.client, &bob.id).await.expect(403);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
        assert!(world.db_audit("member.removed").await.is_empty());
    }

    async fn not_found(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        let theirs = remove(&ada.client, &olga.id).await.snapshot(404, "not_a_member");
        let nobody = remove(&ada.client, "user_01kh3aqwt0e60tak362xesvjfr").await.expect(404);
        assert_eq!(theirs.body["detail"], nobody.body["detail"]);
        let current = olga.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), elsewhere);
    }

    async fn no_active_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        remove(&bob.client, &ada.id).await.snapshot(404, "no_active_organisation");
    }

    async fn last_admin(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let key = ada.organisation_key(&["members:write"]).await;
        remove(&ada.client, &ada.id).await.snapshot(409, "last_admin");
        remove(&key, &ada.id).await.expect(409);
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/role"), "admin");
        assert!(world.db_audit("member.removed").await.is_empty());
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let key = ada.organisation_key(&["members:write"]).await;
        remove(&key, &bob.id).await.expect(204);
        bob.client.call("getCurrentOrganisation").send().await.expect(404);
    }
}
