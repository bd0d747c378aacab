//! Signing services and storages that fail, and processes that end, where a test wants it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use charter_contract::{Uuid, async_trait};
use charter_loopback::{API_KEY, PandaDocServer};
use charter_persistence::{
    Envelope, EnvelopeState, Object, ObjectKey, ObjectStorage, ObjectStorageError, SignedBy,
    SigningError, SigningOptions, SigningProvider, Submission, Voiding,
};
use charter_server::configuration::{self, Secret};
use charter_server::pandadoc::PandaDoc;
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::Client;
use tokio::sync::Notify;
use url::Url;

/// The adapter that the service uses, on the PandaDoc of this machine.
pub fn pandadoc(server: &PandaDocServer) -> Arc<dyn SigningProvider> {
    let settings = configuration::PandaDoc {
        api_key: Some(Secret::new(API_KEY)),
        url: server.url(),
        ..configuration::PandaDoc::default()
    };
    Arc::new(PandaDoc::new(&settings, Client::builder()).unwrap())
}

/// New documents are signed by this service.
pub fn signed_by(service: Arc<dyn SigningProvider>) -> SigningOptions {
    SigningOptions {
        provider: SignedBy::PandaDoc,
        pandadoc: Some(service),
        ..SigningOptions::default()
    }
}

/// The end of a process between two arrows: in front of a call of a port, or behind one
/// that was made and whose answer nobody hears.
#[derive(Default)]
pub struct Crash {
    passed: AtomicUsize,
    at: AtomicUsize,
    crashed: Notify,
}

impl Crash {
    /// At the point number `at`, from 1; each call has two.
    pub fn at(at: usize) -> Arc<Self> {
        let crash = Self::default();
        crash.at.store(at, Ordering::SeqCst);
        Arc::new(crash)
    }

    /// Whether the process was ended, or did what it was to do.
    pub async fn ends<T>(&self, work: impl Future<Output = T>) -> bool {
        tokio::select! {
            biased;
            () = self.crashed.notified() => true,
            _ = work => false,
        }
    }

    async fn around<T>(&self, call: impl Future<Output = T>) -> T {
        self.pass().await;
        let answer = call.await;
        self.pass().await;
        answer
    }

    async fn pass(&self) {
        let number = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.at.load(Ordering::SeqCst) {
            self.crashed.notify_one();
            // Nothing of this process happens any more.
            std::future::pending::<()>().await;
        }
    }
}

/// A service that is reached by a process that ends.
pub struct CrashingSigner(pub Arc<dyn SigningProvider>, pub Arc<Crash>);

#[async_trait]
impl SigningProvider for CrashingSigner {
    fn signature_block(&self) -> charter_agreement::SignatureBlock {
        self.0.signature_block()
    }

    async fn submit(&self, envelope: &Envelope) -> Result<Submission, SigningError> {
        self.1.around(self.0.submit(envelope)).await
    }

    async fn state(&self, envelope_id: &str) -> Result<EnvelopeState, SigningError> {
        self.1.around(self.0.state(envelope_id)).await
    }

    async fn void(
        &self,
        document: Uuid,
        envelope_id: Option<&str>,
    ) -> Result<Voiding, SigningError> {
        self.1.around(self.0.void(document, envelope_id)).await
    }

    async fn signed_pdf(&self, envelope_id: &str) -> Result<Option<Bytes>, SigningError> {
        self.1.around(self.0.signed_pdf(envelope_id)).await
    }
}

/// Objects that outlive the process.
#[derive(Clone, Default)]
pub struct Objects(Arc<Mutex<BTreeMap<String, Bytes>>>);

impl Objects {
    /// Their keys.
    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    /// What is kept under a key.
    pub fn get(&self, key: &str) -> Option<Bytes> {
        self.0.lock().unwrap().get(key).cloned()
    }

    /// The same as a port.
    pub fn port(&self) -> Arc<dyn ObjectStorage> {
        self.reached_by(&Arc::default())
    }

    /// The same as the port of a process that ends.
    pub fn reached_by(&self, crash: &Arc<Crash>) -> Arc<dyn ObjectStorage> {
        Arc::new(Reached(self.clone(), crash.clone()))
    }
}

struct Reached(Objects, Arc<Crash>);

#[async_trait]
impl ObjectStorage for Reached {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, _: &str) -> Result<(), ObjectStorageError> {
        let Self(Objects(kept), crash) = self;
        let put = async {
            kept.lock().unwrap().insert(key.to_string(), bytes);
        };
        crash.around(put).await;
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectStorageError> {
        let Self(objects, crash) = self;
        let found = crash.around(async { objects.get(key.as_str()) }).await;
        Ok(found.map(|bytes| Object {
            content_type: "application/pdf".to_owned(),
            length: u64::try_from(bytes.len()).unwrap(),
            content: stream::once(async { Ok(bytes) }).boxed(),
        }))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStorageError> {
        let Self(Objects(kept), crash) = self;
        let delete = async {
            kept.lock().unwrap().remove(key.as_str());
        };
        crash.around(delete).await;
        Ok(())
    }

    async fn presign(
        &self,
        key: &ObjectKey,
        file_name: &str,
        _: std::time::Duration,
    ) -> Result<Url, ObjectStorageError> {
        let mut url: Url = format!("https://objects.example/{key}").parse().unwrap();
        url.query_pairs_mut().append_pair("file_name", file_name);
        Ok(url)
    }
}
