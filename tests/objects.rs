//! Files that are kept in a folder, and the links by which they are downloaded. What a
//! storage does, in a folder and in S3, stands in `crates/server/tests/storage`.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::async_trait;
use charter_persistence::{
    Object, ObjectKey, ObjectStorage, ObjectStorageError, ServerKey, ServerKeys,
};
use charter_server::system::SystemRandom;
use poem::http::{Method, Uri, header};
use poem::{Request, Response};
use serde_json::Value;
use url::Url;

use crate::cases;
use crate::support::World;

const MINUTE: Duration = Duration::from_secs(60);
const BYTES: &str = "%PDF-2.0 signed";

fn key() -> ObjectKey {
    ObjectKey::parse("legal/org_1/doc-1/1.pdf").unwrap()
}

/// Keeps a file, and makes a link to it that is good for a minute.
async fn link(world: &World) -> String {
    let objects = world.store.objects();
    objects
        .put(&key(), BYTES.into(), "application/pdf")
        .await
        .unwrap();
    let url = objects
        .presign(&key(), "DPA of Söhne.pdf", MINUTE)
        .await
        .unwrap();
    target(&url)
}

fn target(url: &Url) -> String {
    let text = url
        .as_str()
        .strip_prefix("https://charter.example")
        .unwrap();
    text.to_owned()
}

async fn ask(world: &World, method: Method, target: &str) -> Response {
    let uri: Uri = target.parse().unwrap();
    world
        .anonymous
        .send(Request::builder().method(method).uri(uri).finish())
        .await
}

async fn get(world: &World, target: &str) -> Response {
    ask(world, Method::GET, target).await
}

/// The answer is a problem of this kind, and says nothing of the file.
async fn assert_refused(response: Response, status: u16, kind: &str, what: &str) {
    assert_eq!(response.status().as_u16(), status, "{what}");
    assert_eq!(
        response.content_type(),
        Some("application/problem+json"),
        "{what}"
    );
    assert_eq!(response.header("content-disposition"), None, "{what}");
    let text = response.into_body().into_string().await.unwrap();
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(problem["type"], format!("/problems/{kind}"), "{what}");
    for word in ["%PDF", "legal", "tmp", "secret"] {
        assert!(!text.contains(word), "{what}: {text}");
    }
}

/// A storage that does not answer.
struct Broken;

impl Broken {
    fn error() -> ObjectStorageError {
        ObjectStorageError::new("secret.example does not answer")
    }
}

#[async_trait]
impl ObjectStorage for Broken {
    async fn put(&self, _: &ObjectKey, _: bytes::Bytes, _: &str) -> Result<(), ObjectStorageError> {
        Err(Self::error())
    }

    async fn get(&self, _: &ObjectKey) -> Result<Option<Object>, ObjectStorageError> {
        Err(Self::error())
    }

    async fn delete(&self, _: &ObjectKey) -> Result<(), ObjectStorageError> {
        Err(Self::error())
    }

    async fn presign(
        &self,
        _: &ObjectKey,
        _: &str,
        _: Duration,
    ) -> Result<Url, ObjectStorageError> {
        Err(Self::error())
    }
}

