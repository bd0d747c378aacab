//! `signInWithGithub`

use serde_json::json;

use crate::cases;

cases! {
    async fn new_account(world: World) {
        world.anonymous.call("signInWithGithub").json(&json!({"access_token": "gho_ines"})).send().await
            .snapshot(200, "new");
    }

    async fn refused(world: World) {
        world.anonymous.call("signInWithGithub").json(&json!({"access_token": "gho_unknown"})).send().await
            .snapshot(401, "refused");
    }
}
