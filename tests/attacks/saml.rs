//! Coming by single sign-on as somebody else: with responses that somebody has forged,
//! changed, kept or taken from elsewhere, at both doors; with tickets of others; and past
//! it, where it is the only way in.
//!
//! Mallory is one of the people of an identity provider, which signs whatever is said about
//! Mallory; Root is whom Mallory would like to be.

use charter_contract::Clock as _;
use charter_issuer::tampering::{
    after, key_info, laughs, signed_by, with_entity, without_signatures,
};
use charter_issuer::wrapping::{Cut, FORMS};
use charter_issuer::{
    EMAIL_FORMAT, Issue, RESPONSE_ID, SHA1, Signer, Signs, attribute, audience, confirmation, keys,
    moment, name_id,
};
use charter_persistence::SESSION_PREFIX;
use chrono::TimeDelta;
use poem::http::header;
use serde_json::{Value, json};

use super::people::{
    ANOTHER, HOME, PASSWORD, ask, behind_proxy, from, lives, mails_to, network, person, sign_in,
    sign_up,
};
use crate::cases;
use crate::support::audit::{refusals, successes};
use crate::support::saml::{ACS, Begun, CALLBACK, IdentityProvider, redeem, ticket};
use crate::support::work::counted;
use crate::support::world::token_of;
use crate::support::{Answer, Audited, Client, Person, World};

const MALLORY: &str = "mallory@northwind.example";

const ROOT: &str = "root@northwind.example";

const ELSEWHERE: &str = "https://evil.example/v2/auth/saml/acs";

/// The two ways in which a response comes in.
#[derive(Clone, Copy, PartialEq)]
enum Door {
    /// A browser brings it.
    Acs,
    /// A client hands it in.
    Callback,
}

const DOORS: [Door; 2] = [Door::Acs, Door::Callback];

impl Door {
    const fn address(self) -> &'static str {
        match self {
            Self::Acs => ACS,
            Self::Callback => CALLBACK,
        }
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Acs => "saml.received",
            Self::Callback => "session.created",
        }
    }

    async fn knock(self, begun: &Begun, client: &Client, xml: &str) -> Answer {
        match self {
            Self::Acs => begun.brought(client, xml).await.expect(303),
            Self::Callback => begun.handed_in(client, xml).await,
        }
    }

    /// What somebody sees who is not let in.
    fn refusal(self, answer: Answer, slug: &str, status: u16) -> Value {
        match self {
            Self::Acs => {
                assert_eq!(ticket(&answer), Err(slug.to_owned()));
                json!(answer.headers["location"].to_str().unwrap())
            }
            Self::Callback => {
                let answer = answer.expect(status);
                assert_eq!(answer.text_at("/type"), format!("/problems/{slug}"));
                let mut body = answer.body;
                body["request_id"].take();
                body
            }
        }
    }
}

/// An organisation with an identity provider, at which Mallory and Root are known.
struct Scene {
    world: World,
    provider: IdentityProvider,
    admin: Person,
    root: Client,
    mallory: String,
    /// What those see at each door who are refused.
    seen: [Option<Value>; 2],
}

impl Scene {
    async fn of(world: World) -> Self {
        let world = world.without_limits();
        let (admin, acme) = world.organisation().await;
        let provider = world.identity_provider(&acme, "northwind.example").await;
        let root = world.single_sign_on(&provider, ROOT).await.expect(200);
        let mallory = world.single_sign_on(&provider, MALLORY).await.expect(200);
        let mallory = mallory.text_at("/user/_id");
        let root = world.with_session(&root);
        Self {
            world,
            provider,
            admin,
            root,
            mallory,
            seen: [None, None],
        }
    }