cases! {
    async fn a_link_downloads_the_file(world: World) {
        let link = link(&world).await;
        let response = get(&world, &link).await;
        assert_eq!(response.status().as_u16(), 200);
        let headers = [
            ("content-type", "application/pdf"),
            ("content-length", "15"),
            (
                "content-disposition",
                "attachment; filename=\"DPA of S_hne.pdf\"; filename*=UTF-8''DPA%20of%20S%C3%B6hne.pdf",
            ),
            ("cache-control", "private, no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ];
        for (name, value) in headers {
            assert_eq!(response.header(name), Some(value));
        }
        assert_eq!(response.into_body().into_string().await.unwrap(), BYTES);

        let head = ask(&world, Method::HEAD, &link).await;
        for (name, value) in headers {
            assert_eq!(head.header(name), Some(value));
        }
        assert_eq!(head.into_body().into_string().await.unwrap(), "");
        for method in [Method::PUT, Method::POST, Method::DELETE] {
            let response = ask(&world, method.clone(), &link).await;
            assert_refused(response, 405, "method-not-allowed", method.as_str()).await;
        }
        // It works as often as is asked, until its time is over.
        world.clock.advance(59);
        assert_eq!(get(&world, &link).await.status().as_u16(), 200);
        world.clock.advance(1);
        assert_refused(get(&world, &link).await, 410, "link-expired", "late").await;
        world.clock.advance(1_000_000);
        assert_refused(get(&world, &link).await, 410, "link-expired", "very late").await;
    }

    /// Key, file name, time, signature: also when the time is over, nobody learns that a
    /// changed link would have been one.
    async fn a_changed_link_is_refused(world: World) {
        let link = link(&world).await;
        let other = ObjectKey::parse("legal/org_1/doc-1/2.pdf").unwrap();
        world.store.objects().put(&other, BYTES.into(), "application/pdf").await.unwrap();
        let (unsigned, signature) = link.split_once("&signature=").unwrap();
        let expires: i64 = unsigned.split_once("&expires=").unwrap().1.parse().unwrap();
        let changed = [
            link.replace("/1.pdf", "/2.pdf"),
            link.replace("org_1", "org_2"),
            link.replace("S%C3%B6hne", "Sohne"),
            link.replace("DPA+of", "BAA+of"),
            link.replace(&format!("expires={expires}"), &format!("expires={}", expires + 1)),
            link.replace(&format!("expires={expires}"), "expires=99999999999"),
            link.replace(&format!("&expires={expires}"), ""),
            unsigned.to_owned(),
            format!("{unsigned}&signature="),
            format!("{unsigned}&signature={}", signature.to_lowercase()),
            format!("{unsigned}&signature={}", &signature[1..]),
            format!("{unsigned}&signature={signature}A"),
            format!("{link}&expires=99999999999"),
            format!("{link}&x=y"),
            link.split('?').next().unwrap().to_owned(),
        ];
        for _ in 0..2 {
            for changed in &changed {
                assert_ne!(*changed, link);
                assert_refused(get(&world, changed).await, 403, "forbidden", changed).await;
            }
            world.clock.advance(61);
        }
    }

    /// Whatever stands in the path, with the query of a link that is good.
    async fn no_path_leads_out_of_the_folder(world: World) {
        let link = link(&world).await;
        // What a path that leads out would find.
        std::fs::write(world.objects_folder().join("../secret"), "%PDF").unwrap();
        let query = link.split_once('?').unwrap().1;
        for path in [
            "../secret", "%2e%2e/secret", "%2e%2e%2fsecret", "..%2fsecret", "..%5csecret", "..\\secret",
            "legal/../../secret", "legal/%2e%2e/%2e%2e/secret", "./../secret", "%252e%252e/secret",
            "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "C:/secret",
            "legal/org_1/doc-1/1.pdf%00", "legal/org_1/doc-1/1.pdf%00.txt", "%00", "", "/", ".", "..",
            "legal/org_1/doc-1/1.pdf/", "legal/org_1/doc-1//1.pdf", "legal/org_1/doc-1/./1.pdf",
            "legal/org_1/doc-1/1.pdf+type", "legal/org_1/doc-1/1.pdf%2Btype", "legal/org_1/doc-1/1.pd%66",
            "LEGAL/org_1/doc-1/1.pdf", "legal", "legal/org_1/doc-1", "%ff", "%c0%ae%c0%ae/secret",
        ] {
            let target = format!("/objects/{path}?{query}");
            if target.parse::<Uri>().is_err() {
                continue;
            }
            let response = get(&world, &target).await;
            let status = response.status().as_u16();
            assert!([403, 404].contains(&status), "{path}: {status}");
            let kind = if status == 403 { "forbidden" } else { "not-found" };
            assert_refused(response, status, kind, path).await;
        }
    }

    async fn a_file_that_is_gone_is_not_found(world: World) {
        let link = link(&world).await;
        world.store.objects().delete(&key()).await.unwrap();
        assert_refused(get(&world, &link).await, 404, "not-found", "gone").await;
    }

    /// A link lives as long as the server key that it was signed with is accepted, and
    /// new ones are signed with the present one.
    async fn links_outlive_a_rotated_server_key(world: World) {
        let old = link(&world).await;
        let (first, second) = (world.server_keys.current.clone(), ServerKey::generate(&SystemRandom));
        let both = ServerKeys {
            current: second.clone(),
            earlier: vec![first],
        };
        let world = world.with_server_keys(both).await;
        let new = link(&world).await;
        assert_ne!(new, old);
        for link in [&old, &new] {
            assert_eq!(get(&world, link).await.status().as_u16(), 200);
        }
        let world = world.with_server_keys(second.into()).await;
        assert_eq!(get(&world, &new).await.status().as_u16(), 200);
        assert_refused(get(&world, &old).await, 403, "forbidden", "dropped").await;
    }

    /// Why is for the log.
    async fn a_storage_that_fails_says_nothing(world: World) {
        let link = link(&world).await;
        let world = world.with_objects(Arc::new(Broken)).await;
        let response = get(&world, &link).await;
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert_refused(response, 503, "service-unavailable", "broken").await;
    }
}
