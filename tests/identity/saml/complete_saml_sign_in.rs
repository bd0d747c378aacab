//! `completeSamlSignIn`, and what an identity provider may bring about.

use charter_issuer::{Signs, attribute, confirmation, name_id};
use charter_persistence::MailTemplate;
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::PASSWORD;
use crate::support::audit::{refusals, successes};
use crate::support::saml::{ACS, Begun, CALLBACK, IdentityProvider};
use crate::support::world::identity;
use crate::support::{Answer, Audited, Person, World};

const MARA: &str = "mara@northwind.example";

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// Ada's organisation, which has an identity provider.
async fn northwind(world: &World) -> (Person, String, IdentityProvider) {
    let (ada, acme) = world.organisation().await;
    let provider = world.identity_provider(&acme, "northwind.example").await;
    (ada, acme, provider)
}

/// Somebody signs in, whose client hands the response in.
async fn complete(world: &World, provider: &IdentityProvider, email: &str) -> Answer {
    let begun = world.begin(provider).await;
    let issue = world.issue_for(&begun, email, CALLBACK);
    begun
        .handed_in(&world.anonymous.at("192.0.2.17"), &issue.xml())
        .await
}

async fn members(admin: &Person) -> Vec<Value> {
    let listed = admin.client.call("listMembers").send().await.expect(200);
    listed.body["members"].as_array().unwrap().clone()
}

async fn refused(world: &World, begun: &Begun, xml: &str) {
    let answer = begun.handed_in(&world.anonymous, xml).await.expect(401);
    assert_eq!(answer.text_at("/type"), "/problems/assertion-refused");
}

