//! `getHealth`

use crate::cases;

cases! {
    /// It lives, whatever has become of the database.
    async fn alive(world: World) {
        world.anonymous.call("getHealth").send().await.snapshot(200, "alive");
        world.store.close().await.unwrap();
        world.anonymous.call("getHealth").send().await.expect(200);
    }
}
