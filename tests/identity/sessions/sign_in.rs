//! `signIn`, and how long a session lives.

use charter_persistence::PasswordCosts;
use serde_json::{Value, json};

use crate::cases;
use crate::support::accounts::{ANOTHER_PASSWORD, PASSWORD};
use crate::support::audit::{refusals, successes};
use crate::support::world::identity;
use crate::support::{Answer, Audited, Client, World};

async fn sign_in(client: &Client, email: &str, password: &str) -> Answer {
    client
        .call("signIn")
        .json(&json!({"email": email, "password": password}))
        .send()
        .await
}

async fn with_invite(world: &World, password: &str, invite: &str) -> Answer {
    world
        .anonymous
        .call("signIn")
        .json(&json!({"email": "ines@northwind.example", "password": password, "invite": invite}))
        .send()
        .await
}

async fn count(client: &Client) -> usize {
    let listed = client.call("listSessions").send().await.expect(200);
    listed.body["sessions"].as_array().unwrap().len()
}

cases! {
    async fn signed_in(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let northwind = ines.found("Northwind Research").await;
        let answer = world.anonymous.at("192.0.2.17").call("signIn")
            .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)")
            .json(&json!({"email": "Ines@Northwind.example", "password": PASSWORD}))
            .send().await
            .snapshot(200, "signed_in");
        let session = world.with_session(&answer);
        let current = session.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), northwind);
        session.call("createInvite").json(&json!({"email": "mara@northwind.example"})).send().await.expect(201);
        assert!(!world.db_holds(&answer.text_at("/token")).await);
        assert_eq!(count(&session).await, 2);

        let rows = world.db_audit("session.created").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), ines.id);
        assert_eq!(rows[0].target(), answer.text_at("/session/_id"));
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        // What is done with the session is told to be.
        let invited = world.db_audit("invite.created").await;
        assert_eq!(invited[0].actor(), ines.id);
        assert_eq!(invited[0].actor_key_id, None);
        assert!(invited[0].actor_session_id.is_some());
    }

    /// There is nowhere to go yet.
    async fn without_an_organisation(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        world.sign_in("ines@northwind.example", PASSWORD).await.snapshot(200, "onboarding");
    }

    /// The answer is about the organisation that the request names; one that the
    /// person does not belong to counts as not given.
    async fn workspace(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let first = ines.found("Northwind Research").await;
        let second = ines.found("Laurent & Co").await;
        let (_, elsewhere) = world.strangers().await;
        for (workspace, company) in [(&first, &first), (&second, &second), (&elsewhere, &second)] {
            let answer = world.anonymous.call("signIn")
                .header("X-Workspace-Id", workspace)
                .json(&json!({"email": "ines@northwind.example", "password": PASSWORD}))
                .send().await.expect(200);
            assert_eq!(&answer.text_at("/user/company/_id"), company);
            // It stays with the answer.
            let current = world.with_session(&answer).call("getCurrentOrganisation").send().await.expect(200);
            assert_eq!(current.text_at("/id"), second);
        }
    }

    /// A password is compared as people see it: composed or not.
    async fn composed_or_not(world: World) {
        world.anonymous.call("signUp")
            .json(&json!({"email": "ines@northwind.example", "displayName": "Ines", "password": "sete mar\u{e9}s e uma gar\u{e7}a"}))
            .send().await.expect(201);
        world.confirm("ines@northwind.example").await;
        world.sign_in("ines@northwind.example", "sete mare\u{301}s e uma garc\u{327}a").await.expect(200);
        world.sign_in("ines@northwind.example", "sete mares e uma garca").await.expect(401);
    }

    /// 256 characters, all of which count.
    async fn the_longest_password(world: World) {
        let long = format!("{} \u{1f9ad}", PASSWORD.repeat(9)).chars().take(255).collect::<String>() + "\u{1f9ad}";
        world.anonymous.call("signUp")
            .json(&json!({"email": "ines@northwind.example", "displayName": "Ines", "password": long}))
            .send().await.expect(201);
        world.confirm("ines@northwind.example").await;
        world.sign_in("ines@northwind.example", &long).await.expect(200);
        let almost: String = long.chars().take(255).collect();
        world.sign_in("ines@northwind.example", &almost).await.expect(401);
    }

    async fn with_an_invite(world: World) {
        let (ada, acme) = world.organisation().await;
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        ines.found("Northwind Research").await;
        let invite = ada.invite("INES@northwind.example", "member").await.text_at("/token");
        let answer = with_invite(&world, PASSWORD, &invite).await.snapshot(200, "with_an_invite");
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        let current = ines.client.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme, "it is the active one now");
        assert_eq!(world.db_audit("session.created").await.last().unwrap().organisation(), acme);

        // Who is a member already stays one.
        let again = with_invite(&world, PASSWORD, &invite).await.expect(200);
        assert_eq!(again.body["user"]["roles"], json!(["user"]));
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
    }

    /// By the link of the mail as well.
    async fn with_the_mailed_invite(world: World) {
        let (ada, acme) = world.organisation().await;
        world.account("Ines Laurent", "ines@northwind.example").await;
        ada.invite("ines@northwind.example", "admin").await;
        let mailed = world.mailed_invite("ines@northwind.example").await;
        let answer = with_invite(&world, PASSWORD, &mailed).await.expect(200);
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        assert_eq!(answer.body["user"]["roles"], json!(["admin"]));
    }

    async fn invalid(world: World) {
        world.anonymous.call("signIn")
            .header("X-Workspace-Id", "northwind")
            .json(&json!({"email": "ines", "password": "", "invite": "not a token", "remember": true}))
            .send().await
            .snapshot(400, "invalid");
        world.anonymous.call("signIn").json(&json!({"password": null})).send().await
            .snapshot(400, "missing");
    }

    /// Nobody is told what is wrong; the audit log is.
    async fn refused(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        world.sign_up("Mara Olsen", "mara@northwind.example").await;
        world.person("Noel Novak", "noel@northwind.example").await;
        let wrong = world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.snapshot(401, "refused");
        for (email, password) in [
            ("nobody@northwind.example", PASSWORD),
            ("mara@northwind.example", PASSWORD),
            ("noel@northwind.example", PASSWORD),
            ("ines@northwind.example", "Grey heron counts seven tides"),
        ] {
            world.clock.advance(1);
            let other = world.sign_in(email, password).await.expect(401);
            assert_eq!(other.text_at("/type"), wrong.text_at("/type"), "{email}");
            assert_eq!(other.text_at("/detail"), wrong.text_at("/detail"), "{email}");
            assert_eq!(other.headers.keys().collect::<Vec<_>>(), wrong.headers.keys().collect::<Vec<_>>());
        }
        let rows = world.db_audit("session.created").await;
        assert!(successes(&rows).is_empty());
        assert_eq!(refusals(&rows), [
            ("sign-in-refused", Some("wrong_password")),
            ("sign-in-refused", Some("no_account")),
            ("sign-in-refused", Some("unconfirmed")),
            ("sign-in-refused", Some("wrong_password")),
            ("sign-in-refused", Some("wrong_password")),
        ]);
        assert!(rows.iter().all(|row| row.subject.is_some() && row.actor_user_id.is_none()));
        assert_eq!(rows[0].subject, rows[4].subject);
        assert_ne!(rows[0].subject, rows[1].subject);
    }

    /// The password is judged first: without it nobody learns of an invite.
    async fn order(world: World) {
        let (ada, _) = world.organisation().await;
        world.account("Ines Laurent", "ines@northwind.example").await;
        let invite = ada.invite("mara@northwind.example", "member").await.text_at("/token");
        with_invite(&world, ANOTHER_PASSWORD, &invite).await.expect(401);
        with_invite(&world, ANOTHER_PASSWORD, "unknown").await.expect(401);
    }

    /// All or nothing: a refused invite leaves no session.
    async fn other_address(world: World) {
        let (ada, _) = world.organisation().await;
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let invite = ada.invite("mara@northwind.example", "member").await.text_at("/token");
        with_invite(&world, PASSWORD, &invite).await.snapshot(403, "other_address");
        assert_eq!(count(&ines.client).await, 1);
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows), [("other-address", Some("after_password"))]);
        assert!(successes(&rows).is_empty());
    }

    async fn unknown_invite(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        with_invite(&world, PASSWORD, "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8").await.snapshot(404, "unknown_invite");
        assert_eq!(count(&ines.client).await, 1);
    }

    async fn replaced_invite(world: World) {
        let (ada, _) = world.organisation().await;
        world.account("Ines Laurent", "ines@northwind.example").await;
        let invite = ada.invite("ines@northwind.example", "member").await;
        ada.client.call("resendInvite").path("invite_id", invite.text_at("/id")).send().await.expect(200);
        with_invite(&world, PASSWORD, &invite.text_at("/token")).await.expect(404);
    }

    async fn expired_invite(world: World) {
        let (ada, _) = world.organisation().await;
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let invite = ada.invite("ines@northwind.example", "member").await;
        world.clock.advance(7 * 86_400);
        with_invite(&world, PASSWORD, &invite.text_at("/token")).await.snapshot(410, "expired");
        assert_eq!(count(&ines.client).await, 1);
    }

    async fn revoked_invite(world: World) {
        let (ada, _) = world.organisation().await;
        world.account("Ines Laurent", "ines@northwind.example").await;
        let invite = ada.invite("ines@northwind.example", "member").await;
        ada.client.call("revokeInvite").path("invite_id", invite.text_at("/id")).send().await.expect(204);
        with_invite(&world, PASSWORD, &invite.text_at("/token")).await.snapshot(410, "revoked");
    }

    /// By somebody who has left since.
    async fn used_invite(world: World) {
        let (ada, _) = world.organisation().await;
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        let invite = ada.invite("ines@northwind.example", "member").await;
        ines.accept(&invite).await.expect(200);
        ines.client.call("leaveOrganisation").send().await.expect(204);
        with_invite(&world, PASSWORD, &invite.text_at("/token")).await.snapshot(410, "accepted");
    }

    /// Failures on one account slow down further ones from the same place, however
    /// the address is written; where the account is at home nobody notices.
    async fn throttled(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let home = world.anonymous.at("192.0.2.17");
        sign_in(&home, "ines@northwind.example", PASSWORD).await.expect(200);
        let stranger = world.anonymous.at("198.51.100.7");
        for email in ["ines@northwind.example", "INES@northwind.example"].iter().cycle().take(5) {
            sign_in(&stranger, email, ANOTHER_PASSWORD).await.expect(401);
        }
        let answer = sign_in(&stranger, "Ines@northwind.example", PASSWORD).await.snapshot(429, "throttled");
        sign_in(&stranger, "ines@northwind.example", PASSWORD).await.expect(429);
        sign_in(&home, "ines@northwind.example", PASSWORD).await.expect(200);
        // Somebody else may still come from there.
        sign_in(&stranger, "nobody@northwind.example", PASSWORD).await.expect(401);

        let wait: i64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        world.clock.advance(wait - 1);
        sign_in(&stranger, "ines@northwind.example", PASSWORD).await.expect(429);
        world.clock.advance(1);
        sign_in(&stranger, "ines@northwind.example", PASSWORD).await.expect(200);

        // One row for each block.
        let rows = world.db_audit("session.created").await;
        let throttled = refusals(&rows).into_iter().filter(|(reason, _)| *reason == "too-many-requests");
        assert_eq!(throttled.collect::<Vec<_>>(), [("too-many-requests", Some("throttled"))]);
    }

    /// An address without an account is dealt with as any other.
    async fn throttled_without_an_account(world: World) {
        let stranger = world.anonymous.at("198.51.100.7");
        for _ in 0..5 {
            sign_in(&stranger, "nobody@northwind.example", PASSWORD).await.expect(401);
        }
        sign_in(&stranger, "nobody@northwind.example", PASSWORD).await.expect(429);
    }

    /// A password that was hashed at other costs still works.
    async fn other_costs(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        let mut options = identity();
        options.password_costs = PasswordCosts { memory_kib: 16, passes: 2, lanes: 1 };
        let world = world.with_identity(options).await;
        let before = world.db_password("ines@northwind.example").await;
        assert!(before.contains("m=8,t=1,p=1"), "{before}");
        world.sign_in("ines@northwind.example", ANOTHER_PASSWORD).await.expect(401);
        assert_eq!(world.db_password("ines@northwind.example").await, before);
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let after = world.db_password("ines@northwind.example").await;
        assert!(after.contains("m=16,t=2,p=1"), "{after}");
        world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
    }

    /// A session that is used goes on; one that is not ends after 14 days.
    async fn idle(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        for _ in 0..3 {
            world.clock.advance(13 * 86_400);
            ines.client.call("getCurrentUser").send().await.expect(200);
            world.store.write_last_used().await.unwrap();
        }
        let me = ines.client.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.text_at("/session/last_used"), "2026-04-23T12:01:00Z");
        assert_eq!(me.text_at("/session/expires"), "2026-05-07T12:01:00Z");
        world.clock.advance(30);
        let other = world.sign_in("ines@northwind.example", PASSWORD).await.expect(200);
        let other = world.with_session(&other);
        world.store.write_last_used().await.unwrap();
        world.clock.advance(14 * 86_400 - 31);
        other.call("getCurrentUser").send().await.expect(200);
        world.clock.advance(1);
        ines.client.call("getCurrentUser").send().await.expect(401);
        // What comes too late does not wake it up.
        world.store.write_last_used().await.unwrap();
        ines.client.call("getCurrentUser").send().await.expect(401);
        world.clock.advance(3_600);
        other.call("getCurrentUser").send().await.expect(200);
    }

    /// However much it is used, it ends after 90 days.
    async fn at_the_latest(world: World) {
        let ines = world.account("Ines Laurent", "ines@northwind.example").await;
        for _ in 0..8 {
            world.clock.advance(11 * 86_400);
            ines.client.call("getCurrentUser").send().await.expect(200);
            world.store.write_last_used().await.unwrap();
        }
        let me = ines.client.call("getCurrentUser").send().await.expect(200);
        assert_eq!(me.text_at("/session/expires"), "2026-06-13T12:01:00Z");
        world.clock.advance(2 * 86_400 - 1);
        ines.client.call("getCurrentUser").send().await.expect(200);
        world.store.write_last_used().await.unwrap();
        world.clock.advance(1);
        ines.client.call("getCurrentUser").send().await.expect(401);
        assert_eq!(world.sign_in("ines@northwind.example", PASSWORD).await.expect(200).body["isNew"], Value::Bool(false));
    }
}
