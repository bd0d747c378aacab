//! A folder, and the server that gives out what is in it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use charter_persistence::{ObjectStorage, ServerKey};
use charter_server::application::{Application, application};
use charter_server::configuration::{Configuration, Secret};
use charter_server::database::{self, Ports};
use charter_server::storage;
use charter_server::system::{SystemClock, SystemRandom};
use poem::http::Uri;
use poem::{Endpoint as _, Request};
use reqwest::Client;
use tempfile::TempDir;
use url::Url;

use crate::{Download, PDF, Place, key};

/// A folder beside a database, as `charter serve` makes it.
pub(crate) struct Folder {
    storage: Arc<dyn ObjectStorage>,
    server: Application,
    folder: TempDir,
}

impl Folder {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = Configuration {
            database: Secret::new(format!("sqlite://{}/charter.db", folder.path().display())),
            ..Configuration::default()
        };
        let public_url: Url = "https://charter.example".parse().unwrap();
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let server_keys = ServerKey::generate(&*random).into();
        let client = Client::builder();
        let storage = storage::objects(
            &configuration,
            client,
            &public_url,
            &server_keys,
            clock.clone(),
        );
        let storage = storage.unwrap();
        let ports = Ports {
            mailer: None,
            providers: None,
            objects: storage.clone(),
        };
        let store = database::open(
            &configuration,
            public_url,
            server_keys,
            clock.clone(),
            random.clone(),
            ports,
        );
        let store = store.await.unwrap();
        Self {
            storage,
            server: application(store, clock, random, &configuration).unwrap(),
            folder,
        }
    }
}

impl Place for Folder {
    fn storage(&self) -> &dyn ObjectStorage {
        &*self.storage
    }

    async fn get(&self, url: Url) -> Download {
        assert_eq!(url.host_str(), Some("charter.example"));
        let target: Uri = url[url::Position::BeforePath..].parse().unwrap();
        let request = Request::builder().uri(target).finish();
        let mut response = self.server.get_response(request).await;
        Download {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.take_body().into_bytes().await.unwrap(),
        }
    }
}

/// Whoever looks into the folder sees the files, and nobody else looks into it.
#[tokio::test]
async fn objects_are_files_of_their_owner() {
    let place = Folder::open().await;
    let objects = place.folder.path().join("objects");
    let mode = fs::metadata(&objects).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let key = key("legal/org_1/1.pdf");
    place.storage.put(&key, "%PDF".into(), PDF).await.unwrap();
    assert_eq!(
        fs::read(objects.join("legal/org_1/1.pdf")).unwrap(),
        b"%PDF"
    );
    // What they are in is no object.
    let folder = place.storage.get(&crate::key("legal/org_1")).await;
    assert!(folder.unwrap().is_none());
    // What is deleted leaves nothing behind.
    place.storage.delete(&key).await.unwrap();
    assert_eq!(fs::read_dir(&objects).unwrap().count(), 0);
}

/// Somebody has put a file there by hand.
#[tokio::test]
async fn an_object_without_a_type_is_bytes() {
    let place = Folder::open().await;
    fs::write(place.folder.path().join("objects/a"), "text").unwrap();
    let object = place.storage.get(&key("a")).await.unwrap().unwrap();
    assert_eq!(object.content_type, "application/octet-stream");
    assert_eq!(object.bytes().await.unwrap(), "text");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut configuration = Configuration::default();
    configuration.storage.folder = Some(file.join("objects"));
    let refused = storage::objects(
        &configuration,
        Client::builder(),
        &"https://charter.example".parse().unwrap(),
        &ServerKey::generate(&SystemRandom).into(),
        Arc::new(SystemClock),
    );
    let refused = refused.err().unwrap().to_string();
    assert!(refused.starts_with("storage.folder: "), "{refused}");
    assert!(refused.contains(file.to_str().unwrap()), "{refused}");
}
