//! What the storage says of itself.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use charter_persistence::ObjectStorage as _;
use charter_server::configuration::{S3, Secret};
use tracing_subscriber::fmt::MakeWriter;

use crate::bucket::{self, Bucket, SECRET};
use crate::{MINUTE, PDF, Place as _, key};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// At `trace`, whatever happens: all that is done well, a refused signature, and a
/// server that is not there.
#[tokio::test]
async fn the_secret_key_is_not_in_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let bucket = Bucket::start().await;
    let (key, storage) = (key("legal/1.pdf"), bucket.storage());
    storage.put(&key, "%PDF".into(), PDF).await.unwrap();
    storage
        .get(&key)
        .await
        .unwrap()
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let url = storage.presign(&key, "1.pdf", MINUTE).await.unwrap();
    storage.delete(&key).await.unwrap();

    let wrong = S3 {
        region: Some("us-east-1".to_owned()),
        secret_access_key: Some(Secret::new(format!("{SECRET}-wrong"))),
        ..bucket.settings.clone()
    };
    let refused = bucket::storage(&wrong).get(&key).await.unwrap_err();
    let nowhere = S3 {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        ..bucket.settings.clone()
    };
    let gone = bucket::storage(&nowhere).get(&key).await.unwrap_err();
    tracing::info!(?wrong, ?nowhere, %refused, %gone, ?refused, ?gone, %url, "all of it");

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // What is looked through is not empty: connections, requests, and the settings.
    for word in [
        "127.0.0.1",
        "hyper",
        "SignatureDoesNotMatch",
        "secret_access_key: Some([hidden])",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    // The first part is in no address by another spelling either.
    assert!(!text.contains("hunter2"), "{text}");
}
