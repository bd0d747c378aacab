//! Objects in S3, or in what speaks like it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use charter_persistence::{Object, ObjectKey, ObjectStorage, ObjectStorageError};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{
    Attribute, Attributes, Error, ObjectStore as _, ObjectStoreExt as _, PutOptions, RetryConfig,
};
use poem::http::Method;
use reqwest::ClientBuilder;
use url::Url;

use super::connector::Connector;
use super::{attachment, failed, object, path};
use crate::command::Failure;
use crate::configuration::{RequiredS3, S3};

/// How often something is tried again, and until when. A request that waits for it
/// has 30 seconds.
const RETRIES: usize = 2;
const RETRIES_WITHIN: Duration = Duration::from_secs(10);

/// What S3 says of an object whose content type nobody has said.
const BYTES: &str = "binary/octet-stream";

/// Keeps objects in a bucket, which gives them out itself.
///
/// It has no `Debug`: the secret key is in it.
pub struct S3Storage {
    bucket: AmazonS3,
}

impl S3Storage {
    /// In the configured bucket. No connection is made yet; `client` brings what has
    /// been decided about proxies.
    pub fn new(settings: &S3, client: ClientBuilder) -> Result<Self, Failure> {
        let RequiredS3 {
            bucket,
            region,
            access_key_id,
            secret_access_key,
        } = settings.required()?;
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(Connector::new(client, settings.allow_http)?)
            .with_bucket_name(bucket)
            .with_region(region)
            .with_access_key_id(access_key_id)
            .with_secret_access_key(secret_access_key.expose())
            .with_virtual_hosted_style_request(!settings.path_style)
            // Not all that speaks like S3 deletes several objects at once.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig {
                max_retries: RETRIES,
                retry_timeout: RETRIES_WITHIN,
                ..RetryConfig::default()
            });
        if let Some(address) = settings.address()? {
            builder = builder.with_endpoint(address.as_str().trim_end_matches('/'));
        }
        let bucket = builder
            .build()
            .map_err(|error| format!("storage.s3: {error}"))?;
        Ok(Self { bucket })
    }
}

#[async_trait]
impl ObjectStorage for S3Storage {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<(), ObjectStorageError> {
        let attributes = Attributes::from_iter([(Attribute::ContentType, content_type.to_owned())]);
        let options = PutOptions::from(attributes);
        match self
            .bucket
            .put_opts(&path(key)?, bytes.into(), options)
            .await
        {
            Ok(_) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectStorageError> {
        let found = match self.bucket.get(&path(key)?).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let content_type = found
            .attributes
            .get(&Attribute::ContentType)
            .map_or(BYTES, |content_type| content_type.as_ref())
            .to_owned();
        Ok(Some(object(found, content_type)))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStorageError> {
        match self.bucket.delete(&path(key)?).await {
            // S3 does not say that there was none; others do.
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn presign(
        &self,
        key: &ObjectKey,
        file_name: &str,
        lifetime: Duration,
    ) -> Result<Url, ObjectStorageError> {
        let options = SignedUrlOptions::new().with_query([
            ("response-content-disposition", attachment(file_name)),
            ("response-cache-control", "private, no-store".to_owned()),
        ]);
        self.bucket
            .signed_url_opts(Method::GET, &path(key)?, lifetime, &options)
            .await
            .map_err(|error| failed(&error))
    }
}
