//! Objects in a folder, which this server gives out itself.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use charter_contract::Clock;
use charter_persistence::{
    Object, ObjectKey, ObjectLink, ObjectStorage, ObjectStorageError, ServerKeys,
};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, GetResult, ObjectStoreExt as _};
use url::Url;

use super::{failed, object, path};
use crate::command::Failure;

/// What an object is of which we do not know more.
const BYTES: &str = "application/octet-stream";

/// Keeps each object in a file that is named as its key, and its content type in one
/// beside it: not every file system has room for attributes. [`crate::objects`] gives
/// them out.
pub struct LocalStorage {
    files: LocalFileSystem,
    public_url: Url,
    server_keys: ServerKeys,
    clock: Arc<dyn Clock>,
}

impl LocalStorage {
    /// In `folder`, which is made if it is not there, for its owner alone. Links begin
    /// with `public_url`.
    pub fn new(
        folder: &std::path::Path,
        public_url: Url,
        server_keys: ServerKeys,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| format!("storage.folder: {}: {error}", folder.display()))?;
        let files = LocalFileSystem::new_with_prefix(folder)
            .map_err(|error| format!("storage.folder: {error}"))?
            .with_automatic_cleanup(true)
            .with_fsync(true);
        Ok(Self {
            files,
            public_url,
            server_keys,
            clock,
        })
    }

    async fn find(&self, path: &Path) -> Result<Option<GetResult>, ObjectStorageError> {
        match self.files.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn remove(&self, path: &Path) -> Result<(), ObjectStorageError> {
        match self.files.delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// Where the content type of an object is. No key has a plus sign.
fn beside(key: &ObjectKey) -> Result<Path, ObjectStorageError> {
    Path::parse(format!("{key}+type")).map_err(|error| failed(&error))
}

#[async_trait]
impl ObjectStorage for LocalStorage {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<(), ObjectStorageError> {
        // The object comes last: whoever finds it finds its type.
        for (path, bytes) in [
            (
                beside(key)?,
                Bytes::copy_from_slice(content_type.as_bytes()),
            ),
            (path(key)?, bytes),
        ] {
            let put = self.files.put(&path, bytes.into()).await;
            put.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectStorageError> {
        let Some(found) = self.find(&path(key)?).await? else {
            return Ok(None);
        };
        let content_type = match self.find(&beside(key)?).await? {
            Some(found) => {
                let bytes = found.bytes().await.map_err(|error| failed(&error))?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
            None => BYTES.to_owned(),
        };
        Ok(Some(object(found, content_type)))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStorageError> {
        self.remove(&path(key)?).await?;
        self.remove(&beside(key)?).await
    }

    async fn presign(
        &self,
        key: &ObjectKey,
        file_name: &str,
        lifetime: Duration,
    ) -> Result<Url, ObjectStorageError> {
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let now = self.clock.now().date_time().timestamp();
        let link = ObjectLink {
            key: key.clone(),
            file_name: file_name.to_owned(),
            expires: now.saturating_add(lifetime),
        };
        Ok(link.sign(&self.public_url, &self.server_keys))
    }
}
