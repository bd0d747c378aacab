//! What must hold whoever comes at the same moment, on both databases.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::join;

use crate::cases;
use crate::governance::bare;
use crate::support::{Answer, Client, Person, World};

/// How often two requests are let loose on each other.
const ROUNDS: usize = 20;

async fn demote(client: &Client, member: &Person) -> Answer {
    set_role(client, member, "member").await
}

async fn set_role(client: &Client, member: &Person, role: &str) -> Answer {
    client
        .call("updateMemberRole")
        .path("member_id", &member.id)
        .json(&json!({ "role": role }))
        .send()
        .await
}

/// The same by the document of governance, whose levels also make owners.
async fn set_level(client: &Client, organisation: &str, member: &Person, level: i64) -> Answer {
    client
        .call("updateOrganizationMember")
        .path("organization_id", bare(organisation))
        .path("user__uuid", bare(&member.id))
        .json(&json!({ "level": level }))
        .send()
        .await
}

/// The addresses of those who own the organisation.
async fn owners(client: &Client) -> Vec<String> {
    let team = client.call("listTeam").send().await.expect(200);
    let results = team.body["results"].as_array().unwrap();
    results
        .iter()
        .filter(|member| member["role"] == "owner")
        .map(|member| member["email"].as_str().unwrap().to_owned())
        .collect()
}

async fn remove(client: &Client, member: &Person) -> Answer {
    client
        .call("removeMember")
        .path("member_id", &member.id)
        .send()
        .await
}

async fn leave(client: &Client) -> Answer {
    client.call("leaveOrganisation").send().await
}

async fn invite_all(client: &Client, organisation: &str, people: Value) -> Answer {
    client
        .call("createInvitesBulk")
        .path("organization_id", bare(organisation))
        .json(&people)
        .send()
        .await
}

/// Which of two answers is the success; the other one has one of `refusals`.
#[track_caller]
fn one_succeeds(answers: [&Answer; 2], success: u16, refusals: &[u16]) -> usize {
    for answer in answers {
        answer.prove();
    }
    let statuses = answers.map(|answer| answer.status.as_u16());
    let winner = statuses.iter().position(|status| *status == success);
    let winner = winner.unwrap_or_else(|| panic!("nobody succeeds: {statuses:?}"));
    assert!(refusals.contains(&statuses[1 - winner]), "{statuses:?}");
    winner
}

