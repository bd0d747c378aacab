//! `createInvitesBulk`

use charter_persistence::MailTemplate;
use serde_json::{Value, json};

use super::super::bare;
use super::{
    founder, invite, inviting, level_in, nothing_happened, pending, pending_of, private_project,
    used,
};
use crate::cases;
use crate::support::Audited;
use crate::support::accounts::{PASSWORD, link_token};
use crate::support::saml::CALLBACK;

/// So many people, of whom nothing but the address is known.
fn guests(numbers: std::ops::Range<usize>) -> Value {
    let people =
        numbers.map(|number| json!({"target_email": format!("guest{number}@example.com")}));
    Value::Array(people.collect())
}

/// Carol, who gets access to these projects.
fn carol(projects: &[(i64, i64)]) -> Value {
    let access: Vec<Value> = projects
        .iter()
        .map(|(id, level)| json!({"id": id, "level": level}))
        .collect();
    json!({"target_email": "carol@example.com", "private_project_access": access})
}

/// The same, in place of the invite that is pending.
fn combined(mut person: Value, level: i64) -> Value {
    person["combine_pending_invites"] = json!(true);
    person["level"] = json!(level);
    person
}

cases! {
    /// Each gets what was said; who is to be mailed is mailed by the worker.
    async fn several(world: World) {
        let (ada, acme) = world.organisation().await;
        let project = private_project(&ada, &acme, "Launch").await;
        assert_eq!(project, 1);
        invite(&ada.client, &acme, &json!([
            {"target_email": "Mara@Example.com", "first_name": "Mara", "level": 1, "message": "Welcome aboard."},
            {
                "target_email": "noel@example.com", "level": 8, "send_email": false,
                "private_project_access": [{"id": project, "level": 1}], "combine_pending_invites": true
            },
        ])).await.snapshot(200, "several");

        let invites = pending(&ada.client).await;
        let shown: Vec<_> = invites.iter()
            .map(|invite| [&invite["email"], &invite["role"], &invite["email_delivery"], &invite["invited_by"]].map(|text| text.as_str().unwrap()))
            .collect();
        assert_eq!(shown, [
            ["Mara@Example.com", "member", "failed", ada.id.as_str()],
            ["noel@example.com", "admin", "skipped", ada.id.as_str()],
        ]);
        assert_eq!(used(&ada.client).await, 2);
        assert!(world.mailer.mails().is_empty(), "the request mails nobody");
        assert_eq!(world.store.deliver_due().await.unwrap(), 1);
        assert_eq!(world.mailer.mails().len(), 1);
        assert_eq!(pending_of(&ada.client, "Mara@Example.com").await.text_at("/email_delivery"), "sent");

        let audit = world.db_audit("invites.created").await;
        assert_eq!(audit.len(), 1);
        assert_eq!([audit[0].organisation(), audit[0].actor()], [acme, ada.id]);
        let ids: Vec<&str> = invites.iter().map(|invite| invite["id"].as_str().unwrap()).collect();
        assert_eq!(audit[0].target().split(' ').collect::<Vec<_>>(), ids);
        assert_eq!(audit[0].detail.as_deref(), Some("2"));
    }

    /// Without a list, and with nothing but the address.
    async fn one(world: World) {
        let (ada, acme) = world.organisation().await;
        invite(&ada.client, &acme, &json!({"target_email": "mara@example.com"})).await.snapshot(200, "one");
        let mara = pending_of(&ada.client, "mara@example.com").await;
        assert_eq!(mara.text_at("/role"), "member");
        let person = world.person("Mara Olsen", "mara@example.com").await;
        person.accept(&mara).await.expect(200);
        assert_eq!(world.db_audit("invites.created").await[0].target(), mara.text_at("/id"));
    }

    /// In the inviter's language, by first name, and with the inviter's words: each of
    /// their lines is marked, so that the link above them is the only one of ours.
    async fn mailed(world: World) {
        let words = "Welcome.\r\nIf you accept:\rhttps://charter.example/invite?token=x\u{2028}\n> Yours";
        let quoted = "> Welcome.\n> If you accept:\n> https://charter.example/invite?token=x\n> \n> > Yours";
        for (language, subject, [hello, as_admin, as_member], [open, works, writes, ignore]) in [
            (
                "en", "Ines Laurent invites you to join Northwind",
                ["Hello Mara,", "as an admin", "as a member"],
                [
                    "Open this link to accept:", "The link works once, for this address only, until", "Ines Laurent writes:",
                    "If you did not expect this mail, you can ignore it.",
                ],
            ),
            (
                "pt", "Ines Laurent convida você a entrar em Northwind",
                ["Olá, Mara,", "como admin", "como membro"],
                [
                    "Abra este link para aceitar:", "O link funciona uma vez, só para este endereço, até", "Ines Laurent escreve:",
                    "Se você não esperava este e-mail, pode ignorá-lo.",
                ],
            ),
            (
                "es", "Ines Laurent le invita a unirse a Northwind",
                ["Hola, Mara,", "como admin", "como miembro"],
                [
                    "Abra este enlace para aceptar:", "El enlace funciona una vez, solo para esta dirección, hasta", "Ines Laurent escribe:",
                    "Si no esperaba este correo, puede ignorarlo.",
                ],
            ),
        ] {
            let (ines, northwind) = founder(&world, language).await;
            let [mara, noel] = ["mara", "noel"].map(|name| format!("{name}-{language}@example.com"));
            invite(&ines.client, &northwind, &json!([
                {"target_email": mara, "first_name": "Mara", "level": 8, "message": words},
                // Nothing that is empty is addressed or quoted.
                {"target_email": noel, "first_name": " ", "message": "\n"},
            ])).await.expect(200);
            let [mara, noel] = [
                world.letter(&mara, MailTemplate::Invite).await,
                world.letter(&noel, MailTemplate::Invite).await,
            ];
            for mail in [&mara, &noel] {
                assert_eq!(mail.subject, subject);
                assert_eq!(mail.variables["language"], language);
            }
            let (url, until) = (&mara.variables["invite_url"], &mara.variables["expires_on"]);
            assert_eq!(mara.text, format!(
                "{hello}\n\n{subject} {as_admin}.\n\n{open}\n\n{url}\n\n{works} {until}.\n\n{writes}\n\n{quoted}\n\n{ignore}\n"
            ));
            let (url, until) = (&noel.variables["invite_url"], &noel.variables["expires_on"]);
            assert_eq!(noel.text, format!("{subject} {as_member}.\n\n{open}\n\n{url}\n\n{works} {until}.\n{ignore}\n"));
            assert_eq!([&noel.variables["first_name"], &noel.variables["message"]], ["", ""]);
        }
    }

    /// Nobody invites, then.
    async fn organisation_key(world: World) {
        let (ada, acme) = world.organisation().await;
        let key = ada.organisation_key(&["organization_member:write"]).await;
        invite(&key, &acme, &json!({"target_email": "mara@example.com", "message": "Welcome."})).await.expect(200);
        let mail = world.letter("mara@example.com", MailTemplate::Invite).await;
        assert_eq!(mail.subject, "You are invited to join Acme");
        assert!(mail.text.contains("\nAcme writes:\n\n> Welcome.\n"), "{}", mail.text);
        assert_eq!(pending_of(&ada.client, "mara@example.com").await.body["invited_by"], json!(null));
    }

    async fn mail_skipped(world: World) {
        let world = world.without_mail().await;
        let (ada, acme) = world.organisation().await;
        invite(&ada.client, &acme, &guests(0..2)).await.expect(200);
        for invite in pending(&ada.client).await {
            assert_eq!(invite["email_delivery"], "skipped");
        }
    }

    /// Nothing is mailed until somebody wants it.
    async fn without_a_mail(world: World) {
        let (ada, acme) = world.organisation().await;
        invite(&ada.client, &acme, &json!({"target_email": "mara@example.com", "message": "Hi.", "send_email": false})).await.expect(200);
        assert_eq!(world.store.outbox_depth().await.unwrap(), 0);
        world.clock.advance(86_400);
        assert_eq!(world.store.deliver_due().await.unwrap(), 0);
        let invited = pending_of(&ada.client, "mara@example.com").await;
        let resent = ada.client.call("resendInvite").path("invite_id", invited.text_at("/id")).send().await.expect(200);
        assert_eq!(resent.text_at("/email_delivery"), "sent");
        let mail = world.letter("mara@example.com", MailTemplate::Invite).await;
        assert!(mail.text.contains("\n> Hi.\n"), "{}", mail.text);

        invite(&ada.client, &acme, &json!({"target_email": "noel@example.com", "send_email": false})).await.expect(200);
        let invited = pending_of(&ada.client, "noel@example.com").await;
        ada.client.call("revokeInvite").path("invite_id", invited.text_at("/id")).send().await.expect(204);
    }

    /// Whoever comes, and however, gets the access that was given.
    async fn access(world: World) {
        let (ada, acme) = world.organisation().await;
        let [first, second, third] = [
            private_project(&ada, &acme, "First").await,
            private_project(&ada, &acme, "Second").await,
            private_project(&ada, &acme, "Third").await,
        ];
        let provider = world.identity_provider(&acme, "northwind.example").await;
        let access = json!([{"id": first, "level": 1}, {"id": second, "level": 8}]);
        let people: Vec<Value> = ["carol@example.com", "dan@example.com", "erin@example.com", "mara@northwind.example"].iter()
            .map(|email| json!({"target_email": email, "private_project_access": access}))
            .collect();
        world.account("Dan Day", "dan@example.com").await;
        invite(&ada.client, &acme, &json!(people)).await.expect(200);

        // By an account that is there, at sign-in, at sign-up, and by single sign-on.
        let carol = world.person("Carol Clark", "carol@example.com").await;
        carol.accept(&pending_of(&ada.client, &carol.email).await).await.expect(200);
        let token = world.mailed_invite("dan@example.com").await;
        let signed_in = world.anonymous.call("signIn")
            .json(&json!({"email": "dan@example.com", "password": PASSWORD, "invite": token}))
            .send().await.expect(200);
        let token = world.mailed_invite("erin@example.com").await;
        let signed_up = world.anonymous.call("signUp")
            .json(&json!({"email": "erin@example.com", "password": PASSWORD, "displayName": "Erin Ellis", "invite": token}))
            .send().await.expect(201);
        let begun = world.begin(&provider).await;
        let issue = world.issue_for(&begun, "mara@northwind.example", CALLBACK);
        let vouched = begun.handed_in(&world.anonymous, &issue.xml()).await.expect(200);
        let sessions = [signed_in, signed_up, vouched].map(|answer| world.with_session(&answer));
        for client in [&carol.client].into_iter().chain(&sessions) {
            assert_eq!(level_in(client, &acme, first).await, Some(1));
            assert_eq!(level_in(client, &acme, second).await, Some(8));
            assert_eq!(level_in(client, &acme, third).await, None);
        }
    }

    /// A project that is deleted meanwhile takes nothing else with it, and one that
    /// everybody sees can be named as well: it may become private.
    async fn projects_change_meanwhile(world: World) {
        let (ada, acme) = world.organisation().await;
        let [gone, kept] = [private_project(&ada, &acme, "Gone").await, private_project(&ada, &acme, "Kept").await];
        let about = |operation: &'static str, project: i64| ada.client.call(operation)
            .path("organization_id", bare(&acme)).path("id", project.to_string());
        about("updateProject", kept).json(&json!({"access_control": false})).send().await.expect(200);
        invite(&ada.client, &acme, &carol(&[(gone, 8), (kept, 8)])).await.expect(200);
        about("deleteProject", gone).send().await.expect(204);
        let person = world.person("Carol Clark", "carol@example.com").await;
        person.accept(&pending_of(&ada.client, &person.email).await).await.expect(200);
        about("updateProject", kept).json(&json!({"access_control": true})).send().await.expect(200);
        assert_eq!(level_in(&person.client, &acme, kept).await, Some(8));
    }

    /// One invite in place of the two: the higher level, the access of both, a new link
    /// for 7 days, and one mail.
    async fn taken_up(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let [first, second, third] = [
            private_project(&ada, &acme, "First").await,
            private_project(&ada, &acme, "Second").await,
            private_project(&ada, &acme, "Third").await,
        ];
        let mut person = carol(&[(first, 1), (second, 8)]);
        person["first_name"] = json!("Carol");
        person["message"] = json!("Welcome.");
        invite(&ada.client, &acme, &person).await.expect(200);
        let before = pending_of(&ada.client, "carol@example.com").await;
        let spent = used(&ada.client).await;
        world.clock.advance(86_400);

        let body = json!([combined(carol(&[(first, 8), (second, 1), (third, 1)]), 8), {"target_email": "dan@example.com"}]);
        invite(&bob.client, &acme, &body).await.snapshot(200, "taken_up");
        assert_eq!(used(&ada.client).await, spent + 1, "one is new");
        assert_eq!(pending(&ada.client).await.len(), 2);
        let after = pending_of(&ada.client, "carol@example.com").await;
        assert_eq!(after.text_at("/id"), before.text_at("/id"));
        assert_eq!(after.text_at("/role"), "admin");
        assert_eq!(after.text_at("/invited_by"), bob.id);
        assert_eq!(after.text_at("/created_at"), before.text_at("/created_at"));
        assert_ne!(after.text_at("/expires_at"), before.text_at("/expires_at"));
        // The first mail had not left and does not leave any more.
        let letters = world.letters("carol@example.com").await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].variables["inviter"], "Bob Builder");
        assert_eq!([&letters[0].variables["first_name"], &letters[0].variables["message"]], ["Carol", "Welcome."]);

        // What was said before is not taken back by less.
        let mut less = combined(carol(&[(first, 1)]), 1);
        less["send_email"] = json!(false);
        invite(&ada.client, &acme, &less).await.expect(200);
        let last = pending_of(&ada.client, "carol@example.com").await;
        assert_eq!(last.text_at("/role"), "admin");
        assert_eq!(last.text_at("/email_delivery"), "skipped");
        assert_eq!(world.letters("carol@example.com").await.len(), 1);
        let mailed = link_token(&letters[0]);
        for dead in [before.text_at("/token"), after.text_at("/token"), mailed] {
            world.anonymous.call("previewInvite").query("token", &dead).send().await.expect(404);
        }
        let person = world.person("Carol Clark", "carol@example.com").await;
        person.accept(&last).await.expect(200);
        // An admin of the organisation sees more than that: as a member, what was given.
        ada.client.call("updateMemberRole").path("member_id", &person.id).json(&json!({"role": "member"})).send().await.expect(200);
        for (project, level) in [(first, 8), (second, 8), (third, 1)] {
            assert_eq!(level_in(&person.client, &acme, project).await, Some(level));
        }
        let mut targets: Vec<String> = world.db_audit("invites.created").await.iter().map(|row| row.target().to_owned()).collect();
        assert_eq!(targets.len(), 3);
        // Two of them at the same moment, of which either comes first.
        targets.sort_by_key(String::len);
        let id = before.text_at("/id");
        assert_eq!(targets[..2], [id.clone(), id.clone()]);
        assert!(targets[2].starts_with(&format!("{id} invite_")), "{}", targets[2]);
    }

    /// It spends nothing, so it works when nothing is left. With none to take up it is an
    /// invite like any other.
    async fn taken_up_without_quota(world: World) {
        let (ada, acme) = world.organisation().await;
        let person = combined(carol(&[]), 1);
        invite(&ada.client, &acme, &person).await.expect(200);
        invite(&ada.client, &acme, &guests(0..9)).await.expect(200);
        assert_eq!(used(&ada.client).await, 10);
        invite(&ada.client, &acme, &person).await.expect(200);
        invite(&ada.client, &acme, &json!([person, {"target_email": "dan@example.com"}])).await.expect(402);
        assert_eq!(used(&ada.client).await, 10);
        // One that has expired is over, and the next one another invite.
        world.clock.advance(7 * 86_400);
        invite(&ada.client, &acme, &person).await.expect(402);
        assert!(pending(&ada.client).await.is_empty());
    }

    /// As many as the plan has, or nobody.
    async fn quota_spent(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.invite("guest0@example.com", "member").await;
        let mails = world.mailer.mails().len();
        invite(&ada.client, &acme, &guests(1..11)).await.snapshot(402, "quota_spent");
        assert_eq!(pending(&ada.client).await.len(), 1);
        assert_eq!(used(&ada.client).await, 1);
        assert!(world.db_audit("invites.created").await.is_empty());
        // Who would be refused anyway is told why.
        invite(&ada.client, &acme, &guests(0..11)).await.expect(409);
        invite(&ada.client, &acme, &guests(1..10)).await.expect(200);
        assert_eq!(used(&ada.client).await, 10);
        assert_eq!(world.store.outbox_depth().await.unwrap(), 9);
        assert_eq!(world.mailer.mails().len(), mails);
        invite(&ada.client, &acme, &guests(10..11)).await.expect(402);
        ada.client.call("createInvite").json(&json!({"email": "guest10@example.com"})).send().await.expect(402);
        // The next month is another one.
        world.clock.advance(31 * 86_400);
        invite(&ada.client, &acme, &guests(10..11)).await.expect(200);
    }

    /// A plan without a limit, and as many people as one request may have.
    async fn unlimited(world: World) {
        let (ada, acme) = world.organisation().await;
        ada.plan("enterprise").await;
        let project = private_project(&ada, &acme, "Launch").await;
        for hundred in 0..2 {
            let mut people = guests(hundred * 100..(hundred + 1) * 100);
            for person in people.as_array_mut().unwrap() {
                person["private_project_access"] = json!([{"id": project, "level": 1}]);
            }
            invite(&ada.client, &acme, &people).await.expect(200);
        }
        assert_eq!(used(&ada.client).await, 200);
        world.post().await;
        assert_eq!(world.mailer.mails().len(), 200);
        assert_eq!(pending(&ada.client).await.len(), 200);
    }

    /// All or nobody, and the one in the way is named.
    async fn already_member(world: World) {
        let (ada, acme) = world.organisation().await;
        let mut people = guests(0..2);
        people.as_array_mut().unwrap().push(combined(json!({"target_email": "ADA@example.com"}), 8));
        invite(&ada.client, &acme, &people).await.snapshot(409, "already_member");
        nothing_happened(&world, &ada.client).await;
        assert_eq!(used(&ada.client).await, 0);
    }

    async fn invite_pending(world: World) {
        let (ada, acme) = world.organisation().await;
        let before = ada.invite("carol@example.com", "member").await;
        let people = json!([{"target_email": "dan@example.com", "combine_pending_invites": true}, {"target_email": "Carol@EXAMPLE.com"}]);
        invite(&ada.client, &acme, &people).await.snapshot(409, "invite_pending");
        let invites = pending(&ada.client).await;
        assert_eq!(invites, [before.body]);
        assert_eq!(used(&ada.client).await, 1);
        assert_eq!(world.store.outbox_depth().await.unwrap(), 0);
        // Once that is over, the address is free.
        world.clock.advance(7 * 86_400);
        invite(&ada.client, &acme, &people).await.expect(200);
        assert_eq!(pending(&ada.client).await.len(), 2);
    }

    /// The document has no keyword for it. Addresses are the same in capitals.
    async fn twice(world: World) {
        let (ada, acme) = world.organisation().await;
        let project = private_project(&ada, &acme, "Launch").await;
        let access = json!([{"id": project, "level": 1}, {"id": project + 1, "level": 1}, {"id": project, "level": 8}]);
        invite(&ada.client, &acme, &json!([
            {"target_email": "carol@example.com", "private_project_access": access},
            {"target_email": "dan@example.com", "private_project_access": []},
            {"target_email": "Carol@EXAMPLE.com"},
            {"target_email": "CAROL@example.com", "combine_pending_invites": true},
        ])).await.snapshot(400, "twice");
        let alone = json!({"target_email": "carol@example.com", "private_project_access": access});
        let refused = invite(&ada.client, &acme, &alone).await.expect(400);
        assert_eq!(refused.text_at("/errors/0/pointer"), "/private_project_access/2/id");
        nothing_happened(&world, &ada.client).await;
    }

    /// Of others and never there: both the same, and named.
    async fn no_such_project(world: World) {
        let (ada, acme) = world.organisation().await;
        let own = private_project(&ada, &acme, "Launch").await;
        let (olga, elsewhere) = world.strangers().await;
        let foreign = private_project(&olga, &elsewhere, "Theirs").await;
        let people = json!([{"target_email": "dan@example.com"}, carol(&[(own, 1), (foreign, 1), (9_007_199_254_740_991, 1)])]);
        invite(&ada.client, &acme, &people).await.snapshot(404, "no_such_project");
        let refused = invite(&ada.client, &acme, &carol(&[(9_007_199_254_740_991, 1)])).await.expect(404);
        assert_eq!(refused.text_at("/detail"), "The organisation has no project 9007199254740991.");
        nothing_happened(&world, &ada.client).await;
    }

    async fn not_an_admin(world: World) {
        let (ada, acme) = world.organisation().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "member").await;
        invite(&bob.client, &acme, &guests(0..2)).await.snapshot(403, "not_an_admin");
        nothing_happened(&world, &ada.client).await;
    }

    /// Rights are those in the organisation of the path, whichever is active.
    async fn by_the_path(world: World) {
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        invite(&ada.client, &elsewhere, &guests(0..2)).await.snapshot(404, "no_organisation");
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &second).await;
        invite(&bound, &acme, &guests(0..2)).await.expect(404);
        let key = ada.organisation_key(&["organization_member:write"]).await;
        invite(&key, &acme, &guests(0..2)).await.expect(404);
        // A member there, an admin here.
        ada.accept(&olga.invite(&ada.email, "member").await).await.expect(200);
        invite(&ada.client, &elsewhere, &guests(0..2)).await.expect(403);
        invite(&ada.client, &acme, &guests(0..2)).await.expect(200);
        let audit = world.db_audit("invites.created").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        ada.switch(&acme).await;
        assert_eq!(pending(&ada.client).await.len(), 2);
    }

    /// A list is told what is wrong with its items, an object with its members, and
    /// anything else that it is neither.
    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        let refuse = |body: Value, case: &'static str| {
            let call = inviting(&ada.client, &acme, &body);
            async move { call.send().await.snapshot(400, case) }
        };
        refuse(json!([
            {"target_email": "carol", "level": 8},
            {"target_email": "dan@example.com", "level": 15, "first_name": "x".repeat(31)},
            {"first_name": "two\nlines", "role": "admin", "private_project_access": [{"id": 0, "level": 2}, {}]},
            "erin@example.com",
        ]), "invalid").await;
        refuse(json!({"target_email": null, "send_email": "yes", "message": "\u{7}"}), "invalid_one").await;
        refuse(guests(0..101), "too_many").await;
        refuse(json!([]), "nobody").await;
        refuse(json!("carol@example.com"), "text").await;
        let refused = invite(&ada.client, &acme, &json!(null)).await.expect(400);
        assert_eq!(refused.text_at("/errors/0/keyword"), "oneOf");
        nothing_happened(&world, &ada.client).await;
    }

    async fn repeated(world: World) {
        let (ada, acme) = world.organisation().await;
        let call = |people: Value| inviting(&ada.client, &acme, &people).header("Idempotency-Key", "team-1");
        call(guests(0..3)).send().await.expect(200);
        call(guests(0..3)).send().await.snapshot(200, "repeated");
        call(guests(0..2)).send().await.snapshot(422, "key_reused");
        assert_eq!(pending(&ada.client).await.len(), 3);
        assert_eq!(used(&ada.client).await, 3);
        world.post().await;
        assert_eq!(world.mailer.mails().len(), 3);
        assert_eq!(world.db_audit("invites.created").await.len(), 1);
    }

    /// With a session as well.
    async fn by_session(world: World) {
        let (ines, northwind) = founder(&world, "en").await;
        invite(&ines.client, &northwind, &guests(0..1)).await.expect(200);
        let audit = world.db_audit("invites.created").await;
        assert!(audit[0].actor_session_id.is_some());
    }
}