    /// A genuine response about Mallory, which `forge` makes something else of, is refused at
    /// both doors: all look alike, the audit log is told why, and afterwards the genuine one
    /// is as good as it was.
    async fn refused(&mut self, why: &str, forge: impl Fn(&mut Issue) -> String) {
        for (door, seen) in DOORS.into_iter().zip(&mut self.seen) {
            let begun = self.world.begin(&self.provider).await;
            let genuine = self.world.issue_for(&begun, MALLORY, door.address());
            let xml = forge(&mut genuine.clone());
            assert_ne!(xml, genuine.xml());
            self.world.clock.advance(1);
            let answer = door.knock(&begun, &self.world.anonymous, &xml).await;
            let looks = door.refusal(answer, "assertion-refused", 401);
            assert_eq!(seen.get_or_insert_with(|| looks.clone()), &looks, "{xml}");
            let rows = self.world.db_audit(door.event()).await;
            let told = refusals(&rows).pop();
            assert_eq!(told, Some(("assertion-refused", Some(why))), "{xml}");

            let answer = door
                .knock(&begun, &self.world.anonymous, &genuine.xml())
                .await;
            match door {
                Door::Acs => {
                    ticket(&answer).unwrap();
                }
                Door::Callback => assert_eq!(answer.expect(200).text_at("/user/email"), MALLORY),
            }
        }
    }

    /// The same with a change of what the provider says.
    async fn refused_for(&mut self, why: &str, change: impl Fn(&mut Issue)) {
        for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
            self.refused(why, |issue| {
                issue.signs = signs;
                change(issue);
                issue.xml()
            })
            .await;
        }
    }

    /// Nobody has come in as Root, nor as anybody new.
    async fn over(self) {
        let Self {
            world,
            admin,
            root,
            mallory,
            ..
        } = self;
        let sessions = root.call("listSessions").send().await.expect(200);
        assert_eq!(
            sessions.body["sessions"].as_array().unwrap().len(),
            1,
            "{}",
            sessions.body
        );
        let members = admin.client.call("listMembers").send().await.expect(200);
        assert_eq!(
            members.body["members"].as_array().unwrap().len(),
            3,
            "{}",
            members.body
        );
        for event in ["session.created", "saml.received"] {
            let rows = world.db_audit(event).await;
            let actors: Vec<String> = successes(&rows).iter().map(|row| row.actor()).collect();
            // Root came once, and nobody else but Mallory.
            let others = actors.iter().filter(|actor| **actor != mallory);
            assert_eq!(others.count(), 1, "{actors:?}");
        }
    }
}

