//! Where objects are kept: the same cases on a folder and on S3, which a server on
//! loopback speaks that checks every signature.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bucket;
mod folder;
mod log;

use std::time::Duration;

use bytes::Bytes;
use charter_persistence::{ObjectKey, ObjectStorage};
use poem::http::{HeaderMap, StatusCode};
use url::Url;

use crate::bucket::Bucket;
use crate::folder::Folder;

/// A storage, and how somebody without credentials downloads from it.
trait Place {
    /// The storage.
    fn storage(&self) -> &dyn ObjectStorage;

    /// The answer to GET.
    async fn get(&self, url: Url) -> Download;
}

/// What came of a download.
struct Download {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
}

impl Download {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Runs one case in a folder and in a bucket.
macro_rules! on_both {
    ($($(#[$doc:meta])* $case:ident;)*) => {
        mod in_a_folder {
            $($(#[$doc])* #[tokio::test]
            async fn $case() {
                super::$case(super::Folder::open().await).await;
            })*
        }

        mod in_a_bucket {
            $($(#[$doc])* #[tokio::test]
            async fn $case() {
                super::$case(super::Bucket::start().await).await;
            })*
        }
    };
}

on_both! {
    what_is_put_is_there_until_it_is_deleted;
    objects_of_any_length;
    several_at_once;
    whoever_has_the_link_downloads;
    links_are_made_of_what_is_not_there;
    what_is_changed_in_a_link_is_refused;
}

const MINUTE: Duration = Duration::from_secs(60);
const PDF: &str = "application/pdf";

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

async fn bytes_of(place: &impl Place, key: &ObjectKey) -> Option<Bytes> {
    let object = place.storage().get(key).await.unwrap()?;
    Some(object.bytes().await.unwrap())
}

async fn what_is_put_is_there_until_it_is_deleted(place: impl Place) {
    let storage = place.storage();
    let (one, other) = (
        key("legal/org_1/doc-1/1.pdf"),
        key("legal/org_1/doc-1/2.pdf"),
    );
    assert!(storage.get(&one).await.unwrap().is_none());
    storage.delete(&one).await.unwrap();

    storage
        .put(&one, "first".into(), "text/plain")
        .await
        .unwrap();
    storage.put(&other, "other".into(), PDF).await.unwrap();
    storage.put(&one, "second".into(), PDF).await.unwrap();
    let object = storage.get(&one).await.unwrap().unwrap();
    assert_eq!((object.content_type.as_str(), object.length), (PDF, 6));
    assert_eq!(object.bytes().await.unwrap(), "second");

    storage.delete(&one).await.unwrap();
    storage.delete(&one).await.unwrap();
    assert_eq!(bytes_of(&place, &one).await, None);
    assert_eq!(bytes_of(&place, &other).await.unwrap(), "other");
}

async fn objects_of_any_length(place: impl Place) {
    for length in [0, 1, 8 * 1024, 3 * 1024 * 1024 + 1] {
        let bytes: Vec<u8> = (0..length)
            .map(|number: u32| number.to_le_bytes()[0])
            .collect();
        let bytes = Bytes::from(bytes);
        let key = key(&format!("lengths/{length}"));
        place.storage().put(&key, bytes.clone(), PDF).await.unwrap();
        let object = place.storage().get(&key).await.unwrap().unwrap();
        assert_eq!(object.length, u64::from(length));
        assert!(object.bytes().await.unwrap() == bytes, "{length}");
        let url = place
            .storage()
            .presign(&key, "a.pdf", MINUTE)
            .await
            .unwrap();
        let download = place.get(url).await;
        assert_eq!(
            download.header("content-length"),
            Some(&*length.to_string())
        );
        assert!(download.bytes == bytes, "{length}");
    }
}

/// What makes and removes the same folders does not get into each other's way.
async fn several_at_once(place: impl Place) {
    let work = (0..20).map(|number| {
        let place = &place;
        async move {
            let key = key(&format!("shared/of/all/{number}"));
            place
                .storage()
                .put(&key, number.to_string().into(), PDF)
                .await
                .unwrap();
            assert_eq!(bytes_of(place, &key).await.unwrap(), number.to_string());
            place.storage().delete(&key).await.unwrap();
        }
    });
    futures_util::future::join_all(work).await;
}

async fn whoever_has_the_link_downloads(place: impl Place) {
    let key = key("legal/org_1/doc-1/1.pdf");
    place.storage().put(&key, "%PDF".into(), PDF).await.unwrap();
    for (name, disposition) in [
        ("DPA.pdf", "attachment; filename=\"DPA.pdf\""),
        (
            "Müller & Söhne+1 \"DPA\".pdf",
            "attachment; filename=\"M_ller & S_hne+1 _DPA_.pdf\"; \
             filename*=UTF-8''M%C3%BCller%20%26%20S%C3%B6hne%2B1%20%22DPA%22.pdf",
        ),
    ] {
        let url = place.storage().presign(&key, name, MINUTE).await.unwrap();
        let download = place.get(url).await;
        assert_eq!(download.status, StatusCode::OK);
        assert_eq!(download.bytes, "%PDF");
        assert_eq!(download.header("content-type"), Some(PDF));
        assert_eq!(download.header("content-length"), Some("4"));
        assert_eq!(download.header("content-disposition"), Some(disposition));
        assert_eq!(download.header("cache-control"), Some("private, no-store"));
    }
}

async fn links_are_made_of_what_is_not_there(place: impl Place) {
    let url = place
        .storage()
        .presign(&key("a/b"), "b", MINUTE)
        .await
        .unwrap();
    assert_eq!(place.get(url).await.status, StatusCode::NOT_FOUND);
}

/// Every part of the query, and the key.
async fn what_is_changed_in_a_link_is_refused(place: impl Place) {
    for key in [key("a/1"), key("a/2")] {
        place.storage().put(&key, "text".into(), PDF).await.unwrap();
    }
    let url = place
        .storage()
        .presign(&key("a/1"), "1.pdf", MINUTE)
        .await
        .unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let with = |pairs: Vec<(String, String)>| {
        let mut url = url.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url
    };
    // Taken apart and put together, nothing has changed.
    let same = place.get(with(pairs.clone())).await;
    assert_eq!(same.status, StatusCode::OK);
    assert_eq!(same.bytes, "text");

    let mut changed = Vec::new();
    let mut other = url.clone();
    other.set_path(&url.path().replace("a/1", "a/2"));
    changed.push(other);
    let mut bare = url.clone();
    bare.set_query(None);
    changed.push(bare);
    for at in 0..pairs.len() {
        let mut without = pairs.clone();
        without.remove(at);
        changed.push(with(without));
        let value = &pairs[at].1;
        let (rest, last) = value.split_at(value.len() - 1);
        let another = if last == "1" { "2" } else { "1" };
        for value in [format!("{rest}{another}"), format!("1{value}")] {
            let mut pairs = pairs.clone();
            pairs[at].1 = value;
            changed.push(with(pairs));
        }
    }
    assert!(changed.len() >= 11, "{url}");
    for url in changed {
        let download = place.get(url.clone()).await;
        let status = download.status;
        // What the server says of other algorithms.
        let refused = status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED;
        assert!(refused, "{url}: {status}");
        assert_ne!(download.bytes, "text", "{url}");
    }
}
