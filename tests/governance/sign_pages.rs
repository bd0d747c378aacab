//! The pages behind the links to sign by. They stand in no document.

use poem::http::{Method, Uri};
use poem::{Request, Response};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::legal_documents::{
    create, db_status, json_of, mailed_token, northwind, on, page, post_sign, shown_token, sign,
    status, waiting,
};
use crate::cases;
use crate::support::audit::successes;
use crate::support::{Audited, World};

async fn ask(world: &World, method: Method, path: &'static str) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(Uri::from_static(path));
    world.anonymous.send(request.finish()).await
}

/// The kind of a problem.
async fn kind(response: Response) -> String {
    let body = json_of(response).await;
    body["type"].as_str().unwrap().to_owned()
}

/// The record of the signature: name, network, browser, by which link.
async fn db_signature(world: &World) -> Option<(String, String, Option<String>, String)> {
    let db = world.db().await;
    let statement = sea_orm::Statement::from_string(
        db.get_database_backend(),
        "SELECT name, address, agent, CASE WHEN by_mailed_link THEN 'mailed' ELSE 'shown' END AS link \
         FROM signatures",
    );
    let row = db.query_one_raw(statement).await.unwrap();
    db.close().await.unwrap();
    row.map(|row| {
        (
            row.try_get("", "name").unwrap(),
            row.try_get("", "address").unwrap(),
            row.try_get("", "agent").unwrap(),
            row.try_get("", "link").unwrap(),
        )
    })
}

