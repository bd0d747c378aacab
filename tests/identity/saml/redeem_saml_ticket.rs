//! `redeemSamlTicket`

use serde_json::json;

use crate::cases;
use crate::support::audit::{refusals, successes};
use crate::support::saml::{Begun, IdentityProvider, redeem, ticket};
use crate::support::{Answer, Audited, World};

const MARA: &str = "mara@northwind.example";

async fn northwind(world: &World) -> IdentityProvider {
    let (_, acme) = world.organisation().await;
    world.identity_provider(&acme, "northwind.example").await
}

/// Somebody has signed in at the provider, and the browser is back.
async fn returned(world: &World, provider: &IdentityProvider) -> (Begun, String) {
    let begun = world.begin(provider).await;
    let xml = world.issue(&begun, MARA).xml();
    let answer = begun.brought(&world.anonymous, &xml).await.expect(303);
    (begun, ticket(&answer).unwrap())
}

#[track_caller]
fn refused(answer: Answer) {
    let answer = answer.expect(401);
    assert_eq!(answer.text_at("/type"), "/problems/ticket-refused");
}

cases! {
    async fn redeemed(world: World) {
        let (_, acme) = world.organisation().await;
        let northwind = world.identity_provider(&acme, "northwind.example").await;
        let (begun, ticket) = returned(&world, &northwind).await;
        let answer = world.anonymous.at("192.0.2.17").call("redeemSamlTicket")
            .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)")
            .json(&json!({"ticket": ticket, "state": begun.state}))
            .send().await
            .snapshot(200, "redeemed");
        let session = world.with_session(&answer);
        let current = session.call("getCurrentOrganisation").send().await.expect(200);
        assert_eq!(current.text_at("/id"), acme);
        assert!(!world.db_holds(&answer.text_at("/token")).await);
        let rows = world.db_audit("session.created").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].actor(), answer.text_at("/user/_id"));
        assert_eq!(rows[0].target(), answer.text_at("/session/_id"));
        assert_eq!(rows[0].remote.as_deref(), Some("192.0.2.17"));
        let listed = session.call("listSessions").send().await.expect(200);
        assert_eq!(listed.text_at("/sessions/0/provider"), "saml");
        session.call("signOut").send().await.expect(204);
        session.call("getCurrentUser").send().await.expect(401);
    }

    /// The account was not there before, or it was.
    async fn known(world: World) {
        let northwind = northwind(&world).await;
        let first = world.single_sign_on(&northwind, MARA).await.expect(200);
        assert_eq!(first.body["isNew"], true);
        let second = world.single_sign_on(&northwind, MARA).await.expect(200);
        assert_eq!(second.body["isNew"], false);
        assert_eq!(second.text_at("/user/_id"), first.text_at("/user/_id"));
    }

    async fn invalid(world: World) {
        world.anonymous.call("redeemSamlTicket")
            .json(&json!({"ticket": "", "state": "not a state", "token": "x"}))
            .send().await
            .snapshot(400, "invalid");
        world.anonymous.call("redeemSamlTicket").json(&json!({"ticket": null})).send().await
            .snapshot(400, "missing");
    }

    async fn unknown(world: World) {
        let northwind = northwind(&world).await;
        let (begun, ticket) = returned(&world, &northwind).await;
        let unknown = "vB3kexampleEXAMPLEexampleEXAMPLEexampleEXAM";
        redeem(&world.anonymous, unknown, &begun.state).await.snapshot(401, "unknown");
        // The ticket is as good as before.
        redeem(&world.anonymous, &ticket, &begun.state).await.expect(200);
        let rows = world.db_audit("session.created").await;
        assert_eq!(refusals(&rows).len(), 1);
        assert_eq!(successes(&rows).len(), 1);
    }

    /// Who did not begin cannot finish, and does not spoil it either.
    async fn wrong_state(world: World) {
        let northwind = northwind(&world).await;
        let (begun, ticket) = returned(&world, &northwind).await;
        let (other, others) = returned(&world, &northwind).await;
        let unknown = "uT5wJq8LexampleEXAMPLEexampleEXAMPLEexample";
        redeem(&world.anonymous, &ticket, unknown).await.snapshot(401, "wrong_state");
        refused(redeem(&world.anonymous, &ticket, &other.state).await);
        refused(redeem(&world.anonymous, &others, &begun.state).await);
        refused(redeem(&world.anonymous, &begun.state, &ticket).await);
        refused(redeem(&world.anonymous, &ticket, begun.asked.relay_state.as_deref().unwrap()).await);
        redeem(&world.anonymous, &ticket, &begun.state).await.expect(200);
        redeem(&world.anonymous, &others, &other.state).await.expect(200);
    }

    async fn used(world: World) {
        let northwind = northwind(&world).await;
        let (begun, ticket) = returned(&world, &northwind).await;
        redeem(&world.anonymous, &ticket, &begun.state).await.expect(200);
        redeem(&world.anonymous, &ticket, &begun.state).await.snapshot(401, "used");
    }

    /// A ticket is good for a minute.
    async fn too_old(world: World) {
        let northwind = northwind(&world).await;
        let (first, in_time) = returned(&world, &northwind).await;
        let (second, late) = returned(&world, &northwind).await;
        world.clock.advance(59);
        redeem(&world.anonymous, &in_time, &first.state).await.expect(200);
        world.clock.advance(1);
        redeem(&world.anonymous, &late, &second.state).await.snapshot(401, "too_old");
    }

    async fn at_the_same_moment(world: World) {
        let world = world.without_limits();
        let northwind = northwind(&world).await;
        let (begun, ticket) = returned(&world, &northwind).await;
        let answers = futures_util::future::join_all((0..20).map(|_| redeem(&world.anonymous, &ticket, &begun.state))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [[200].as_slice(), &[401; 19]].concat());
    }

    /// What has ended is forgotten, and what has not is not.
    async fn cleared_away(world: World) {
        let northwind = northwind(&world).await;
        let (used, ticket) = returned(&world, &northwind).await;
        redeem(&world.anonymous, &ticket, &used.state).await.expect(200);
        world.begin(&northwind).await;
        returned(&world, &northwind).await;
        assert_eq!(world.db_single_sign_on().await, (3, 2, 2));
        world.clock.advance(120);
        let open = world.begin(&northwind).await;
        let issue = world.issue(&open, MARA);
        world.store.clear_away().await.unwrap();
        open.brought(&world.anonymous, &issue.xml()).await.expect(303);
        world.clock.advance(4_200);
        world.store.clear_away().await.unwrap();
        assert_eq!(world.db_single_sign_on().await, (0, 0, 0));
    }
}
