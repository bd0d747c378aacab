//! `consumeSamlResponse`

use charter_issuer::{Signs, field};
use serde_json::json;

use crate::cases;
use crate::support::audit::{refusals, successes};
use crate::support::saml::{Begun, IdentityProvider, PAGE, bring, redeem, ticket};
use crate::support::world::identity;
use crate::support::{Answer, Audited, World};

const MARA: &str = "mara@northwind.example";

async fn northwind(world: &World) -> IdentityProvider {
    let (_, acme) = world.organisation().await;
    world.identity_provider(&acme, "northwind.example").await
}

fn relay_state(begun: &Begun) -> &str {
    begun.asked.relay_state.as_deref().unwrap()
}

fn location(answer: &Answer) -> &str {
    answer.headers["location"].to_str().unwrap()
}

cases! {
    async fn ticketed(world: World) {
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, MARA).xml();
        let answer = begun.brought(&world.anonymous.at("192.0.2.17"), &xml).await.snapshot(303, "ticket");
        let given = ticket(&answer).unwrap();
        assert!(!location(&answer).contains(&begun.state));
        assert!(!world.db_holds(&given).await);
        // Nobody is signed in before the ticket is redeemed.
        assert!(world.db_audit("session.created").await.is_empty());
        let rows = world.db_audit("saml.received").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(successes(&rows).len(), 1);
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        let redeemed = redeem(&world.anonymous, &given, &begun.state).await.expect(200);
        assert_eq!(rows[0].actor(), redeemed.text_at("/user/_id"));
    }

    /// Browsers post the button that was pressed, and whatever else a page has.
    async fn other_fields(world: World) {
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, MARA).xml();
        let answer = world.anonymous.call("consumeSamlResponse")
            .form(&[
                ("SAMLResponse", &field(&xml)),
                ("RelayState", relay_state(&begun)),
                ("Submit", "Continue"),
                ("Submit", "Continuer \u{e9}"),
                ("redirect", "https://evil.example"),
                ("", ""),
            ])
            .send().await.expect(303);
        ticket(&answer).unwrap();
    }

    /// Programs break base64 into lines.
    async fn in_lines(world: World) {
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let text = field(&world.issue(&begun, MARA).xml());
        let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let answer = world.anonymous.call("consumeSamlResponse")
            .form(&[("SAMLResponse", &lines.join("\r\n")), ("RelayState", relay_state(&begun))])
            .send().await.expect(303);
        ticket(&answer).unwrap();
    }

    /// Whatever is wrong, the person gets to the same page.
    async fn refused(world: World) {
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let mut issue = world.issue(&begun, MARA);
        issue.signs = Signs::Neither;
        let answer = begun.brought(&world.anonymous, &issue.xml()).await.snapshot(303, "refused");
        assert_eq!(ticket(&answer), Err("assertion-refused".to_owned()));
        for (xml, relay_state) in [
            ("<x/>", relay_state(&begun)),
            ("no xml", relay_state(&begun)),
            (&issue.xml(), ""),
            (&issue.xml(), "https://evil.example/"),
        ] {
            world.clock.advance(1);
            let other = bring(&world.anonymous, xml, relay_state).await.expect(303);
            assert_eq!(location(&other), location(&answer));
        }
        let rows = world.db_audit("saml.received").await;
        assert!(successes(&rows).is_empty());
        let whys: Vec<_> = refusals(&rows).into_iter().map(|(_, why)| why.unwrap()).collect();
        assert_eq!(whys, ["signature", "malformed", "malformed", "signature", "relay_state"]);
    }

    async fn outside(world: World) {
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, "olga@elsewhere.example").xml();
        let answer = begun.brought(&world.anonymous, &xml).await.snapshot(303, "outside");
        assert_eq!(ticket(&answer), Err("address-unverified".to_owned()));
        let rows = world.db_audit("saml.received").await;
        assert_eq!(refusals(&rows), [("address-unverified", None)]);
    }

    /// No request says where people are sent: neither what comes back with the response,
    /// nor a header.
    async fn nowhere_else(world: World) {
        let northwind = northwind(&world).await;
        let mut places = Vec::new();
        for state in [
            "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
            "%2f%2fevil.example", "?next=https://evil.example", "#https://evil.example",
        ] {
            let begun = world.begin(&northwind).await;
            let xml = world.issue(&begun, MARA).xml();
            let answer = world.anonymous.call("consumeSamlResponse")
                .header("Host", "evil.example")
                .header("X-Forwarded-Host", "evil.example")
                .header("X-Forwarded-Proto", "http")
                .header("Forwarded", "host=evil.example;proto=http")
                .header("Origin", "https://evil.example")
                .header("Referer", "https://evil.example/")
                .form(&[("SAMLResponse", &field(&xml)), ("RelayState", state)])
                .send().await.expect(303);
            // What comes back is none of ours, so the response does not count.
            assert_eq!(ticket(&answer), Err("assertion-refused".to_owned()), "{state}");
            places.push(location(&answer).to_owned());
        }
        places.dedup();
        assert_eq!(places, [format!("{PAGE}?error=assertion-refused")]);
    }

    /// The operator says which page; what it has in its query stays.
    async fn another_page(world: World) {
        let mut options = identity();
        options.sign_in_url = Some("https://app.example/welcome?via=saml#top".parse().unwrap());
        let world = world.with_identity(options).await;
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, MARA).xml();
        let answer = begun.brought(&world.anonymous, &xml).await.expect(303);
        assert!(location(&answer).starts_with("https://app.example/welcome?via=saml&ticket="), "{}", location(&answer));
        let again = begun.brought(&world.anonymous, &xml).await.expect(303);
        assert!(location(&again).starts_with("https://app.example/welcome?via=saml&error=assertion-refused"), "{}", location(&again));
    }

    async fn invalid(world: World) {
        world.anonymous.call("consumeSamlResponse")
            .form(&[("SAMLResponse", "<xml>"), ("RelayState", "\u{e9}")])
            .send().await
            .snapshot(400, "invalid");
        world.anonymous.call("consumeSamlResponse").form(&[("Submit", "Continue")]).send().await
            .snapshot(400, "missing");
        world.anonymous.call("consumeSamlResponse").json(&json!({"SAMLResponse": "eHg="})).send().await.expect(415);
    }

    async fn answered(world: World) {
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, MARA).xml();
        ticket(&begun.brought(&world.anonymous, &xml).await.expect(303)).unwrap();
        world.clock.advance(1);
        let again = begun.brought(&world.anonymous, &xml).await.expect(303);
        assert_eq!(ticket(&again), Err("assertion-refused".to_owned()));
        // Nor can it be handed in at the other door.
        begun.handed_in(&world.anonymous, &xml).await.expect(401);
        let rows = world.db_audit("saml.received").await;
        assert_eq!(refusals(&rows), [("assertion-refused", Some("replay"))]);
    }

    async fn at_the_same_moment(world: World) {
        let world = world.without_limits();
        let northwind = northwind(&world).await;
        let begun = world.begin(&northwind).await;
        let xml = world.issue(&begun, MARA).xml();
        let answers = futures_util::future::join_all((0..20).map(|_| begun.brought(&world.anonymous, &xml))).await;
        let tickets: Vec<_> = answers.iter().map(ticket).filter(Result::is_ok).collect();
        assert_eq!(tickets.len(), 1, "{tickets:?}");
    }
}
