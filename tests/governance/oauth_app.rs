//! `charter oauth-app create|list|remove`, and what members read of it.

use serde_json::json;

use crate::cases;
use crate::governance::bare;
use crate::support::process::Charter;

const DESK: &str = "https://desk.northwind.example/callback";

cases! {
    /// What the operator registers is what members read.
    async fn registered(world: World) {
        let (ada, acme) = world.organisation().await;
        let charter = Charter::new(world.db_url(), &[]);
        let create = ["oauth-app", "create", "--json", "--organisation", &acme, "--name", "Northwind Desk"];
        let redirects = ["--redirect-uri", DESK, "--redirect-uri", "http://127.0.0.1:8400/", "--verified"];
        let created = charter.run(&[create.as_slice(), &redirects].concat()).await;
        let secret = created["secret"].as_str().unwrap();
        assert!(secret.starts_with("ct_secret_"), "{secret}");
        assert_eq!(secret.len(), "ct_secret_".len() + 43);
        assert!(!world.db_holds(secret).await);

        let listed = charter.run(&["oauth-app", "list", "--json"]).await;
        let mut shown = created.clone();
        shown.as_object_mut().unwrap().remove("secret");
        assert_eq!(listed, json!([shown]));
        assert_eq!(shown["organisation"], acme);
        assert_eq!(shown["organisation_name"], "Acme");
        let read = ada.client.call("listOauthApplications").path("organization_id", bare(&acme)).send().await
            .expect(200);
        for (theirs, ours) in [("id", "id"), ("name", "name"), ("client_id", "client_id"),
                               ("redirect_uris_list", "redirect_uris"), ("is_verified", "verified")] {
            assert_eq!(read.body["results"][0][theirs], shown[ours], "{theirs}");
        }

        let id = shown["id"].as_str().unwrap();
        assert_eq!(charter.print(&["oauth-app", "remove", id]).await, format!("{id}\n"));
        assert_eq!(charter.run(&["oauth-app", "list", "--json"]).await, json!([]));
        assert!(charter.refuse(&["oauth-app", "remove", id]).await.contains("no OAuth application"));
    }

    /// For people it is one line for each thing, and a failure says why.
    async fn words(world: World) {
        let (_, acme) = world.organisation().await;
        let charter = Charter::new(world.db_url(), &[]);
        let create = |redirect: &'static str, organisation: &str| {
            ["oauth-app", "create", "--name", "Desk", "--organisation", organisation, "--redirect-uri", redirect].map(str::to_owned)
        };
        let run = async |redirect: &'static str, organisation: &str| {
            let arguments = create(redirect, organisation);
            charter.refuse(&arguments.each_ref().map(String::as_str)).await
        };
        assert!(run("http://desk.northwind.example/", &acme).await.contains("must begin with https"));
        assert!(run("https://desk.northwind.example/#here", &acme).await.contains("must have no fragment"));
        assert!(run(DESK, "org_01kh3aqwt0e60tak362xesvjfr").await.contains("no organisation with this id"));
        assert!(run(DESK, "acme").await.contains("is not the id of an organisation"));
        assert_eq!(charter.run(&["oauth-app", "list", "--json"]).await, json!([]));

        let arguments = create(DESK, &acme);
        let printed = charter.print(&arguments.each_ref().map(String::as_str)).await;
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), 7, "{printed}");
        assert_eq!(lines[1], format!("  organisation  {acme}  Acme"));
        assert!(lines[6].starts_with("  secret        ct_secret_"), "{printed}");
        let listed = charter.print(&["oauth-app", "list"]).await;
        assert_eq!(listed.lines().collect::<Vec<_>>(), lines[..6]);
    }
}
