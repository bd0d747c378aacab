//! `removeOrganizationMember`

use serde_json::json;

use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Audited, Client, Person};

async fn remove(client: &Client, organisation: &str, member: &Person) -> Answer {
    client
        .call("removeOrganizationMember")
        .path("organization_id", bare(organisation))
        .path("user__uuid", bare(&member.id))
        .send()
        .await
}

cases! {
    async fn removed(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        remove(&ada.client, &acme, &bob).await.snapshot(204, "removed");
        remove(&ada.client, &acme, &bob).await.expect(404);
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let account = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(account.body["member_count"], 1);
        bob.client.call("getCurrentOrganisation").send().await.expect(404);
        let audit = world.db_audit("member.removed").await;
        assert_eq!(audit.len(), 1);
        assert_eq!([audit[0].organisation(), audit[0].actor()], [acme, ada.id]);
        assert_eq!(audit[0].target(), bob.id);
    }

    /// From the organisation that the path names, whichever is active.
    async fn one_organisation(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let second = ada.found("Second").await;
        bob.accept(&ada.invite(&bob.email, "member").await).await.expect(200);
        remove(&ada.client, &acme, &bob).await.expect(204);
        let current = bob.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), second);
        assert_eq!(world.db_audit("member.removed").await[0].organisation(), acme);
    }

    /// Everybody may leave so, members as well.
    async fn oneself(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        remove(&bob.client, &acme, &bob).await.expect(204);
        // There is nothing left to leave.
        remove(&bob.client, &acme, &bob).await.expect(404);
        remove(&ada.client, &acme, &ada).await.expect(204);
        // The title of who owned it goes on.
        let team = carol.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.body["results"].as_array().unwrap().len(), 1);
        assert_eq!(team.text_at("/results/0/role"), "owner");
        let audit = world.db_audit("member.removed").await;
        let actors: Vec<String> = audit.iter().map(Audited::actor).collect();
        assert_eq!(actors, [bob.id, ada.id]);
    }

    /// Who removes the owner is the owner; if a key does, the admin who joined first.
    async fn owner(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        world.joined(&ada, "Dan Drew", "dan@example.com", "admin").await;
        let key = ada.organisation_key(&["organization_member:write", "organisation:read"]).await;
        remove(&carol.client, &acme, &ada).await.expect(204);
        let owners = async || {
            let team = key.call("listTeam").send().await.expect(200);
            let results = team.body["results"].as_array().unwrap();
            let owners = results.iter().filter(|member| member["role"] == "owner");
            owners.map(|member| member["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(owners().await, [carol.email.as_str()]);
        remove(&key, &acme, &carol).await.expect(204);
        assert_eq!(owners().await, [bob.email.as_str()]);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.client.call("removeOrganizationMember").path("organization_id", bare(&acme)).path("user__uuid", "me").query("force", "true")
            .send().await
            .snapshot(400, "invalid");
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        remove(&bob.client, &acme, &ada).await.snapshot(403, "not_an_admin");
        // Whoever is not an admin learns that, and not who exists.
        remove(&bob.client, &acme, &olga).await.expect(403);
        assert!(world.db_audit("member.removed").await.is_empty());
    }

    async fn not_found(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        remove(&ada.client, &acme, &olga).await.snapshot(404, "no_member");
        remove(&ada.client, &elsewhere, &olga).await.snapshot(404, "no_organisation");
        remove(&ada.client, &elsewhere, &ada).await.expect(404);
        let current = olga.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), elsewhere);
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &acme).await;
        remove(&bound, &second, &ada).await.expect(404);
        let key = ada.organisation_key(&["organization_member:write"]).await;
        remove(&key, &acme, &ada).await.expect(404);
    }

    async fn last_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let key = ada.organisation_key(&["organization_member:write"]).await;
        remove(&ada.client, &acme, &ada).await.snapshot(409, "last_admin");
        remove(&key, &acme, &ada).await.expect(409);
        let current = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.body["role"], json!("admin"));
        assert!(world.db_audit("member.removed").await.is_empty());
    }
}
