//! S3 on loopback, and what only S3 has.

use std::time::Duration;

use charter_persistence::ObjectStorage;
use charter_server::configuration::{S3, Secret};
use charter_server::storage::S3Storage;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use poem::http::StatusCode;
use reqwest::Client;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::{Download, MINUTE, PDF, Place, key};

pub(crate) const SECRET: &str = "hunter2/hunter2+hunter2";

/// A bucket on a server of its own.
pub(crate) struct Bucket {
    storage: S3Storage,
    pub(crate) settings: S3,
    client: Client,
    server: JoinHandle<()>,
    _folder: TempDir,
}

pub(crate) fn storage(settings: &S3) -> S3Storage {
    S3Storage::new(settings, Client::builder().no_proxy()).unwrap()
}

impl Bucket {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("charter")).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("charter-key", SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = S3 {
            bucket: Some("charter".to_owned()),
            region: Some("eu-west-1".to_owned()),
            endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
            access_key_id: Some("charter-key".to_owned()),
            secret_access_key: Some(Secret::new(SECRET)),
            path_style: true,
            allow_http: true,
        };
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let connections = auto::Builder::new(TokioExecutor::new());
                    // A client that goes away is no failure of the test.
                    let _ = connections
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            storage: storage(&settings),
            settings,
            client: Client::builder().no_proxy().build().unwrap(),
            server,
            _folder: folder,
        }
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Place for Bucket {
    fn storage(&self) -> &dyn ObjectStorage {
        &self.storage
    }

    async fn get(&self, url: Url) -> Download {
        let response = self.client.get(url).send().await.unwrap();
        Download {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.unwrap(),
        }
    }
}

#[tokio::test]
async fn who_has_another_secret_is_refused() {
    let bucket = Bucket::start().await;
    let key = key("a/1");
    bucket.storage.put(&key, "text".into(), PDF).await.unwrap();
    let strangers = [
        S3 {
            secret_access_key: Some(Secret::new("another")),
            ..bucket.settings.clone()
        },
        S3 {
            access_key_id: Some("another".to_owned()),
            ..bucket.settings.clone()
        },
    ];
    for stranger in strangers.map(|settings| storage(&settings)) {
        assert!(stranger.put(&key, "mine".into(), PDF).await.is_err());
        assert!(stranger.get(&key).await.is_err());
        assert!(stranger.delete(&key).await.is_err());
        let url = stranger.presign(&key, "1.pdf", MINUTE).await.unwrap();
        let download = bucket.get(url).await;
        assert_eq!(download.status, StatusCode::FORBIDDEN);
    }
    let kept = bucket.storage.get(&key).await.unwrap().unwrap();
    assert_eq!(kept.bytes().await.unwrap(), "text");
}

/// The time that is asked for is what is signed, and the server holds to it.
#[tokio::test]
async fn a_link_ends() {
    let bucket = Bucket::start().await;
    let key = key("a/1");
    bucket.storage.put(&key, "text".into(), PDF).await.unwrap();
    let url = bucket.storage.presign(&key, "1.pdf", MINUTE).await.unwrap();
    let pairs: Vec<_> = url.query_pairs().collect();
    assert!(
        pairs.contains(&("X-Amz-Expires".into(), "60".into())),
        "{url}"
    );
    assert_eq!(bucket.get(url).await.status, StatusCode::OK);

    let second = Duration::from_secs(1);
    let url = bucket.storage.presign(&key, "1.pdf", second).await.unwrap();
    // S3 counts from the second in which it was signed: two seconds later it is over,
    // however slow the machine is.
    tokio::time::sleep(2 * second).await;
    let download = bucket.get(url).await;
    assert_eq!(download.status, StatusCode::FORBIDDEN);
    let why = String::from_utf8_lossy(&download.bytes).into_owned();
    assert!(why.contains("Request has expired"), "{why}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let bucket = Bucket::start().await;
    let gone = storage(&S3 {
        endpoint: Some(address),
        ..bucket.settings.clone()
    });
    let error = gone.get(&key("a/1")).await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn the_bucket_stands_where_the_settings_say() {
    for (endpoint, path_style, expected) in [
        (None, false, "https://files.s3.eu-west-1.amazonaws.com/a/1"),
        (None, true, "https://s3.eu-west-1.amazonaws.com/files/a/1"),
        (
            Some("https://s3.example:9000/"),
            false,
            "https://files.s3.example:9000/a/1",
        ),
        (
            Some("https://s3.example:9000/"),
            true,
            "https://s3.example:9000/files/a/1",
        ),
    ] {
        let storage = storage(&S3 {
            bucket: Some("files".to_owned()),
            region: Some("eu-west-1".to_owned()),
            endpoint: endpoint.map(str::to_owned),
            access_key_id: Some("key".to_owned()),
            secret_access_key: Some(Secret::new(SECRET)),
            path_style,
            allow_http: false,
        });
        let mut url = storage.presign(&key("a/1"), "1", MINUTE).await.unwrap();
        url.set_query(None);
        assert_eq!(url.as_str(), expected);
    }
}
