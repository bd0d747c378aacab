//! `getVersion`

use crate::cases;

cases! {
    async fn version(world: World) {
        let answer = world.anonymous.call("getVersion").send().await.snapshot(200, "version");
        assert_eq!(answer.body["version"], env!("CARGO_PKG_VERSION"));
    }
}
