//! `listTeam`

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Client, Person, World};

async fn page(client: &Client, size: usize, cursor: Option<&str>) -> Answer {
    let mut call = client
        .call("listTeam")
        .query("page_size", &size.to_string());
    if let Some(cursor) = cursor {
        call = call.query("cursor", cursor);
    }
    call.send().await.expect(200)
}

/// The cursor under this name, unless it is null.
fn cursor(page: &Answer, name: &str) -> Option<String> {
    page.body[name].as_str().map(str::to_owned)
}

fn emails(page: &Answer) -> Vec<String> {
    let results = page.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|member| member["email"].as_str().unwrap().to_owned())
        .collect()
}

/// Every member's role by the part of the address before the @.
async fn roles(client: &Client) -> Value {
    let listed = page(client, 100, None).await;
    let results = listed.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|member| {
            let (name, _) = member["email"].as_str().unwrap().split_once('@').unwrap();
            (name.to_owned(), member["role"].clone())
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// So many people, who join one after the other.
async fn join(world: &World, admin: &Person, numbers: std::ops::Range<usize>) -> Vec<Person> {
    let mut joined = Vec::new();
    for number in numbers {
        let email = format!("p{number:02}@example.com");
        let name = format!("Person {number}");
        joined.push(world.joined(admin, &name, &email, "member").await);
    }
    joined
}

async fn remove(admin: &Person, member: &Person) {
    let call = admin.client.call("removeMember");
    call.path("member_id", &member.id).send().await.expect(204);
}

async fn set_role(admin: &Client, member: &Person, role: &str) {
    admin
        .call("updateMemberRole")
        .path("member_id", &member.id)
        .json(&json!({ "role": role }))
        .send()
        .await
        .expect(200);
}

cases! {
    /// Who founded the organisation owns it.
    async fn listed(world: World) {
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Bob Builder", "Bob@Example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "member").await;
        world.strangers().await;
        carol.client.call("listTeam").send().await.snapshot(200, "listed");
    }

    async fn organisation_key(world: World) {
        let (ada, _) = world.organisation().await;
        let key = ada.organisation_key(&["organisation:read"]).await;
        assert_eq!(emails(&page(&key, 20, None).await), ["ada@example.com"]);
    }

    /// There and back again.
    async fn pages(world: World) {
        let (ada, _) = world.organisation().await;
        join(&world, &ada, 1..5).await;
        let list = |cursor: String| ada.client.call("listTeam").query("page_size", "2").query("cursor", &cursor);
        let first = ada.client.call("listTeam").query("page_size", "2").send().await.snapshot(200, "first_page");
        let second = list(first.text_at("/next")).send().await.snapshot(200, "middle_page");
        let third = list(second.text_at("/next")).send().await.snapshot(200, "last_page");
        assert_eq!(emails(&third), ["p04@example.com"]);
        let back = list(third.text_at("/previous")).send().await.expect(200);
        assert_eq!(back.body, second.body);
        let back = list(back.text_at("/previous")).send().await.expect(200);
        assert_eq!(back.body, first.body);
    }

    /// 20 unless the request says otherwise, and 100 at most.
    async fn sizes(world: World) {
        let (ada, acme) = world.organisation().await;
        world.db_crowd(&acme, 130).await;
        let listed = ada.client.call("listTeam").send().await.expect(200);
        assert_eq!(emails(&listed).len(), 20);
        let first = page(&ada.client, 100, None).await;
        assert_eq!(emails(&first).len(), 100);
        let second = page(&ada.client, 100, cursor(&first, "next").as_deref()).await;
        assert_eq!(emails(&second).len(), 31);
        assert_eq!(cursor(&second, "next"), None);
        // Those who joined at the same moment come in one order, each once.
        let all: BTreeSet<String> = emails(&first).into_iter().chain(emails(&second)).collect();
        assert_eq!(all.len(), 131);
        let back = page(&ada.client, 100, cursor(&second, "previous").as_deref()).await;
        assert_eq!(back.body, first.body);
    }

    /// Each text that the document allows is a place, whether or not somebody stands there.
    async fn any_cursor(world: World) {
        let (ada, _) = world.organisation().await;
        for (cursor, found) in [
            (format!("n{}", "A".repeat(32)), 1),
            (format!("p{}", "A".repeat(32)), 0),
            (format!("nf{}", "_".repeat(31)), 0),
            (format!("pf{}", "_".repeat(31)), 1),
            // Before 1970.
            (format!("n{}", "_".repeat(32)), 1),
            (format!("p{}", "_".repeat(32)), 0),
        ] {
            let listed = page(&ada.client, 2, Some(&cursor)).await;
            assert_eq!(emails(&listed).len(), found, "{cursor}");
            let [next, previous] = ["next", "previous"].map(|name| listed.body[name].is_string());
            let behind = found == 0 && cursor.starts_with('p');
            let before = found == 0 && cursor.starts_with('n');
            assert_eq!([next, previous], [behind, before], "{cursor}");
        }
    }

    /// Where everybody is gone, the way back leads to whoever is there.
    async fn nobody_left(world: World) {
        let (ada, _) = world.organisation().await;
        let people = join(&world, &ada, 1..4).await;
        let first = page(&ada.client, 2, None).await;
        let second = page(&ada.client, 2, cursor(&first, "next").as_deref()).await;
        for gone in &people[1..] {
            remove(&ada, gone).await;
        }
        let empty = page(&ada.client, 2, cursor(&first, "next").as_deref()).await;
        assert_eq!(emails(&empty), Vec::<String>::new());
        assert_eq!(cursor(&empty, "next"), None);
        let back = page(&ada.client, 2, cursor(&empty, "previous").as_deref()).await;
        assert_eq!(emails(&back), ["ada@example.com", "p01@example.com"]);
        assert_eq!([cursor(&back, "next"), cursor(&back, "previous")], [None, None]);

        // The other way round: those before the second page go.
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        remove(&carol, &ada).await;
        remove(&carol, &people[0]).await;
        let empty = page(&carol.client, 2, cursor(&second, "previous").as_deref()).await;
        assert_eq!(emails(&empty), Vec::<String>::new());
        assert_eq!(cursor(&empty, "previous"), None);
        let forth = page(&carol.client, 2, cursor(&empty, "next").as_deref()).await;
        assert_eq!(emails(&forth), ["carol@example.com"]);
        assert_eq!([cursor(&forth, "next"), cursor(&forth, "previous")], [None, None]);
    }

    /// Whoever is a member from the first page to the last is listed exactly once, in both
    /// directions, whoever else comes and goes between two pages.
    async fn while_members_come_and_go(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        ada.plan("enterprise").await;
        let mut members = join(&world, &ada, 1..13).await;
        let mut newest = 13;
        // Any numbers, the same in every run.
        let mut state: usize = 0x9e37_79b9;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for walk in 0..12 {
            let forth = walk % 2 == 0;
            let (follow, other) = if forth { ("next", "previous") } else { ("previous", "next") };
            let size = 1 + below(4);
            let mut there: BTreeSet<String> = members.iter().map(|member| member.email.clone()).collect();
            let mut seen: Vec<String> = Vec::new();
            // Backwards a walk begins behind everybody.
            let mut at = (!forth).then(|| format!("pf{}", "_".repeat(31)));
            loop {
                let listed = page(&ada.client, size, at.as_deref()).await;
                let mut found = emails(&listed);
                assert!(found.len() <= size);
                if !forth {
                    found.reverse();
                }
                // What has been seen lies behind, and says so.
                if !found.is_empty() && !seen.is_empty() {
                    assert!(listed.body[other].is_string() || seen.iter().all(|email| !members.iter().any(|member| member.email == *email)));
                }
                seen.extend(found);
                let Some(next) = cursor(&listed, follow) else { break };
                at = Some(next);
                for _ in 0..below(3) {
                    if members.len() > 4 && below(2) == 0 {
                        let gone = members.remove(below(members.len()));
                        remove(&ada, &gone).await;
                        there.remove(&gone.email);
                    } else if newest < 40 {
                        members.extend(join(&world, &ada, newest..newest + 1).await);
                        newest += 1;
                    }
                }
            }
            let once: BTreeSet<&String> = seen.iter().collect();
            assert_eq!(once.len(), seen.len(), "nobody is listed twice: {seen:?}");
            for email in &there {
                assert!(seen.contains(email), "{email} is missing in {seen:?}");
            }
            // In the order of joining; who joined while it went backwards was not to be met.
            let mut sorted: Vec<String> = seen.iter().filter(|email| email.starts_with('p')).cloned().collect();
            if !forth {
                sorted.reverse();
            }
            assert!(sorted.is_sorted(), "{sorted:?}");
        }
    }

    /// The title follows: to who demotes or removes the owner, and to who joined first
    /// where the owner leaves or a key acts that is nobody's.
    async fn owners(world: World) {
        let (ada, _) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let carol = world.joined(&ada, "Carol Clark", "carol@example.com", "admin").await;
        let key = ada.organisation_key(&["organisation:read", "members:write"]).await;
        assert_eq!(roles(&key).await, json!({"ada": "owner", "bob": "admin", "carol": "admin"}));

        // Demoted by Carol, who joined later than Bob.
        set_role(&carol.client, &ada, "member").await;
        assert_eq!(roles(&key).await, json!({"ada": "recruiter", "bob": "admin", "carol": "owner"}));
        // An admin again, and no owner by that.
        set_role(&bob.client, &ada, "admin").await;
        assert_eq!(roles(&key).await, json!({"ada": "admin", "bob": "admin", "carol": "owner"}));
        // Somebody else's role is not the owner's.
        set_role(&carol.client, &bob, "member").await;
        assert_eq!(roles(&key).await, json!({"ada": "admin", "bob": "recruiter", "carol": "owner"}));
        set_role(&carol.client, &bob, "admin").await;
        // By a key that is nobody's.
        set_role(&key, &carol, "member").await;
        assert_eq!(roles(&key).await, json!({"ada": "owner", "bob": "admin", "carol": "recruiter"}));
        // Removed.
        remove(&bob, &ada).await;
        assert_eq!(roles(&key).await, json!({"bob": "owner", "carol": "recruiter"}));
        // The owner leaves.
        set_role(&bob.client, &carol, "admin").await;
        bob.client.call("leaveOrganisation").send().await.expect(204);
        assert_eq!(roles(&key).await, json!({"carol": "owner"}));
        // The last admin stays, and so does the title.
        carol.client.call("leaveOrganisation").send().await.expect(409);
        assert_eq!(roles(&key).await, json!({"carol": "owner"}));
    }

    async fn no_active_organisation(world: World) {
        let ada = world.person("Ada Admin", "ada@example.com").await;
        ada.client.call("listTeam").send().await.snapshot(404, "no_active_organisation");
    }

    async fn invalid(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client.call("listTeam").query("page_size", "101").query("cursor", "n").query("role", "owner").send().await
            .snapshot(400, "invalid");
        ada.client.call("listTeam").query("page_size", "0").query("cursor", &format!("x{}", "A".repeat(32))).send().await
            .snapshot(400, "not_a_cursor");
    }
}