cases! {
    async fn signed(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let id = created.text_at("/id");
        let token = mailed_token(&world).await;
        let document = json_of(page(&world.anonymous, "/sign/document", &token).await).await;
        assert_eq!(document, json!({
            "title": "Data Processing Agreement",
            "company_name": "Northwind Research Lda",
            "company_address": "Rua do Cais 12\n1100-104 Lisboa\nPortugal",
            "operator_name": "charter.example",
        }));
        world.clock.advance(60);
        let signer = world.anonymous.at("192.0.2.7");
        let answer = json_of(sign(&signer, &token, "Ines Laurent").await).await;
        assert_eq!(answer["signed_at"], on(&ada.client, "getLegalDocument", &acme, &id).await.text_at("/signed_at"));
        assert_eq!(status(&ada.client, &acme, &id).await, "signed");
        assert_eq!(
            db_signature(&world).await.unwrap(),
            ("Ines Laurent".to_owned(), "192.0.2.7".to_owned(), Some("Firefox".to_owned()), "mailed".to_owned())
        );
        let audit = world.db_audit("legal_document.signed").await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].organisation(), acme);
        assert_eq!(audit[0].target(), id);
        assert_eq!(audit[0].actor_user_id, None);
        assert_eq!(audit[0].remote.as_deref(), Some("192.0.2.7"));

        // It is signed once, by whichever link.
        for token in [&token, &shown_token(&created)] {
            assert_eq!(kind(sign(&signer, token, "Mallory").await).await, "/problems/link-used");
            for path in ["/sign/document", "/sign/draft"] {
                assert_eq!(page(&world.anonymous, path, token).await.status(), 410);
            }
        }
        assert_eq!(db_signature(&world).await.unwrap().0, "Ines Laurent");
        assert_eq!(successes(&world.db_audit("legal_document.signed").await).len(), 1);
    }

    /// The record tells that the signer came by the link that admins see.
    async fn by_the_shown_link(world: World) {
        let (_, _, created) = waiting(&world).await;
        assert_eq!(sign(&world.anonymous, &shown_token(&created), "Ines").await.status(), 200);
        let (name, address, _, link) = db_signature(&world).await.unwrap();
        assert_eq!([name, address, link], ["Ines", "unknown", "shown"]);
    }

    /// Mail filters open links, with whatever method reads.
    async fn reading_changes_nothing(world: World) {
        let (_, _, created) = waiting(&world).await;
        let token = shown_token(&created);
        for path in ["/sign", "/sign/document", "/sign/draft"] {
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                let uri: Uri = format!("{path}?token={token}").parse().unwrap();
                let request = Request::builder().method(method.clone()).uri(uri).finish();
                let response = world.anonymous.send(request).await;
                assert!(response.status().is_success(), "{method} {path}: {}", response.status());
                for (name, value) in [
                    ("referrer-policy", "no-referrer"),
                    ("x-content-type-options", "nosniff"),
                    ("x-frame-options", "DENY"),
                ] {
                    assert_eq!(response.headers()[name], value, "{method} {path}");
                }
                let policy = response.headers()["content-security-policy"].to_str().unwrap();
                assert!(policy.contains("default-src 'none'"), "{policy}");
                assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
                if path != "/sign" {
                    assert_eq!(response.headers().get("cache-control").map(|value| value.to_str().unwrap()), Some("no-store"));
                }
            }
        }
        assert_eq!(db_status(&world).await.as_deref(), Some("submitted"));
        assert!(db_signature(&world).await.is_none());
    }

    async fn page_and_methods(world: World) {
        let response = ask(&world, Method::GET, "/sign").await;
        assert_eq!(response.content_type(), Some("text/html; charset=utf-8"));
        assert_eq!(ask(&world, Method::GET, "/sign.js").await.status(), 200);
        let response = ask(&world, Method::PUT, "/sign").await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "GET, HEAD, OPTIONS, POST");
        assert_eq!(ask(&world, Method::POST, "/sign/document").await.status(), 405);
        assert_eq!(ask(&world, Method::POST, "/sign/draft").await.status(), 405);
    }

    /// Whoever signs says so, under a name that can be printed.
    async fn refused(world: World) {
        let (_, _, created) = waiting(&world).await;
        let token = shown_token(&created);
        let valid = json!({"token": token, "name": "Ines", "consent": true});
        let with = |name: &str, value: Value| {
            let mut body = valid.clone();
            body[name] = value;
            body
        };
        let mut missing = valid.clone();
        missing.as_object_mut().unwrap().remove("consent");
        for (body, pointer, keyword) in [
            (with("consent", json!(false)), "/consent", "const"),
            (with("consent", json!("true")), "/consent", "type"),
            (missing, "", "required"),
            (with("name", json!("")), "/name", "minLength"),
            (with("name", json!(" \u{2003} ")), "/name", "pattern"),
            (with("name", json!("Ines\nLaurent")), "/name", "pattern"),
            (with("name", json!("伊内斯")), "/name", "pattern"),
            (with("name", json!("Ines \u{1f58b}")), "/name", "pattern"),
            (with("name", json!("I".repeat(256))), "/name", "maxLength"),
            (with("token", json!("?")), "/token", "pattern"),
            (with("title", json!("CEO")), "/title", "additionalProperties"),
        ] {
            let response = post_sign(&world.anonymous, &body).await;
            assert_eq!(response.status(), 400, "{body}");
            let problem = json_of(response).await;
            let errors = problem["errors"].as_array().unwrap();
            let found = errors.iter().any(|error| {
                error["pointer"].as_str().is_some_and(|found| found.starts_with(pointer))
                    && error["keyword"] == keyword
            });
            assert!(found, "{pointer} {keyword}: {problem}");
        }
        let request = Request::builder().method(Method::POST).uri(Uri::from_static("/sign"));
        let form = request.content_type("application/x-www-form-urlencoded");
        let form = form.body(format!("token={token}&name=Ines&consent=true"));
        assert_eq!(world.anonymous.send(form).await.status(), 415);
        let large = with("name", json!("x".repeat(9_000)));
        assert_eq!(post_sign(&world.anonymous, &large).await.status(), 413);
        assert_eq!(db_status(&world).await.as_deref(), Some("submitted"));
    }

    /// 60 a minute from one address, for each of the three.
    async fn limited(world: World) {
        let (_, _, created) = waiting(&world).await;
        let token = shown_token(&created);
        let near = world.anonymous.at("198.51.100.7");
        for path in ["/sign/document", "/sign/draft"] {
            for _ in 0..60 {
                assert_eq!(page(&near, path, &token).await.status(), 200);
            }
            assert_eq!(page(&near, path, &token).await.status(), 429);
        }
        for _ in 0..60 {
            assert_eq!(sign(&near, "AAAA", "Ines").await.status(), 404);
        }
        let refused = sign(&near, &token, "Ines").await;
        assert_eq!(refused.status(), 429);
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(sign(&world.anonymous.at("198.51.100.8"), &token, "Ines").await.status(), 200);
    }

    /// A draft that this server does not make any more is not signed under another.
    async fn other_words(world: World) {
        let (ada, acme, created) = waiting(&world).await;
        let db = world.db().await;
        db.execute_unprepared("UPDATE legal_documents SET operator_name = 'Somebody Else'").await.unwrap();
        db.close().await.unwrap();
        let token = shown_token(&created);
        let refused = sign(&world.anonymous, &token, "Ines").await;
        assert_eq!(refused.status(), 410);
        assert_eq!(kind(refused).await, "/problems/link-expired");
        let id = created.text_at("/id");
        assert_eq!(status(&ada.client, &acme, &id).await, "failed");
        assert!(db_signature(&world).await.is_none());
        assert_eq!(sign(&world.anonymous, &token, "Ines").await.status(), 404);
        on(&ada.client, "deleteLegalDocument", &acme, &id).await.expect(204);
        create(&ada.client, &acme, &northwind("DPA")).await.expect(201);
    }
}
