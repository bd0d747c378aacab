//! `connect`

use charter_persistence::Connect;
use serde_json::json;

use crate::cases;
use crate::support::accounts::PASSWORD;
use crate::support::audit::{refusals, successes};
use crate::support::world::identity;
use crate::support::{Answer, World};

async fn connect(world: &World, email: &str) -> Answer {
    world
        .anonymous
        .call("connect")
        .json(&json!({ "email": email }))
        .send()
        .await
}

cases! {
    /// The address comes back as it was written.
    async fn with_a_password(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        connect(&world, "Ines@Northwind.example").await.snapshot(200, "password");
        let rows = world.db_audit("address.looked_up").await;
        assert_eq!(successes(&rows).len(), 1);
        assert!(rows[0].subject.is_some());
        assert_eq!(rows[0].actor_user_id, None);
    }

    /// An account that has none is told to be without.
    async fn without_a_password(world: World) {
        world.person("Noel Novak", "noel@northwind.example").await;
        connect(&world, "noel@northwind.example").await.snapshot(200, "no_password");
        let token = world.reset_link("noel@northwind.example").await;
        world.reset(&token, PASSWORD).await.expect(200);
        assert_eq!(connect(&world, "noel@northwind.example").await.expect(200).body["password"], true);
    }

    async fn invalid(world: World) {
        world.anonymous.call("connect").header("X-Language", "EN").json(&json!({"email": "", "password": "x"})).send().await
            .snapshot(400, "invalid");
    }

    /// Who waits for confirmation has no account yet.
    async fn unknown(world: World) {
        connect(&world, "nobody@northwind.example").await.snapshot(404, "unknown");
        world.sign_up("Ines Laurent", "ines@northwind.example").await;
        connect(&world, "ines@northwind.example").await.expect(404);
        world.confirm("ines@northwind.example").await;
        connect(&world, "ines@northwind.example").await.expect(200);
        let rows = world.db_audit("address.looked_up").await;
        assert_eq!(refusals(&rows), [("not-found", None), ("not-found", None)]);
    }

    /// The operator can have it keep everything to itself.
    async fn concealed(world: World) {
        world.account("Ines Laurent", "ines@northwind.example").await;
        world.person("Noel Novak", "noel@northwind.example").await;
        world.sign_up("Mara Olsen", "mara@northwind.example").await;
        let mut options = identity();
        options.connect = Connect::Conceal;
        let world = world.with_identity(options).await;
        for email in ["ines", "noel", "mara", "nobody"].map(|name| format!("{name}@northwind.example")) {
            let answer = connect(&world, &email).await.expect(200);
            assert_eq!(answer.body, json!({"email": email, "provider": "local", "password": true}));
        }
        let rows = world.db_audit("address.looked_up").await;
        assert_eq!(successes(&rows).len(), 4);
    }
}
