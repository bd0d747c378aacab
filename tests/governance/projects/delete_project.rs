//! `deleteProject`

use super::{Scene, call, delete, get, names};
use crate::cases;
use crate::support::Audited;

cases! {
    /// With the access that was given to it.
    async fn deleted(world: World) {
        let Scene { ada, acme, private, .. } = world.scene().await;
        assert_eq!(world.db_access().await.len(), 2);
        delete(&ada.client, &acme, &private).await.snapshot(204, "deleted");
        get(&ada.client, &acme, &private).await.expect(404);
        delete(&ada.client, &acme, &private).await.expect(404);
        let listed = call(&ada.client, "listProjects", &acme).send().await.expect(200);
        assert_eq!(names(&listed), ["Open"]);
        assert_eq!(world.db_access().await, []);

        let audit = world.db_audit("project.deleted").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].actor(), ada.id);
        assert_eq!((audit[0].target_kind.as_deref(), audit[0].target()), (Some("project"), private.as_str()));
    }

    /// Members see an open project and may not delete it; those who do not see a private
    /// one are not told that it is there.
    async fn who_may(world: World) {
        let Scene { ada, acme, mia, seb, pia, open, private } = world.scene().await;
        let (olga, _) = world.strangers().await;
        delete(&mia.client, &acme, &open).await.snapshot(403, "not_an_admin");
        delete(&seb.client, &acme, &private).await.expect(403);
        delete(&pia.client, &acme, &open).await.expect(403);
        delete(&mia.client, &acme, &private).await.snapshot(404, "private");
        delete(&olga.client, &acme, &open).await.snapshot(404, "no_organisation");
        assert!(world.db_audit("project.deleted").await.is_empty());
        delete(&pia.client, &acme, &private).await.expect(204);
        let key = ada.organisation_key(&["project:write"]).await;
        delete(&key, &acme, &open).await.expect(204);
    }

    async fn invalid(world: World) {
        let (ada, acme) = world.organisation().await;
        delete(&ada.client, &acme, "-1").await.snapshot(400, "invalid");
    }

    /// An organisation takes its projects with it.
    async fn with_the_organisation(world: World) {
        let Scene { ada, acme, open, .. } = world.scene().await;
        ada.client.call("deleteCurrentOrganisation").send().await.expect(204);
        assert_eq!(world.db_access().await, []);
        get(&ada.client, &acme, &open).await.expect(404);
    }
}