/// The ids of the admins, as a key of the organisation sees them.
async fn admins(key: &Client) -> Vec<String> {
    let members = key.call("listMembers").send().await.expect(200);
    members.body["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member["role"] == "admin")
        .map(|member| member["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Ada and Bob, both admins, and a key of their organisation, which invites as often as
/// it likes.
async fn two_admins(world: &World) -> (Person, Person, Client) {
    let (ada, _) = world.organisation().await;
    ada.plan("enterprise").await;
    let bob = world
        .joined(&ada, "Bob Builder", "bob@example.com", "admin")
        .await;
    let key = ada.organisation_key(&["members:read"]).await;
    (ada, bob, key)
}

/// Brings `person` back as an admin.
async fn bring_back(admin: &Person, person: &Person) {
    let invite = admin.invite(&person.email, "admin").await;
    person.accept(&invite).await.expect(200);
}

cases! {
    async fn two_admins_demote_each_other(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        for _ in 0..ROUNDS {
            let (first, second) = join!(demote(&ada.client, &bob), demote(&bob.client, &ada));
            let winner = one_succeeds([&first, &second], 200, &[403, 409]);
            let [winner, loser] = if winner == 0 { [&ada, &bob] } else { [&bob, &ada] };
            assert_eq!(admins(&key).await, [winner.id.as_str()]);
            set_role(&winner.client, loser, "admin").await.expect(200);
        }
    }

    async fn two_admins_remove_each_other(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        for _ in 0..ROUNDS {
            let (first, second) = join!(remove(&ada.client, &bob), remove(&bob.client, &ada));
            let winner = one_succeeds([&first, &second], 204, &[403, 404, 409]);
            let [winner, loser] = if winner == 0 { [&ada, &bob] } else { [&bob, &ada] };
            assert_eq!(admins(&key).await, [winner.id.as_str()]);
            bring_back(winner, loser).await;
        }
    }

    async fn two_admins_leave(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        for _ in 0..ROUNDS {
            let (first, second) = join!(leave(&ada.client), leave(&bob.client));
            let left = one_succeeds([&first, &second], 204, &[409]);
            let [gone, there] = if left == 0 { [&ada, &bob] } else { [&bob, &ada] };
            assert_eq!(admins(&key).await, [there.id.as_str()]);
            bring_back(there, gone).await;
        }
    }

    /// An admin leaves and demotes the other one.
    async fn leave_and_demote(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        for _ in 0..ROUNDS {
            let (left, demoted) = join!(leave(&ada.client), demote(&ada.client, &bob));
            let status = [left.status.as_u16(), demoted.status.as_u16()];
            if left.status == 204 {
                assert!([403, 404].contains(&demoted.status.as_u16()), "{status:?}");
                assert_eq!(admins(&key).await, [bob.id.as_str()]);
                bring_back(&bob, &ada).await;
            } else {
                assert_eq!(status, [409, 200]);
                assert_eq!(admins(&key).await, [ada.id.as_str()]);
                set_role(&ada.client, &bob, "admin").await.expect(200);
            }
        }
    }

    /// An admin leaves and removes the other one.
    async fn leave_and_remove(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        for _ in 0..ROUNDS {
            let (left, removed) = join!(leave(&ada.client), remove(&ada.client, &bob));
            let status = [left.status.as_u16(), removed.status.as_u16()];
            if left.status == 204 {
                assert!([403, 404].contains(&removed.status.as_u16()), "{status:?}");
                assert_eq!(admins(&key).await, [bob.id.as_str()]);
                bring_back(&bob, &ada).await;
            } else {
                assert_eq!(status, [409, 204]);
                assert_eq!(admins(&key).await, [ada.id.as_str()]);
                bring_back(&ada, &bob).await;
            }
        }
    }

    /// A key of the organisation takes the role from one, the other one leaves.
    async fn leave_and_demote_by_a_key(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        let operator = ada.organisation_key(&["members:write"]).await;
        for _ in 0..ROUNDS {
            let (left, demoted) = join!(leave(&ada.client), demote(&operator, &bob));
            if left.status == 204 {
                demoted.expect(409);
                assert_eq!(admins(&key).await, [bob.id.as_str()]);
                bring_back(&bob, &ada).await;
            } else {
                left.expect(409);
                demoted.expect(200);
                assert_eq!(admins(&key).await, [ada.id.as_str()]);
                set_role(&ada.client, &bob, "admin").await.expect(200);
            }
        }
    }

    /// Who is no admin any more when it is a request's turn is refused, although the
    /// key was an admin's when it came.
    async fn role_lost_while_waiting(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "member").await;
        let invite = ada.invite("dan@example.com", "member").await.text_at("/id");
        let before = ada.client.call("getCurrentOrganisation").send().await.expect(200);

        let call = |id: &str| bob.client.call(id);
        let [acme_bare, carol_bare] = [bare(&acme), bare(&carol.id)];
        let requests = [
            call("updateOrganizationMember").path("organization_id", &acme_bare).path("user__uuid", &carol_bare)
                .json(&json!({"level": 15})),
            call("removeOrganizationMember").path("organization_id", &acme_bare).path("user__uuid", &carol_bare),
            call("updateMemberRole").path("member_id", &carol.id).json(&json!({"role": "admin"})),
            call("removeMember").path("member_id", &carol.id),
            call("createInvite").json(&json!({"email": "erin@example.com"})),
            call("createInvitesBulk").path("organization_id", bare(&acme)).json(&json!({"target_email": "fay@example.com"})),
            call("createDelegatedInvite").path("organization_id", bare(&acme)).json(&json!({"target_email": "gil@example.com"})),
            call("resendInvite").path("invite_id", &invite),
            call("revokeInvite").path("invite_id", &invite),
            call("updateCurrentOrganisation").json(&json!({"name": "Bob's"})),
            call("deleteCurrentOrganisation"),
            call("updatePlan").json(&json!({"plan_id": "starter"})),
            call("createApiKey").json(&json!({"name": "Bob's", "owner": "organisation", "scopes": ["keys:read"]})),
        ];
        let hold = world.db_hold(&acme).await;
        let answers = join_all(requests.map(|request| request.send()));
        let release = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            hold.demote(&bob.id).await;
        };
        let (answers, ()) = join!(answers, release);
        for answer in answers {
            assert_eq!(answer.expect(403).text_at("/type"), "/problems/admin-required");
        }

        let mut after = ada.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(after.text_at("/members/1/role"), "member");
        after.body["members"][1]["role"] = json!("admin");
        assert_eq!(after.body, before.body);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), 1);
        assert_eq!(world.mailer.mails().len(), 3);
    }

    async fn one_invite_accepted_twice(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.plan("enterprise").await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        for round in 1..=ROUNDS {
            let invite = ada.invite(&bob.email, "member").await;
            let (first, second) = join!(bob.accept(&invite), bob.accept(&invite));
            one_succeeds([&first, &second], 200, &[409, 410]);
            let members = ada.client.call("listMembers").send().await.expect(200);
            assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
            let listed = bob.client.call("listOrganisations").send().await.expect(200);
            assert_eq!(listed.text_at("/active_organisation_id"), acme);
            assert_eq!(world.db_audit("invite.accepted").await.len(), round);
            leave(&bob.client).await.expect(204);
        }
    }

    /// An invite that is revoked is not accepted, one that is accepted is not revoked.
    async fn invite_accepted_and_revoked(world: World) {
        let (ada, _) = world.organisation().await;
        ada.plan("enterprise").await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        for _ in 0..ROUNDS {
            let invite = ada.invite(&bob.email, "member").await;
            let revoke = ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send();
            let (accepted, revoked) = join!(bob.accept(&invite), revoke);
            if accepted.status == 200 {
                revoked.expect(409);
                leave(&bob.client).await.expect(204);
            } else {
                accepted.expect(410);
                revoked.expect(204);
                bob.client.call("getCurrentOrganisation").send().await.expect(404);
            }
        }
    }

    /// The old link opens nothing once the new one is out.
    async fn invite_accepted_and_resent(world: World) {
        let (ada, _) = world.organisation().await;
        ada.plan("enterprise").await;
        let bob = world.person("Bob Builder", "bob@example.com").await;
        for _ in 0..ROUNDS {
            let invite = ada.invite(&bob.email, "member").await;
            let resend = ada.client.call("resendInvite").path("invite_id", invite.text_at("/id")).send();
            let (accepted, resent) = join!(bob.accept(&invite), resend);
            if accepted.status == 200 {
                resent.expect(409);
            } else {
                accepted.expect(404);
                bob.accept(&resent.expect(200)).await.expect(200);
            }
            leave(&bob.client).await.expect(204);
        }
    }

    async fn two_invites_for_one_address(world: World) {
        let (ada, _) = world.organisation().await;
        ada.plan("enterprise").await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        for round in 0..ROUNDS {
            let mails = world.mailer.mails().len();
            let invite = async |person: &Person, email: String| {
                person.client.call("createInvite").json(&json!({"email": email})).send().await
            };
            let (first, second) = join!(
                invite(&ada, format!("guest{round}@example.com")),
                invite(&bob, format!("Guest{round}@Example.com"))
            );
            one_succeeds([&first, &second], 201, &[409]);
            assert_eq!(world.mailer.mails().len(), mails + 1);
        }
        let listed = ada.client.call("listInvites").send().await.expect(200);
        let addresses: BTreeSet<String> = listed.body["invites"].as_array().unwrap().iter()
            .map(|invite| invite["email"].as_str().unwrap().to_lowercase())
            .collect();
        assert_eq!(addresses.len(), ROUNDS);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), ROUNDS);
    }

    /// Many at the same moment, and no more than the quota has.
    async fn many_invites_at_once(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        // The month of Bob's invite is over.
        world.clock.advance(30 * 86_400);
        let invites = (0..16).map(|number| {
            let admin = if number % 2 == 0 { &ada } else { &bob };
            let body = json!({"email": format!("guest{number}@example.com")});
            async move { admin.client.call("createInvite").json(&body).send().await }
        });
        let answers = join_all(invites).await;
        let spent = answers.iter().filter(|answer| answer.status == 402).count();
        for answer in answers {
            if answer.status != 402 {
                answer.expect(201);
            }
        }
        assert_eq!(spent, 6);
        let listed = ada.client.call("listInvites").send().await.expect(200);
        assert_eq!(listed.body["invites"].as_array().unwrap().len(), 10);
        let shown = ada.client.call("getDirectoryOrganisation").send().await.expect(200);
        assert_eq!(shown.body["invites_used"], 10);
        assert_eq!(shown.body["invites_remaining"], 0);
    }

    /// Two lists with an address in common: one of them is invited, of the other nobody.
    async fn two_lists_with_one_address(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.plan("enterprise").await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let mut expected = BTreeSet::new();
        for round in 0..ROUNDS {
            let list = |own: &str, common: &str| json!([
                {"target_email": format!("{own}-before{round}@example.com")},
                {"target_email": format!("{common}{round}@example.com")},
                {"target_email": format!("{own}-after{round}@example.com")},
            ]);
            let (first, second) = join!(
                invite_all(&ada.client, &acme, list("ada", "common")),
                invite_all(&bob.client, &acme, list("bob", "Common"))
            );
            let winner = one_succeeds([&first, &second], 200, &[409]);
            let refused = [&second, &first][winner];
            assert_eq!(refused.text_at("/type"), "/problems/invite-pending");
            let [own, common] = [["ada", "common"], ["bob", "Common"]][winner];
            expected.extend([
                format!("{own}-before{round}@example.com"),
                format!("{common}{round}@example.com"),
                format!("{own}-after{round}@example.com"),
            ]);
            let listed = ada.client.call("listInvites").send().await.expect(200);
            let invites = listed.body["invites"].as_array().unwrap();
            let addresses: BTreeSet<String> = invites.iter()
                .map(|invite| invite["email"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(addresses, expected);
        }
        assert_eq!(world.db_audit("invites.created").await.len(), ROUNDS);
        let shown = ada.client.call("getDirectoryOrganisation").send().await.expect(200);
        assert_eq!(shown.body["invites_used"], 3 * ROUNDS + 1);
    }

    /// Two lists of which the quota has room for one.
    async fn two_lists_for_one_quota(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        for round in 0..ROUNDS {
            world.clock.advance(31 * 86_400);
            let list = |own: &str| -> Value {
                (0..6).map(|number| json!({"target_email": format!("{own}{number}-{round}@example.com")})).collect()
            };
            let (first, second) = join!(
                invite_all(&ada.client, &acme, list("ada")),
                invite_all(&bob.client, &acme, list("bob"))
            );
            one_succeeds([&first, &second], 200, &[402]);
            let listed = ada.client.call("listInvites").send().await.expect(200);
            assert_eq!(listed.body["invites"].as_array().unwrap().len(), 6);
            let shown = ada.client.call("getDirectoryOrganisation").send().await.expect(200);
            assert_eq!(shown.body["invites_used"], 6);
        }
    }

    /// Each takes up what the other has made, or what was there: one invite in any case.
    async fn one_pending_invite_taken_up_twice(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let person = |level: i64| json!({"target_email": "carol@example.com", "level": level, "combine_pending_invites": true});
        for _ in 0..ROUNDS {
            let (first, second) = join!(
                invite_all(&ada.client, &acme, person(1)),
                invite_all(&bob.client, &acme, person(8))
            );
            first.expect(200);
            second.expect(200);
            let listed = ada.client.call("listInvites").send().await.expect(200);
            assert_eq!(listed.body["invites"].as_array().unwrap().len(), 1);
            assert_eq!(listed.text_at("/invites/0/role"), "admin");
        }
        world.post().await;
        // Bob's own, and the last one.
        assert_eq!(world.mailer.mails().len(), 2);
        let shown = ada.client.call("getDirectoryOrganisation").send().await.expect(200);
        assert_eq!(shown.body["invites_used"], 2);
    }

    /// A project is deleted while somebody gets access to it, by being invited and by
    /// coming.
    async fn access_to_a_project_that_is_deleted(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.plan("enterprise").await;
        let about = |operation| ada.client.call(operation).path("organization_id", bare(&acme));
        for round in 0..ROUNDS {
            let created = about("createProject").json(&json!({"name": "Launch", "access_control": true})).send().await.expect(201);
            let project = created.body["id"].as_i64().unwrap();
            let email = format!("guest{round}@example.com");
            let person = json!({"target_email": email, "private_project_access": [{"id": project, "level": 1}]});
            let delete = || about("deleteProject").path("id", project.to_string()).send();
            if round % 2 == 0 {
                let (invited, deleted) = join!(invite_all(&ada.client, &acme, person), delete());
                deleted.expect(204);
                assert!([200, 404].contains(&invited.status.as_u16()), "{}", invited.body);
            } else {
                let guest = world.person("A Guest", &email).await;
                invite_all(&ada.client, &acme, person).await.expect(200);
                let listed = ada.client.call("listInvites").send().await.expect(200);
                let invites = listed.body["invites"].as_array().unwrap();
                let token = &invites.iter().find(|invite| invite["email"] == email.as_str()).unwrap()["token"];
                let accept = guest.client.call("acceptInvite").json(&json!({"token": token})).send();
                let (accepted, deleted) = join!(accept, delete());
                deleted.expect(204);
                accepted.expect(200);
            }
        }
    }

    /// The title of the owner is there whoever demotes whom.
    async fn owner_while_two_admins_demote_each_other(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        for _ in 0..ROUNDS {
            let (first, second) = join!(demote(&ada.client, &bob), demote(&bob.client, &ada));
            let winner = one_succeeds([&first, &second], 200, &[403, 409]);
            let [winner, loser] = if winner == 0 { [&ada, &bob] } else { [&bob, &ada] };
            assert_eq!(owners(&winner.client).await, [winner.email.as_str()]);
            assert_eq!(admins(&key).await, [winner.id.as_str()]);
            set_role(&winner.client, loser, "admin").await.expect(200);
        }
    }

    /// The title given to two at once is one's.
    async fn two_owners_at_once(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "member").await;
        let key = ada.organisation_key(&["organization_member:write"]).await;
        for _ in 0..ROUNDS {
            let (first, second) = join!(
                set_level(&key, &acme, &bob, 15),
                set_level(&ada.client, &acme, &carol, 15)
            );
            for answer in [first, second] {
                assert_eq!(answer.expect(200).body["level"], 15);
            }
            let owners = owners(&ada.client).await;
            assert_eq!(owners.len(), 1);
            assert!([&bob.email, &carol.email].contains(&&owners[0]), "{owners:?}");
            let (first, second) = join!(
                set_level(&ada.client, &acme, &carol, 1),
                set_level(&key, &acme, &ada, 15)
            );
            first.expect(200);
            second.expect(200);
        }
    }

    /// The title and the demotion of who gets it: an owner is always an admin.
    async fn owner_while_demoted(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        for _ in 0..ROUNDS {
            let (made, demoted) = join!(
                set_level(&ada.client, &acme, &bob, 15),
                demote(&carol.client, &bob)
            );
            made.expect(200);
            demoted.expect(200);
            let team = ada.client.call("listTeam").send().await.expect(200);
            let bob_now = team.text_at("/results/1/role");
            // Who was demoted last has given the title to who did it.
            let expected = if bob_now == "owner" { &bob } else { &carol };
            assert_eq!(owners(&ada.client).await, [expected.email.as_str()]);
            set_level(&ada.client, &acme, &bob, 8).await.expect(200);
        }
    }

    /// One admin is left, whichever document the two ask.
    async fn two_admins_demote_each_other_by_two_documents(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let key = ada.organisation_key(&["members:read"]).await;
        for _ in 0..ROUNDS {
            let (first, second) = join!(
                set_level(&ada.client, &acme, &bob, 1),
                demote(&bob.client, &ada)
            );
            let winner = one_succeeds([&first, &second], 200, &[403, 409]);
            let [winner, loser] = if winner == 0 { [&ada, &bob] } else { [&bob, &ada] };
            assert_eq!(admins(&key).await, [winner.id.as_str()]);
            assert_eq!(owners(&winner.client).await, [winner.email.as_str()]);
            set_level(&winner.client, &acme, loser, 8).await.expect(200);
        }
    }

    /// The last two admins leave, each by another document.
    async fn two_admins_leave_by_two_documents(world: World) {
        let (ada, bob, key) = two_admins(&world).await;
        let listed = ada.client.call("listOrganizations").send().await.expect(200);
        for _ in 0..ROUNDS {
            let gone = ada.client.call("removeOrganizationMember")
                .path("organization_id", listed.text_at("/results/0/id"))
                .path("user__uuid", bare(&ada.id));
            let (first, second) = join!(gone.send(), leave(&bob.client));
            let left = one_succeeds([&first, &second], 204, &[409]);
            let [gone, there] = if left == 0 { [&ada, &bob] } else { [&bob, &ada] };
            assert_eq!(admins(&key).await, [there.id.as_str()]);
            assert_eq!(owners(&there.client).await, [there.email.as_str()]);
            bring_back(there, gone).await;
        }
    }

    /// After its first invite has expired, too.
    async fn two_invites_after_expiry(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let mut old = ada.invite("carol@example.com", "member").await;
        for _ in 0..ROUNDS {
            world.clock.advance(7 * 86_400);
            let create = bob.client.call("createInvite").json(&json!({"email": "carol@example.com"})).send();
            let resend = ada.client.call("resendInvite").path("invite_id", old.text_at("/id")).send();
            let (created, resent) = join!(create, resend);
            if created.status == 201 {
                resent.expect(409);
                old = created;
            } else {
                created.expect(409);
                old = resent.expect(200);
            }
            let listed = ada.client.call("listInvites").send().await.expect(200);
            assert_eq!(listed.body["invites"].as_array().unwrap().len(), 1);
        }
    }

    /// One effect, one answer, told twice.
    async fn one_idempotency_key_twice(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        for round in 1..=ROUNDS {
            let create = || ada.client.call("createOrganisation")
                .header("Idempotency-Key", format!("founding-{round}"))
                .json(&json!({"name": "Acme"}))
                .send();
            let (first, second) = join!(create(), create());
            let [first, second] = [first.expect(201), second.expect(201)];
            assert_eq!(first.body, second.body);
            let replayed = [&first, &second].map(|answer| answer.headers.contains_key("idempotency-replayed"));
            assert_ne!(replayed[0], replayed[1]);
            let listed = ada.client.call("listOrganisations").send().await.expect(200);
            assert_eq!(listed.body["organisations"].as_array().unwrap().len(), round);
            assert_eq!(world.db_audit("organisation.created").await.len(), round);
        }
    }

    /// Also where a mail is part of the effect.
    async fn one_idempotency_key_for_an_invite(world: World) {
        let (ada, _) = world.organisation().await;
        ada.plan("enterprise").await;
        for round in 1..=ROUNDS {
            let create = || ada.client.call("createInvite")
                .header("Idempotency-Key", format!("guest-{round}"))
                .json(&json!({"email": format!("guest{round}@example.com")}))
                .send();
            let (first, second) = join!(create(), create());
            let [first, second] = [first.expect(201), second.expect(201)];
            assert_eq!(first.body, second.body);
            assert_eq!(world.mailer.mails().len(), round);
        }
    }
}
