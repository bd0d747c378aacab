//! `getProject`

use serde_json::json;

use super::{Scene, get};
use crate::cases;

cases! {
    /// As a member sees it who is an admin of it and of nothing else.
    async fn shown(world: World) {
        let Scene { pia, acme, private, .. } = world.scene().await;
        get(&pia.client, &acme, &private).await.snapshot(200, "shown");
    }

    /// Admins see all projects, members the open ones and those they were given.
    async fn levels(world: World) {
        let Scene { ada, acme, mia, seb, pia, open, private } = world.scene().await;
        let bob = world.joined(&ada, "Bob Builder", "bob@example.com", "admin").await;
        let key = ada.organisation_key(&["project:read"]).await;
        for (client, in_open, in_private) in [
            (&ada.client, json!(15), Some(json!(15))),
            (&bob.client, json!(8), Some(json!(8))),
            (&key, json!(null), Some(json!(null))),
            (&mia.client, json!(1), None),
            (&seb.client, json!(1), Some(json!(1))),
            (&pia.client, json!(1), Some(json!(8))),
        ] {
            let shown = get(client, &acme, &open).await.expect(200);
            assert_eq!(shown.body["effective_membership_level"], in_open);
            let shown = get(client, &acme, &private).await;
            match in_private {
                Some(level) => assert_eq!(shown.expect(200).body["effective_membership_level"], level),
                None => { shown.expect(404); }
            }
        }
        get(&mia.client, &acme, &private).await.snapshot(404, "private");
    }

    /// Of others, by the wrong organisation, never there, deleted: all the same.
    async fn not_found(world: World) {
        let Scene { ada, acme, open, private, .. } = world.scene().await;
        let (olga, elsewhere) = world.strangers().await;
        let invisible = get(&ada.client, &acme, "9007199254740991").await.snapshot(404, "not_found");
        for answer in [
            get(&olga.client, &elsewhere, &open).await,
            get(&olga.client, &elsewhere, &private).await,
        ] {
            assert_eq!(answer.expect(404).body["detail"], invisible.body["detail"]);
        }
        get(&olga.client, &acme, &open).await.snapshot(404, "no_organisation");
        get(&ada.client, &elsewhere, &open).await.expect(404);
        let second = ada.found("Second").await;
        let bound = world.key_bound_to(&ada, &second).await;
        get(&bound, &acme, &open).await.expect(404);
        get(&ada.client, &second, &open).await.expect(404);
        get(&ada.client, &acme, &open).await.expect(200);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        get(&ada.client, &acme, "0").await.snapshot(400, "invalid");
        get(&ada.client, &acme, "one").await.expect(400);
    }

    /// Who leaves the organisation leaves its projects, and finds nothing on coming back.
    async fn access_ends_with_the_membership(world: World) {
        let Scene { ada, acme, seb, private, .. } = world.scene().await;
        seb.client.call("leaveOrganisation").send().await.expect(204);
        get(&seb.client, &acme, &private).await.expect(404);
        let invite = ada.invite(&seb.email, "member").await;
        seb.accept(&invite).await.expect(200);
        get(&seb.client, &acme, &private).await.expect(404);
    }
}