cases! {
    /// Who has no account gets one, confirmed, and is a member of the organisation.
    async fn new(world: World) {
        let (ada, acme, northwind) = northwind(&world).await;
        let answer = complete(&world, &northwind, MARA).await.snapshot(200, "new");
        let session = world.with_session(&answer);
        let current = session.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        session.call("listMembers").send().await.expect(200);
        // A member, and no more.
        session.call("createInvite").json(&json!({"email": "x@northwind.example"})).send().await.expect(403);
        let members = members(&ada).await;
        assert_eq!(members.len(), 2);
        assert!(members.iter().any(|member| member["email"] == MARA && member["role"] == "member"));
        assert!(!world.db_holds(&answer.text_at("/token")).await);
        assert!(world.letters(MARA).await.is_empty());
        // There is no password.
        world.sign_in(MARA, PASSWORD).await.expect(401);

        let rows = world.db_audit("session.created").await;
        let rows = successes(&rows);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].target(), answer.text_at("/session/_id"));
        assert_eq!(rows[0].organisation(), acme);
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        assert!(rows[0].subject.is_some());
    }

    /// Who has been here comes again, whatever else the provider says by now.
    async fn known(world: World) {
        let (ada, _, northwind) = northwind(&world).await;
        let first = complete(&world, &northwind, MARA).await.expect(200);
        world.clock.advance(60);
        let begun = world.begin(&northwind).await;
        let mut issue = world.issue_for(&begun, MARA, CALLBACK);
        issue.attributes = attribute("displayName", "Somebody Else");
        let answer = begun.handed_in(&world.anonymous, &issue.xml()).await.snapshot(200, "known");
        assert_eq!(answer.text_at("/user/_id"), first.text_at("/user/_id"));
        assert_ne!(answer.text_at("/token"), first.text_at("/token"));
        assert_eq!(members(&ada).await.len(), 2);
        // Both sessions live.
        for answer in [&first, &answer] {
            world.with_session(answer).call("getCurrentUser").send().await.expect(200);
        }
    }

    /// An account with the address is linked, and its owner told.
    async fn linked(world: World) {
        let (ada, acme, northwind) = northwind(&world).await;
        let mara = world.account("Mara Olsen", MARA).await;
        let own = mara.found("Mara & Co").await;
        let answer = complete(&world, &northwind, "Mara@Northwind.example").await.snapshot(200, "linked");
        assert_eq!(answer.text_at("/user/_id"), mara.id);
        assert_eq!(answer.body["isNew"], false);
        assert!(members(&ada).await.iter().any(|member| member["email"] == MARA));
        let letter = world.letter(MARA, MailTemplate::Linked).await;
        assert!(letter.text.contains("192.0.2.17"), "{}", letter.text);
        // It is another way in: the password is one as well.
        world.sign_in(MARA, PASSWORD).await.expect(200);
        let listed = world.with_session(&answer).call("listOrganisations").send().await.expect(200);
        for id in [&acme, &own] {
            assert!(listed.body.to_string().contains(id.as_str()));
        }
        // Once is enough.
        complete(&world, &northwind, MARA).await.expect(200);
        let mails = world.letters(MARA).await;
        assert_eq!(mails.iter().filter(|mail| mail.template == MailTemplate::Linked).count(), 1);
    }

    /// A provider that names people in a way that stays says who it is, whatever the
    /// address is by then.
    async fn another_address(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let as_person = async |email: &str, person: &str| {
            let begun = world.begin(&northwind).await;
            let mut issue = world.issue_for(&begun, email, CALLBACK);
            issue.name_id = name_id(PERSISTENT, person);
            issue.attributes = attribute("mail", email);
            begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200)
        };
        let mara = as_person(MARA, "7f3a").await;
        let married = as_person("mara.lind@northwind.example", "7f3a").await;
        assert_eq!(married.text_at("/user/_id"), mara.text_at("/user/_id"));
        assert_eq!(married.text_at("/user/email"), MARA);
        // Somebody else is somebody else.
        let other = as_person("otto@northwind.example", "9c1b").await;
        assert_ne!(other.text_at("/user/_id"), mara.text_at("/user/_id"));
    }

    /// Who is invited comes in by the invite.
    async fn invited(world: World) {
        let (ada, acme, northwind) = northwind(&world).await;
        let invite = ada.invite(MARA, "admin").await;
        let answer = complete(&world, &northwind, MARA).await.snapshot(200, "invited");
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        assert_eq!(answer.body["user"]["roles"], json!(["admin"]));
        let listed = ada.client.call("listInvites").send().await.expect(200);
        let invites = listed.body["invites"].as_array().unwrap();
        let own = invites.iter().find(|other| other["id"] == invite.body["id"]);
        assert!(own.is_none_or(|own| own["status"] == "accepted"), "{}", listed.body);
    }

    /// Who was a member stays what they were.
    async fn a_member(world: World) {
        let (ada, _, northwind) = northwind(&world).await;
        let otto = world.joined(&ada, "Otto", "otto@northwind.example", "admin").await;
        let answer = complete(&world, &northwind, "otto@northwind.example").await.expect(200);
        assert_eq!(answer.text_at("/user/_id"), otto.id);
        assert_eq!(answer.body["user"]["roles"], json!(["admin"]));
        assert_eq!(members(&ada).await.len(), 2);
    }

    /// An organisation that lets nobody sign up lets its own people in.
    async fn closed_to_others(world: World) {
        let mut options = identity();
        options.sign_up = charter_persistence::SignUps::InviteOnly;
        let world = world.with_identity(options).await;
        let (_, _, northwind) = northwind(&world).await;
        let answer = complete(&world, &northwind, MARA).await.expect(200);
        assert_eq!(answer.body["isNew"], true);
    }

    /// The answer speaks of the organisation that the request names, and the mails the
    /// language that it asks for.
    async fn headers(world: World) {
        let (_, acme, northwind) = northwind(&world).await;
        let mara = world.account("Mara Olsen", MARA).await;
        let own = mara.found("Mara & Co").await;
        let (_, elsewhere) = world.strangers().await;
        for (workspace, company) in [(&acme, &acme), (&own, &own), (&elsewhere, &acme)] {
            let begun = world.begin(&northwind).await;
            let xml = world.issue_for(&begun, MARA, CALLBACK).xml();
            let answer = world.anonymous.call("completeSamlSignIn")
                .header("X-Workspace-Id", workspace)
                .header("X-Language", "pt")
                .json(&begun.body(&xml))
                .send().await.expect(200);
            assert_eq!(&answer.text_at("/user/company/_id"), company);
            assert_eq!(answer.text_at("/user/language"), "en", "it was hers before");
        }
        let begun = world.begin(&northwind).await;
        let xml = world.issue_for(&begun, "otto@northwind.example", CALLBACK).xml();
        let answer = world.anonymous.call("completeSamlSignIn")
            .header("X-Language", "pt")
            .json(&begun.body(&xml))
            .send().await.expect(200);
        assert_eq!(answer.text_at("/user/language"), "pt");
    }

    /// A response that was meant for browsers is as good: both addresses are ours.
    async fn for_the_acs(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue_for(&begun, MARA, ACS).xml();
        begun.handed_in(&world.anonymous, &xml).await.expect(200);
    }

    /// The signature may be the response's, the assertion's, or both.
    async fn signed_in_any_way(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
            let begun = world.begin(&northwind).await;
            let mut issue = world.issue_for(&begun, MARA, CALLBACK);
            issue.signs = signs;
            begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
        }
    }

    async fn invalid(world: World) {
        world.anonymous.call("completeSamlSignIn")
            .header("X-Workspace-Id", "northwind")
            .json(&json!({"SAMLResponse": "<xml>", "RelayState": "\u{e9}", "Submit": "Go"}))
            .send().await
            .snapshot(400, "invalid");
        world.anonymous.call("completeSamlSignIn").json(&json!({})).send().await
            .snapshot(400, "missing");
    }

    /// Nobody is told why; the audit log is. The attacks have the rest of the list.
    async fn refused_assertions(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let mut issue = world.issue_for(&begun, MARA, CALLBACK);
        issue.signs = Signs::Neither;
        begun.handed_in(&world.anonymous.at("192.0.2.66"), &issue.xml()).await.snapshot(401, "refused");
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("assertion-refused", Some("signature"))]);
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.66"));
        // A refusal answers nothing: the request is as open as before.
        issue.signs = Signs::Both;
        begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
    }

    /// It answers a request once.
    async fn answered(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let issue = world.issue_for(&begun, MARA, CALLBACK);
        begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
        world.clock.advance(1);
        refused(&world, &begun, &issue.xml()).await;
        // Nor does another assertion.
        let mut another = issue.clone();
        another.assertion_id = "_another".to_owned();
        world.clock.advance(1);
        refused(&world, &begun, &another.xml()).await;
        let rows = world.db_audit("session.created").await;
        assert_eq!(successes(&rows).len(), 1);
        let whys: Vec<_> = refusals(&rows).into_iter().map(|(_, why)| why.unwrap()).collect();
        assert_eq!(whys, ["replay", "replay"]);
    }

    /// An assertion counts once, even where its request is another.
    async fn the_same_assertion(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let (first, second) = (world.begin(&northwind).await, world.begin(&northwind).await);
        let mut issue = world.issue_for(&first, MARA, CALLBACK);
        issue.assertion_id = "_once".to_owned();
        first.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
        let mut again = world.issue_for(&second, MARA, CALLBACK);
        again.assertion_id = "_once".to_owned();
        refused(&world, &second, &again.xml()).await;
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("assertion-refused", Some("replay"))]);
        // It was not answered by that.
        again.assertion_id = "_twice".to_owned();
        second.handed_in(&world.anonymous, &again.xml()).await.expect(200);
    }

    async fn unsolicited(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let mut issue = world.issue_for(&begun, MARA, CALLBACK);
        issue.in_response_to.clear();
        issue.confirmation = confirmation("x", "2026-03-15T12:10:00Z", CALLBACK).replace(" InResponseTo=\"x\"", "");
        refused(&world, &begun, &issue.xml()).await;
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("assertion-refused", Some("unknown_request"))]);
    }

    /// A request is open for ten minutes.
    async fn expired(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let (first, second) = (world.begin(&northwind).await, world.begin(&northwind).await);
        world.clock.advance(599);
        let issue = world.issue_for(&first, MARA, CALLBACK);
        first.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
        world.clock.advance(1);
        let issue = world.issue_for(&second, MARA, CALLBACK);
        refused(&world, &second, &issue.xml()).await;
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("assertion-refused", Some("unknown_request"))]);
    }

    /// What one provider was asked another cannot answer, not even for its own people.
    async fn of_another_provider(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let (_, elsewhere) = world.strangers().await;
        let contoso = world.identity_provider(&elsewhere, "contoso.example").await;
        let begun = world.begin(&northwind).await;
        for email in [MARA, "mara@contoso.example"] {
            let mut issue = world.issue_for(&begun, email, CALLBACK);
            issue.issuer.clone_from(&contoso.entity_id);
            issue.assertion_issuer.clone_from(&contoso.entity_id);
            refused(&world, &begun, &issue.xml()).await;
            world.clock.advance(1);
        }
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("assertion-refused", Some("unknown_request")); 2]);
        // It is still the first one's to answer.
        let issue = world.issue_for(&begun, MARA, CALLBACK);
        begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
    }

    /// What came with the request comes back with the response.
    async fn another_relay_state(world: World) {
        let (_, _, northwind) = northwind(&world).await;
        let (begun, other) = (world.begin(&northwind).await, world.begin(&northwind).await);
        let issue = world.issue_for(&begun, MARA, CALLBACK);
        let mut mixed = begun.clone();
        mixed.asked.relay_state = other.asked.relay_state;
        refused(&world, &mixed, &issue.xml()).await;
        begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
    }

    /// A provider vouches for its own domain.
    async fn outside(world: World) {
        let (ada, _, northwind) = northwind(&world).await;
        let (_, elsewhere) = world.strangers().await;
        world.identity_provider(&elsewhere, "contoso.example").await;
        complete(&world, &northwind, "olga@elsewhere.example").await.snapshot(403, "outside");
        for email in ["mara@contoso.example", "ada@example.com", "mara@sub.northwind.example"] {
            world.clock.advance(1);
            complete(&world, &northwind, email).await.expect(403);
        }
        assert_eq!(members(&ada).await.len(), 1);
        let rows = world.db_audit("session.created").await;
        assert!(successes(&rows).is_empty());
        assert_eq!(refusals(&rows), [("address-unverified", None); 4]);
        assert!(rows.iter().all(|row| row.subject.is_some()));
    }

    /// Of many at the same moment, one counts.
    async fn at_the_same_moment(world: World) {
        let world = world.without_limits();
        let (ada, _, northwind) = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue_for(&begun, MARA, CALLBACK).xml();
        let answers = futures_util::future::join_all((0..20).map(|_| begun.handed_in(&world.anonymous, &xml))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 19, "{statuses:?}");
        assert_eq!(members(&ada).await.len(), 2);
    }

    /// Of many people at the same moment each gets in, and one of them once.
    async fn different_people_at_the_same_moment(world: World) {
        let world = world.without_limits();
        let (ada, _, northwind) = northwind(&world).await;
        let mut begun = Vec::new();
        for number in 0..10 {
            let begins = world.begin(&northwind).await;
            let email = format!("mara{}@northwind.example", number / 2);
            let xml = world.issue_for(&begins, &email, CALLBACK).xml();
            begun.push((begins, xml));
        }
        let answers = futures_util::future::join_all(begun.iter().map(|(begun, xml)| begun.handed_in(&world.anonymous, xml))).await;
        let mut people: Vec<String> = answers.into_iter().map(|answer| answer.expect(200).text_at("/user/_id")).collect();
        people.sort();
        people.dedup();
        assert_eq!(people.len(), 5);
        assert_eq!(members(&ada).await.len(), 6);
    }
}
