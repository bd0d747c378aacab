//! `rotateApiKey`

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, Client, Person, World};

async fn create(person: &Person, body: Value) -> Answer {
    person
        .client
        .call("createApiKey")
        .json(&body)
        .send()
        .await
        .expect(201)
}

async fn rotate(client: &Client, key: &Answer, body: Value) -> Answer {
    client
        .call("rotateApiKey")
        .path("key_id", key.text_at("/id"))
        .json(&body)
        .send()
        .await
}

async fn works(world: &World, key: &Answer) -> bool {
    let client = world.anonymous.with_key(key.text_at("/key"));
    let answer = client.call("listOrganisations").send().await;
    match answer.status.as_u16() {
        200 => true,
        401 => false,
        other => panic!("{other}: {}", answer.body),
    }
}

const SCOPES: [&str; 2] = ["organisations:read", "keys:write"];

cases! {
    /// Both keys work for a day; then the new one alone.
    async fn overlap(world: World) {
        let (ada, _) = world.organisation().await;
        let old = create(&ada, json!({"name": "Laptop", "scopes": SCOPES})).await;
        world.clock.advance(3_600);
        let new = rotate(&ada.client, &old, json!({})).await.snapshot(201, "rotated");
        assert_ne!(new.text_at("/key"), old.text_at("/key"));
        for member in ["name", "owner", "scopes", "organisation_id", "expires_at"] {
            assert_eq!(new.body[member], old.body[member], "{member}");
        }
        assert!(works(&world, &old).await && works(&world, &new).await);
        world.clock.advance(86_399);
        assert!(works(&world, &old).await);
        world.clock.advance(1);
        assert!(!works(&world, &old).await && works(&world, &new).await);
        let rows = world.db_audit("key.rotated").await;
        assert_eq!(rows.len(), 1);
    }

    /// No overlap ends the old key at once; a key may rotate itself.
    async fn without_overlap(world: World) {
        let (ada, _) = world.organisation().await;
        let old = create(&ada, json!({"name": "Laptop", "scopes": SCOPES})).await;
        let itself = world.anonymous.with_key(old.text_at("/key"));
        let new = rotate(&itself, &old, json!({"overlap_seconds": 0})).await.expect(201);
        assert!(!works(&world, &old).await && works(&world, &new).await);
    }

    /// The lifetime begins anew; an overlap lengthens no lifetime.
    async fn lifetime(world: World) {
        let (ada, _) = world.organisation().await;
        let old = create(
            &ada,
            json!({"name": "Ten days", "owner": "organisation", "scopes": SCOPES, "expires_in_days": 10}),
        )
        .await;
        world.clock.advance(10 * 86_400 - 60);
        let new = rotate(&ada.client, &old, json!({"overlap_seconds": 604_800}))
            .await
            .snapshot(201, "with_lifetime");
        assert_eq!(new.text_at("/expires_at"), "2026-04-04T12:00:00Z");
        assert!(works(&world, &old).await);
        world.clock.advance(60);
        assert!(!works(&world, &old).await && works(&world, &new).await);
    }

    /// Only the newest key of a line can be rotated.
    async fn rotated_before(world: World) {
        let (ada, _) = world.organisation().await;
        let old = create(&ada, json!({"name": "Laptop", "scopes": SCOPES})).await;
        let new = rotate(&ada.client, &old, json!({})).await.expect(201);
        rotate(&ada.client, &old, json!({})).await.snapshot(409, "key_rotated");
        rotate(&ada.client, &new, json!({})).await.expect(201);
    }

    /// A rotation gives nobody more than they had.
    async fn scopes_of_the_caller(world: World) {
        let (ada, _) = world.organisation().await;
        let strong = create(
            &ada,
            json!({"name": "Strong", "scopes": ["members:write", "keys:write", "usage:write"]}),
        )
        .await;
        let weak = ada.with_scopes(&["keys:write", "members:write"]).await;
        let refused = rotate(&weak, &strong, json!({})).await.snapshot(403, "more_scopes");
        assert!(refused.text_at("/detail").contains("usage:write"));
        let listed = ada.client.call("listApiKeys").send().await.expect(200);
        assert!(listed.body["api_keys"].as_array().unwrap().iter().all(|key| key["replaced_by"].is_null()));
    }

    async fn keys_of_the_organisation(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        let shared = create(&ada, json!({"name": "Shared", "owner": "organisation", "scopes": SCOPES})).await;
        rotate(&mia.client, &shared, json!({})).await.snapshot(403, "admin_required");
        let itself = world.anonymous.with_key(shared.text_at("/key"));
        rotate(&itself, &shared, json!({})).await.snapshot(403, "user_required");
        let max = world.joined(&ada, "Max Manager", "max@example.com", "admin").await;
        let new = rotate(&max.client, &shared, json!({})).await.expect(201);
        assert_eq!(new.text_at("/owner"), "organisation");
        assert_eq!(new.text_at("/created_by"), max.id);
        assert!(works(&world, &new).await);
    }

    async fn not_found(world: World) {
        let (ada, _) = world.organisation().await;
        let mia = world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        ada.client
            .call("rotateApiKey")
            .path("key_id", "key_01kjmma2g0evr88y42wdngtn4v")
            .json(&json!({}))
            .send()
            .await
            .snapshot(404, "unknown");
        let own = create(&ada, json!({"name": "Own", "scopes": SCOPES})).await;
        let shared = create(&ada, json!({"name": "Shared", "owner": "organisation", "scopes": SCOPES})).await;
        let of_mia = create(&mia, json!({"name": "Mia's", "scopes": SCOPES})).await;
        rotate(&olga.client, &own, json!({})).await.expect(404);
        rotate(&olga.client, &shared, json!({})).await.expect(404);
        rotate(&ada.client, &of_mia, json!({})).await.expect(404);
        let revoked = create(&ada, json!({"name": "Revoked", "scopes": SCOPES})).await;
        ada.client
            .call("revokeApiKey")
            .path("key_id", revoked.text_at("/id"))
            .send()
            .await
            .expect(204);
        rotate(&ada.client, &revoked, json!({})).await.expect(404);
        assert_eq!(world.db_audit("key.rotated").await.len(), 0);
    }

    async fn violations(world: World) {
        let (ada, _) = world.organisation().await;
        ada.client
            .call("rotateApiKey")
            .path("key_id", "KEY_1")
            .json(&json!({"overlap_seconds": 604_801, "reason": "lost"}))
            .send()
            .await
            .snapshot(400, "violations");
    }
}

/// Of two rotations of one key at the same moment exactly one succeeds.
mod at_the_same_moment {
    use super::*;

    async fn case(world: World) {
        let (ada, _) = world.organisation().await;
        for _ in 0..5 {
            let old = create(&ada, json!({"name": "Laptop", "scopes": SCOPES})).await;
            let (one, other) = tokio::join!(
                rotate(&ada.client, &old, json!({})),
                rotate(&ada.client, &old, json!({})),
            );
            let mut statuses = [one.status.as_u16(), other.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409]);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        case(World::sqlite().await).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        case(World::postgres().await).await;
    }
}
