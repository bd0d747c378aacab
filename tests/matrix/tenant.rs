//! Another tenant's rows: not there, and left alone.

use super::everything;
use super::link::Links;
use super::request::Request;
use crate::cases;
use crate::support::document;

cases! {
    /// With the id of a row of the first tenant, the second one learns nothing
    /// and changes nothing; the first one reaches it.
    async fn ids_of_another_tenant(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        world.joined(&ada, "Mia Member", "mia@example.com", "member").await;
        let (olga, _) = world.strangers().await;
        world.session_of(&ada).await;
        world.session_of(&olga).await;
        let mut tried = 0;
        for operation in document::operations() {
            if operation.is_public() {
                continue;
            }
            let mut request = Request::plain(operation);
            if !operation.path.contains('{') {
                continue;
            }
            let path = Links::default().path(&ada.client, operation).await;
            request.path = path.unwrap_or_else(|| panic!("no link leads to the path of {}", operation.id));
            let before = (everything(&ada.client).await, everything(&olga.client).await);
            request.send(&olga.client).await.expect(404);
            before.0.assert_unchanged(&everything(&ada.client).await, operation.id);
            before.1.assert_unchanged(&everything(&olga.client).await, operation.id);

            let own = request.send(&ada.client).await;
            own.prove();
            assert_ne!(own.body["type"], "/problems/not-found", "{}: {}", operation.id, own.body);
            assert!(own.status.as_u16() < 500, "{}", own.body);
            tried += 1;
        }
        assert!(tried > 3, "{tried}");
    }
}