cases! {
    /// The eight forms of "On Breaking SAML".
    async fn signature_wrapping(world: World) {
        let mut scene = Scene::of(world).await;
        for form in FORMS {
            scene.refused("wrapping", |issue| {
                issue.signs = form.signs;
                let wrapped = (form.wrap)(&issue.xml(), ROOT);
                assert!(wrapped.contains(ROOT), "{}", form.number);
                wrapped
            }).await;
        }
        scene.over().await;
    }

    /// A second assertion, which nobody has signed, or somebody whom nobody knows.
    async fn a_second_assertion(world: World) {
        let mut scene = Scene::of(world).await;
        for signer in [None, Some(Signer::STRANGER)] {
            for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
                scene.refused("wrapping", |issue| {
                    issue.signs = signs;
                    let signed = issue.xml();
                    let mut evil = issue.clone();
                    evil.assertion_id = "_evil".to_owned();
                    evil.name_id = name_id(EMAIL_FORMAT, ROOT);
                    evil.signs = signer.map_or(Signs::Neither, |_| Signs::Assertion);
                    evil.signer = signer.unwrap_or(Signer::PROVIDER);
                    let evil = evil.xml();
                    let evil = Cut::of(&evil).assertion().to_owned();
                    signed.replacen("<saml:Assertion", &format!("{evil}<saml:Assertion"), 1)
                }).await;
            }
        }
        scene.over().await;
    }

    /// What is signed is changed.
    async fn another_name(world: World) {
        let mut scene = Scene::of(world).await;
        for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
            scene.refused("signature", |issue| {
                issue.signs = signs;
                issue.xml().replacen(MALLORY, ROOT, 1)
            }).await;
        }
        scene.over().await;
    }

    async fn unsigned(world: World) {
        let mut scene = Scene::of(world).await;
        scene.refused("signature", |issue| {
            issue.signs = Signs::Neither;
            issue.xml()
        }).await;
        for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
            scene.refused("signature", |issue| {
                issue.signs = signs;
                without_signatures(&issue.xml()).replacen(MALLORY, ROOT, 1)
            }).await;
        }
        scene.over().await;
    }

    /// Somebody signs whom nobody knows, and says by which certificate, or by whose.
    async fn another_certificate(world: World) {
        let mut scene = Scene::of(world).await;
        for info in [String::new(), key_info(keys::STRANGER), key_info(keys::PROVIDER)] {
            scene.refused_for("signature", |issue| {
                issue.name_id = name_id(EMAIL_FORMAT, ROOT);
                issue.signer = Signer::STRANGER;
                issue.key_info.clone_from(&info);
            }).await;
        }
        // The provider's own signature around an assertion of a stranger.
        scene.refused("signature", |issue| {
            issue.signer = Signer::STRANGER;
            let xml = issue.xml();
            signed_by(&Signer::PROVIDER.signature(RESPONSE_ID, &xml, ""), &xml)
        }).await;
        // A stranger's around an assertion that nobody has signed.
        scene.refused("signature", |issue| {
            issue.signs = Signs::Response;
            issue.signer = Signer::STRANGER;
            issue.name_id = name_id(EMAIL_FORMAT, ROOT);
            issue.xml()
        }).await;
        scene.over().await;
    }

    async fn weak_algorithms(world: World) {
        let mut scene = Scene::of(world).await;
        scene.refused_for("signature", |issue| issue.signer.digest = SHA1).await;
        for method in [
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
            "",
        ] {
            scene.refused_for("signature", |issue| issue.signer.method = method).await;
        }
        scene.over().await;
    }

    /// Documents that say what they are made of, and have it fetched or multiplied. Whoever
    /// fetched it would come here.
    async fn document_types(world: World) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut scene = Scene::of(world).await;
        for prolog in [
            "<!DOCTYPE Response>".to_owned(),
            format!("<!DOCTYPE Response SYSTEM \"http://127.0.0.1:{port}/evil.dtd\">"),
        ] {
            scene.refused("malformed", |issue| after(&prolog, &issue.xml())).await;
        }
        for declarations in [
            format!("<!ENTITY e \"{ROOT}\">"),
            "<!ENTITY e SYSTEM \"file:///etc/passwd\">".to_owned(),
            format!("<!ENTITY e SYSTEM \"http://127.0.0.1:{port}/e\">"),
            format!("<!ENTITY % p SYSTEM \"http://127.0.0.1:{port}/p\"> %p;"),
            laughs(),
        ] {
            scene.refused("malformed", |issue| with_entity(&declarations, MALLORY, &issue.xml())).await;
        }
        scene.over().await;
        let nobody = tokio::time::timeout(std::time::Duration::from_millis(100), listener.accept());
        assert!(nobody.await.is_err(), "somebody has fetched it");
    }

    /// A comment splits a name in two. Who reads one part alone takes Mallory, who may have
    /// such a name, for Root.
    async fn a_comment_in_the_name(world: World) {
        let scene = Scene::of(world).await;
        let Scene { world, provider, root, .. } = &scene;
        for door in DOORS {
            // The last part alone would be Root's address, the first one as well.
            for (name, split, whole) in [
                ("mallory.root@northwind.example", "mallory.<!-- -->root@northwind.example", true),
                ("root@northwind.example.evil.example", "root@northwind.example<!-- -->.evil.example", false),
            ] {
                let begun = world.begin(provider).await;
                let mut issue = world.issue_for(&begun, name, door.address());
                issue.signs = Signs::Both;
                let xml = issue.xml().replacen(name, split, 1);
                assert!(xml.contains(split));
                let answer = door.knock(&begun, &world.anonymous, &xml).await;
                if whole {
                    let answer = match door {
                        Door::Acs => redeem(&world.anonymous, &ticket(&answer).unwrap(), &begun.state).await,
                        Door::Callback => answer,
                    };
                    assert_eq!(answer.expect(200).text_at("/user/email"), name);
                } else {
                    door.refusal(answer, "address-unverified", 403);
                }
            }
        }
        let sessions = root.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);
    }

    async fn for_somebody_else(world: World) {
        let mut scene = Scene::of(world).await;
        scene.refused_for("audience", |issue| {
            issue.restrictions = audience("https://evil.example/metadata");
        }).await;
        scene.refused_for("audience", |issue| issue.restrictions.clear()).await;
        scene.refused_for("destination", |issue| {
            issue.destination = format!(" Destination=\"{ELSEWHERE}\"");
        }).await;
        scene.refused_for("destination", |issue| {
            for ours in [ACS, CALLBACK] {
                issue.confirmation = issue.confirmation.replace(ours, ELSEWHERE);
            }
        }).await;
        scene.over().await;
    }

    async fn at_another_time(world: World) {
        let mut scene = Scene::of(world).await;
        // The clock may be wrong by a minute. It goes on by a second for each attempt.
        for (window, until) in [(-3_600..-120, 300), (120..600, 300), (-30..600, -120)] {
            let now = scene.world.clock.now().date_time();
            let at = |seconds: i64| moment(now + TimeDelta::seconds(seconds));
            let (start, end, until) = (at(window.start), at(window.end), at(until));
            scene.refused_for("time", |issue| {
                issue.window = format!(" NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"");
                let (before, after) = issue.confirmation.split_once(" NotOnOrAfter=\"").unwrap();
                let (_, after) = after.split_once('"').unwrap();
                issue.confirmation = format!("{before} NotOnOrAfter=\"{until}\"{after}");
            }).await;
        }
        scene.over().await;
    }

    async fn unsolicited(world: World) {
        let mut scene = Scene::of(world).await;
        let none = |issue: &mut Issue| {
            issue.in_response_to.clear();
            let (_, after) = issue.confirmation.split_once(" NotOnOrAfter").unwrap();
            issue.confirmation = format!(" NotOnOrAfter{after}");
        };
        scene.refused_for("unknown_request", none).await;
        let unknown = |issue: &mut Issue| {
            issue.in_response_to = " InResponseTo=\"_made_up\"".to_owned();
            issue.confirmation = confirmation("_made_up", &moment_of(issue), recipient(issue));
        };
        scene.refused_for("unknown_request", unknown).await;
        scene.over().await;
    }

    /// What was answered, and what was said.
    async fn replay(world: World) {
        let scene = Scene::of(world).await;
        let Scene { world, provider, .. } = &scene;
        for door in DOORS {
            let begun = world.begin(provider).await;
            let issue = world.issue_for(&begun, ROOT, door.address());
            let answer = door.knock(&begun, &world.anonymous, &issue.xml()).await;
            assert!(matches!(answer.status.as_u16(), 200 | 303));
            for again in DOORS {
                world.clock.advance(1);
                let answer = again.knock(&begun, &world.anonymous, &issue.xml()).await;
                again.refusal(answer, "assertion-refused", 401);
                let rows = world.db_audit(again.event()).await;
                assert_eq!(refusals(&rows).pop(), Some(("assertion-refused", Some("replay"))));
            }
            // After the request is forgotten it answers none.
            world.clock.advance(86_400);
            world.store.clear_away().await.unwrap();
            let answer = door.knock(&begun, &world.anonymous, &issue.xml()).await;
            door.refusal(answer, "assertion-refused", 401);
        }
    }

    /// Another organisation's provider, with a key of its own: about its own people it may
    /// say what it likes.
    async fn by_another_provider(world: World) {
        let mut scene = Scene::of(world).await;
        let (_, elsewhere) = scene.world.strangers().await;
        let evil = scene.world.another_provider(&elsewhere, "evil.example").await;
        let nobody = "https://idp.nobody.example/metadata";
        // In northwind's name, and in its own about northwind's request.
        scene.refused_for("signature", |issue| {
            issue.signer = Signer::STRANGER;
            issue.name_id = name_id(EMAIL_FORMAT, ROOT);
        }).await;
        scene.refused_for("unknown_request", |issue| {
            issue.signer = Signer::STRANGER;
            issue.issuer.clone_from(&evil.entity_id);
            issue.assertion_issuer.clone_from(&evil.entity_id);
        }).await;
        scene.refused("issuer", |issue| {
            issue.assertion_issuer.clone_from(&evil.entity_id);
            issue.xml()
        }).await;
        scene.refused_for("issuer", |issue| {
            issue.issuer = nobody.to_owned();
            issue.assertion_issuer = nobody.to_owned();
        }).await;
        // In answer to a request of its own, about Root.
        for door in DOORS {
            let begun = scene.world.begin(&evil).await;
            let mut issue = scene.world.issue_for(&begun, ROOT, door.address());
            issue.signer = Signer::STRANGER;
            let answer = door.knock(&begun, &scene.world.anonymous, &issue.xml()).await;
            door.refusal(answer, "address-unverified", 403);
            // By a name that northwind gives to Root, and an address of its own.
            let mut issue = scene.world.issue_for(&begun, ROOT, door.address());
            issue.signer = Signer::STRANGER;
            issue.name_id = name_id("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", ROOT);
            issue.attributes = attribute("mail", "root@evil.example");
            let answer = door.knock(&begun, &scene.world.anonymous, &issue.xml()).await;
            let answer = match door {
                Door::Acs => redeem(&scene.world.anonymous, &ticket(&answer).unwrap(), &begun.state).await,
                Door::Callback => answer,
            };
            assert_eq!(answer.expect(200).text_at("/user/email"), "root@evil.example");
        }
        let sessions = scene.root.call("listSessions").send().await.expect(200);
        assert_eq!(sessions.body["sessions"].as_array().unwrap().len(), 1);
    }

    /// Addresses that look as if they were of the provider's domain.
    async fn addresses_of_others(world: World) {
        let scene = Scene::of(world).await;
        let Scene { world, provider, .. } = &scene;
        world.account("Ines", "ines@evil.example").await;
        let mut outside = 0;
        for email in [
            "ines@evil.example",
            "ines@sub.northwind.example",
            "ines@northwind.example.evil.example",
            "ines@evilnorthwind.example",
            "ines@northwind.example.",
            "ines@northw\u{131}nd.example",
            "ines@\u{ff4e}orthwind.example",
            "ines@northwind\u{3002}example",
            "ines@evil.example@northwind.example",
            "ines@northwind.example@evil.example",
            "ines@evil.example,mallory@northwind.example",
            "&lt;ines@evil.example&gt;",
            "ines@evil.example\nmallory@northwind.example",
            "ines@[127.0.0.1]",
            "@northwind.example",
            "northwind.example",
        ] {
            for door in DOORS {
                let begun = world.begin(provider).await;
                let xml = world.issue_for(&begun, email, door.address()).xml();
                world.clock.advance(1);
                let answer = door.knock(&begun, &world.anonymous, &xml).await;
                // It is no address, or it is another's.
                let rows = world.db_audit(door.event()).await;
                let told = refusals(&rows).pop();
                match told {
                    Some(("address-unverified", None)) => {
                        outside += 1;
                        door.refusal(answer, "address-unverified", 403)
                    }
                    _ => {
                        let no_address = ["address", "malformed"].map(|why| Some(("assertion-refused", Some(why))));
                        assert!(no_address.contains(&told), "{email}: {told:?}");
                        door.refusal(answer, "assertion-refused", 401)
                    }
                };
            }
        }
        assert!(outside >= 8, "{outside}");
        scene.over().await;
    }

    /// Mallory signs in and has the victim's browser go on with it: what the victim then
    /// types in would be Mallory's.
    async fn a_planted_ticket(world: World) {
        let scene = Scene::of(world).await;
        let Scene { world, provider, .. } = &scene;
        let (mallorys, roots) = (world.begin(provider).await, world.begin(provider).await);
        let xml = world.issue(&mallorys, MALLORY).xml();
        let planted = ticket(&mallorys.brought(&world.anonymous, &xml).await.expect(303)).unwrap();
        // The victim's page has what the victim has begun, or nothing.
        for state in [&roots.state, &planted, &roots.asked.relay_state.clone().unwrap()] {
            redeem(&world.anonymous, &planted, state).await.expect(401);
        }
        // Mallory has the victim answer what Mallory began, with the victim's name.
        let lured = world.begin(provider).await;
        let xml = world.issue(&lured, ROOT).xml();
        let theirs = ticket(&lured.brought(&world.anonymous, &xml).await.expect(303)).unwrap();
        // The victim's browser has the ticket and no state; Mallory has the state and no ticket.
        redeem(&world.anonymous, &theirs, &roots.state).await.expect(401);
        redeem(&world.anonymous, &planted, &lured.state).await.expect(401);
        // Whoever guesses one gets nowhere, and the genuine ones are as good as before.
        for guess in 0..50 {
            let guess = format!("{guess:0>43}");
            redeem(&world.anonymous, &guess, &lured.state).await.expect(401);
            redeem(&world.anonymous, &theirs, &guess).await.expect(401);
        }
        redeem(&world.anonymous, &planted, &mallorys.state).await.expect(200);
    }

    /// Nothing that a client brings along becomes its session.
    async fn fixed_beforehand(world: World) {
        let scene = Scene::of(world).await;
        let Scene { world, provider, root, .. } = &scene;
        let chosen = format!("{SESSION_PREFIX}{}", "A".repeat(43));
        let roots = root.key.clone().unwrap();
        let mut tokens = vec![roots.clone()];
        for planted in [&chosen, &roots] {
            for name in ["authorization", "cookie", "x-api-key", "x-session-token", "x-request-id"] {
                let value = match name {
                    "authorization" => format!("Bearer {planted}"),
                    "cookie" => format!("session={planted}; token={planted}; ticket={planted}"),
                    _ => planted.clone(),
                };
                let begun = world.begin(provider).await;
                let xml = world.issue(&begun, MALLORY).xml();
                let relay_state = begun.asked.relay_state.clone().unwrap();
                let answer = world.anonymous.call("consumeSamlResponse")
                    .header(name, value.clone())
                    .form(&[
                        ("SAMLResponse", &charter_issuer::field(&xml)),
                        ("RelayState", &relay_state),
                        ("token", planted),
                        ("ticket", planted),
                    ])
                    .send().await.expect(303);
                assert!(!answer.headers.contains_key(header::SET_COOKIE));
                let given = ticket(&answer).unwrap();
                assert!(!planted.contains(&given));
                let answer = world.anonymous.call("redeemSamlTicket")
                    .header(name, value.clone())
                    .json(&json!({"ticket": given, "state": begun.state}))
                    .send().await.expect(200);
                assert!(!answer.headers.contains_key(header::SET_COOKIE));
                tokens.push(answer.text_at("/token"));
                let begun = world.begin(provider).await;
                let xml = world.issue_for(&begun, MALLORY, CALLBACK).xml();
                let answer = world.anonymous.call("completeSamlSignIn")
                    .header(name, value)
                    .json(&begun.body(&xml))
                    .send().await.expect(200);
                tokens.push(answer.text_at("/token"));
            }
        }
        let several = tokens.len();
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), several, "each has a token of its own");
        assert!(!tokens.contains(&chosen));
        assert!(!lives(&world.anonymous, &chosen).await);
        assert!(lives(&world.anonymous, &roots).await);
    }

    /// A stranger signs up with the address before its owner comes by single sign-on.
    async fn before_the_owner_comes(world: World) {
        let (_, acme) = world.organisation().await;
        let provider = world.identity_provider(&acme, "northwind.example").await;
        let client = behind_proxy(&world);
        let stranger = sign_up(&client, &network(1), ROOT, ANOTHER).await.expect(201).text_at("/token");
        let owner = world.single_sign_on(&provider, ROOT).await.expect(200);
        assert_eq!(owner.body["isNew"], true);
        assert!(!lives(&client, &stranger).await);
        sign_in(&client, &network(2), ROOT, ANOTHER).await.expect(401);
        // Nor can the stranger confirm it afterwards.
        let mails = mails_to(&world, ROOT).await;
        for mail in mails.iter().filter(|mail| mail.variables.contains_key("confirm_url")) {
            let token = token_of(&mail.variables["confirm_url"]);
            client.call("confirmAccount").path("token", token).send().await.expect(404);
        }
        // A new claim is a claim, and no way to the account.
        let again = sign_up(&client, &network(3), ROOT, ANOTHER).await.expect(201).text_at("/token");
        let waiting = client.with_key(&again);
        waiting.call("getCurrentOrganisation").send().await.expect(403);
        sign_in(&client, &network(4), ROOT, ANOTHER).await.expect(401);
    }

    /// Where single sign-on is the only way in: by every other one, with everything that
    /// somebody may have had before.
    async fn past_it(world: World) {
        let world = world.without_limits();
        let client = behind_proxy(&world);
        let mara = world.account("Mara Olsen", ROOT).await;
        let session = mara.client.key.clone().unwrap();
        let reset = world.reset_link(ROOT).await;
        let (ada, acme) = world.organisation().await;
        ada.invite(ROOT, "admin").await;
        let invite = world.mailed_invite(ROOT).await;
        let provider = world.enforced_provider(&acme, "northwind.example").await;

        assert!(!lives(&client, &session).await, "the session from before");
        from(&client, "signIn", HOME).json(&json!({"email": ROOT, "password": PASSWORD})).send().await.expect(403);
        from(&client, "signIn", HOME).json(&json!({"email": "ROOT@NORTHWIND.EXAMPLE", "password": PASSWORD})).send().await.expect(403);
        from(&client, "signIn", HOME).json(&json!({"email": ROOT, "password": PASSWORD, "invite": invite})).send().await.expect(403);
        from(&client, "signUp", HOME).json(&person(ROOT, PASSWORD)).send().await.expect(403);
        from(&client, "signUp", HOME).json(&person("new@Northwind.Example", PASSWORD)).send().await.expect(403);
        from(&client, "signUpWithInvite", HOME).path("token", &invite).json(&person(ROOT, PASSWORD)).send().await.expect(403);
        world.reset(&reset, ANOTHER).await.expect(403);
        world.clock.advance(120);
        ask(&client, "forgotPassword", HOME, ROOT).await.expect(200);
        ask(&client, "resendConfirmation", HOME, ROOT).await.expect(200);
        for mail in mails_to(&world, ROOT).await.iter().rev().take(1) {
            for link in ["reset_url", "confirm_url"] {
                assert!(!mail.variables.contains_key(link), "{}", mail.text);
            }
        }
        assert_eq!(successes(&world.db_audit("session.created").await).len(), 0);
        world.single_sign_on(&provider, ROOT).await.expect(200);
    }

    /// Enforcing it tells nobody who has an account: the same work for everybody.
    async fn by_work(world: World) {
        let world = world.without_limits();
        world.account("Root", ROOT).await;
        let (_, acme) = world.organisation().await;
        world.enforced_provider(&acme, "northwind.example").await;
        for (number, operation) in ["signIn", "signUp", "forgotPassword", "connect", "startSamlSignIn"].into_iter().enumerate() {
            let mut seen = Vec::new();
            for email in [ROOT, "nobody@northwind.example"] {
                let client = world.anonymous.at(&network(number));
                let body = match operation {
                    "signIn" => json!({"email": email, "password": ANOTHER}),
                    "signUp" => person(email, ANOTHER),
                    _ => json!({ "email": email }),
                };
                let (answer, work) = counted(client.call(operation).json(&body).send()).await;
                seen.push((answer.status, work));
            }
            assert_eq!(seen[0], seen[1], "{operation}");
            assert!(!seen[0].1.0.is_empty(), "{operation}");
        }
    }
}

/// Until when a confirmation holds.
fn moment_of(issue: &Issue) -> String {
    let (_, after) = issue.confirmation.split_once("NotOnOrAfter=\"").unwrap();
    after.split_once('"').unwrap().0.to_owned()
}

/// Where a response is to arrive.
fn recipient(issue: &Issue) -> &'static str {
    match issue.confirmation.contains(CALLBACK) {
        true => CALLBACK,
        false => ACS,
    }
}
