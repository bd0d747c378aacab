//! The port to where whole files are kept, beside the database.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use url::Url;

/// The name of an object: segments of `a-z`, `0-9`, `.`, `_` and `-` between
/// slashes, none of them empty, `.` or `..`. We make the keys ourselves, so one
/// that looks otherwise is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

/// Why a text is no key of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnObjectKey;

impl fmt::Display for NotAnObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "the key of an object is segments of a-z, 0-9, `.`, `_` and `-` between slashes",
        )
    }
}

impl std::error::Error for NotAnObjectKey {}

impl ObjectKey {
    /// A key from its text.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: impl Into<String>) -> Result<Self, NotAnObjectKey> {
        let text = text.into();
        let known = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        let is_key = text
            .split('/')
            .all(|segment| !matches!(segment, "" | "." | "..") && segment.bytes().all(known));
        if is_key {
            Ok(Self(text))
        } else {
            Err(NotAnObjectKey)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An object on its way out.
pub struct Object {
    /// What it was put with.
    pub content_type: String,
    /// Its length in bytes.
    pub length: u64,
    /// Its bytes, read as they are asked for.
    pub content: BoxStream<'static, Result<Bytes, ObjectStorageError>>,
}

impl Object {
    /// All its bytes.
    ///
    /// # Errors
    /// When the storage does not give them all.
    pub async fn bytes(self) -> Result<Bytes, ObjectStorageError> {
        let mut bytes = BytesMut::new();
        let mut content = self.content;
        while let Some(part) = content.try_next().await? {
            bytes.extend_from_slice(&part);
        }
        Ok(bytes.freeze())
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Object")
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// The storage did not do what it was asked to; it may do it later. The reason is
/// for the log alone: it may name folders and hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectStorageError(String);

impl ObjectStorageError {
    /// For a reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for ObjectStorageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "object storage: {}", self.0)
    }
}

impl std::error::Error for ObjectStorageError {}

/// Keeps objects.
#[async_trait]
pub trait ObjectStorage: Send + Sync {
    /// Keeps `bytes` under `key`, in place of what was there. Returns once they
    /// would survive a crash.
    ///
    /// # Errors
    /// When they are not kept; what was there before is there still.
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<(), ObjectStorageError>;

    /// The object under `key`; `None` when there is none.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectStorageError>;

    /// Forgets the object under `key`. That there is none is fine.
    ///
    /// # Errors
    /// When it may be there still.
    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStorageError>;

    /// An address from which whoever has it can download the object under `key` for
    /// `lifetime`, in whole seconds, as a file that is named `file_name`. It is made
    /// whether or not there is an object.
    ///
    /// # Errors
    /// When it cannot be signed.
    async fn presign(
        &self,
        key: &ObjectKey,
        file_name: &str,
        lifetime: Duration,
    ) -> Result<Url, ObjectStorageError>;
}

/// No storage, for a store that keeps no objects: it has none and takes none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObjectStorage;

impl NoObjectStorage {
    fn refusal() -> ObjectStorageError {
        ObjectStorageError::new("there is none")
    }
}

#[async_trait]
impl ObjectStorage for NoObjectStorage {
    async fn put(&self, _: &ObjectKey, _: Bytes, _: &str) -> Result<(), ObjectStorageError> {
        Err(Self::refusal())
    }

    async fn get(&self, _: &ObjectKey) -> Result<Option<Object>, ObjectStorageError> {
        Ok(None)
    }

    async fn delete(&self, _: &ObjectKey) -> Result<(), ObjectStorageError> {
        Ok(())
    }

    async fn presign(
        &self,
        _: &ObjectKey,
        _: &str,
        _: Duration,
    ) -> Result<Url, ObjectStorageError> {
        Err(Self::refusal())
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAnObjectKey, ObjectKey};

    #[test]
    fn keys_are_those_that_we_make() {
        for key in [
            "a",
            "legal/org_01/doc-2/3.pdf",
            "a..b/..c/d../...",
            "-/_/.a",
        ] {
            assert_eq!(ObjectKey::parse(key).unwrap().as_str(), key);
        }
        for text in [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "../a", "a/..", "A", "a b",
            "a\0", "a\n", "%2e%2e/a", "a%2fb", "a\\b", "a#1", "a?b", "\u{e4}", "a:b", "~a",
        ] {
            assert_eq!(ObjectKey::parse(text), Err(NotAnObjectKey), "{text:?}");
        }
    }
}
