//! What one document changes, the others show at once.

use serde_json::json;

use crate::cases;
use crate::governance::bare;

cases! {
    /// An organisation is created and fills up by /v1. Directory and governance show who
    /// belongs to it and as what, whichever of them has changed it, and all invites are of
    /// one quota.
    async fn across_documents(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let listed = ada.client.call("listOrganizations").send().await.expect(200);
        let organization = &listed.text_at("/results/0/id");
        let bobs = bare(&bob.id);

        let team = bob.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.text_at("/results/1/email"), "bob@example.com");
        assert_eq!(team.text_at("/results/1/role"), "recruiter");
        let members = bob.client.call("listOrganizationMembers").path("organization_id", organization)
            .query("order", "joined_at").send().await.expect(200);
        assert_eq!(members.body["count"], 2);
        assert_eq!(members.body["results"][0]["level"], 15);
        assert_eq!(members.body["results"][1]["level"], 1);
        assert_eq!(members.text_at("/results/1/user/email"), "bob@example.com");
        assert_eq!(members.text_at("/results/1/user/uuid"), bobs);

        // Governance makes him an admin; /v1 and the directory know.
        ada.client.call("updateOrganizationMember").path("organization_id", organization)
            .path("user__uuid", &bobs).json(&json!({"level": 8})).send().await.expect(200);
        let members = ada.client.call("listMembers").send().await.expect(200);
        let role = members.body["members"].as_array().unwrap().iter()
            .find(|member| member["id"] == bob.id.as_str()).map(|member| &member["role"]);
        assert_eq!(role, Some(&json!("admin")));
        let team = ada.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.text_at("/results/1/role"), "admin");
        let account = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(account.body["member_count"], 2);
        // /v1 takes it back; governance knows.
        ada.client.call("updateMemberRole").path("member_id", &bob.id).json(&json!({"role": "member"})).send().await
            .expect(200);
        let members = ada.client.call("listOrganizationMembers").path("organization_id", organization)
            .query("search", "bob").send().await.expect(200);
        assert_eq!(members.body["results"][0]["level"], 1);
        ada.client.call("updateMemberRole").path("member_id", &bob.id).json(&json!({"role": "admin"})).send().await
            .expect(200);

        // The free plan has ten invites a month, of which Bob's was one; each document
        // spends in its turn.
        let mut remaining = 9;
        for turn in 0.. {
            let shown = bob.client.call("getDirectoryOrganisation").send().await.expect(200);
            assert_eq!(shown.body["invites_remaining"], remaining);
            if remaining == 0 {
                break;
            }
            let email = format!("guest{turn}@example.com");
            match turn % 3 {
                0 => ada.client.call("createInvite").json(&json!({"email": email})).send().await.expect(201),
                1 => bob.client.call("createInvitesBulk").path("organization_id", organization)
                    .json(&json!([{"target_email": email}])).send().await.expect(200),
                _ => bob.client.call("createDelegatedInvite").path("organization_id", organization)
                    .json(&json!({"target_email": email})).send().await.expect(200),
            };
            remaining -= 1;
        }
        let late = "late@example.com";
        for refused in [
            ada.client.call("createInvite").json(&json!({"email": late})),
            ada.client.call("createInvitesBulk").path("organization_id", organization).json(&json!({"target_email": late})),
            ada.client.call("createDelegatedInvite").path("organization_id", organization).json(&json!({"target_email": late})),
        ] {
            let answer = refused.send().await.expect(402);
            assert_eq!(answer.text_at("/type"), "/problems/invite-quota-spent");
        }
        let spent = ada.client.call("getDirectoryOrganisation").send().await.expect(200);
        assert_eq!(spent.body["invites_used"], 10);
        assert_eq!(spent.body["invites_remaining"], 0);

        // What was refused left nothing behind.
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), 9);
        let made = world.db_audit("invite.created").await.len()
            + world.db_audit("invites.created").await.len()
            + world.db_audit("invite.delegated").await.len();
        assert_eq!(made, 10);

        // Bob leaves in the one document, and is gone from all.
        bob.client.call("removeOrganizationMember").path("organization_id", organization)
            .path("user__uuid", &bobs).send().await.expect(204);
        let team = ada.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.body["results"].as_array().unwrap().len(), 1);
        let account = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(account.body["member_count"], 1);
        bob.client.call("listOrganizationMembers").path("organization_id", organization).send().await.expect(404);
    }
}
