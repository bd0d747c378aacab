//! What one document changes, the others show at once.

use serde_json::json;

use crate::cases;

cases! {
    /// An organisation is created and fills up by /v1; the directory shows its team and
    /// what is left of its quota, until nothing is.
    async fn across_documents(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        let team = bob.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.text_at("/results/1/email"), "bob@example.com");
        assert_eq!(team.text_at("/results/1/role"), "recruiter");

        ada.client.call("updateMemberRole").path("member_id", &bob.id).json(&json!({"role": "admin"})).send().await
            .expect(200);
        let team = ada.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.text_at("/results/1/role"), "admin");
        let account = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(account.body["member_count"], 2);

        let mut remaining = 9;
        for person in [&ada, &bob].into_iter().cycle() {
            let shown = person.client.call("getDirectoryOrganisation").send().await.expect(200);
            assert_eq!(shown.body["invites_remaining"], remaining);
            let email = format!("guest{remaining}@example.com");
            let invited = person.client.call("createInvite").json(&json!({"email": email})).send().await;
            if remaining == 0 {
                invited.expect(402);
                break;
            }
            invited.expect(201);
            remaining -= 1;
        }
        // What was refused left nothing behind.
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), 9);
        assert_eq!(world.mailer.mails().len(), 10);
        assert_eq!(world.db_audit("invite.created").await.len(), 10);

        bob.client.call("leaveOrganisation").send().await.expect(204);
        let team = ada.client.call("listTeam").send().await.expect(200);
        assert_eq!(team.body["results"].as_array().unwrap().len(), 1);
        let account = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(account.body["member_count"], 1);
    }
}
