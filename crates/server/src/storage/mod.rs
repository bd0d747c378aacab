//! Where objects are kept: in a folder, or in S3.

mod connector;
mod disposition;
mod local;
mod s3;

use std::path::PathBuf;
use std::sync::Arc;

use charter_contract::Clock;
use charter_persistence::{
    Location, Object, ObjectKey, ObjectStorage, ObjectStorageError, ServerKeys,
};
use futures_util::StreamExt as _;
use object_store::GetResult;
use object_store::path::Path;
use reqwest::ClientBuilder;
use url::Url;

pub use disposition::attachment;
pub use local::LocalStorage;
pub use s3::S3Storage;

use crate::command::Failure;
use crate::configuration::{Configuration, StorageKind};

/// The configured storage. S3 is not asked for anything yet; `client` brings what has
/// been decided about proxies.
pub fn objects(
    configuration: &Configuration,
    client: ClientBuilder,
    public_url: &Url,
    server_keys: &ServerKeys,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn ObjectStorage>, Failure> {
    match configuration.storage.kind {
        StorageKind::Local => Ok(Arc::new(LocalStorage::new(
            &folder(configuration)?,
            public_url.clone(),
            server_keys.clone(),
            clock,
        )?)),
        StorageKind::S3 => Ok(Arc::new(S3Storage::new(&configuration.storage.s3, client)?)),
    }
}

/// The folder that is configured, or else `objects`: beside a SQLite database,
/// otherwise in the current folder.
fn folder(configuration: &Configuration) -> Result<PathBuf, Failure> {
    if let Some(folder) = &configuration.storage.folder {
        return Ok(folder.clone());
    }
    Ok(match Location::of(configuration.database.expose())? {
        Location::Sqlite(database) => database.with_file_name("objects"),
        Location::Postgres(_) => PathBuf::from("objects"),
    })
}

fn path(key: &ObjectKey) -> Result<Path, ObjectStorageError> {
    Path::parse(key.as_str()).map_err(|error| failed(&error))
}

fn object(found: GetResult, content_type: String) -> Object {
    Object {
        content_type,
        length: found.meta.size,
        content: found
            .into_stream()
            .map(|part| part.map_err(|error| failed(&error)))
            .boxed(),
    }
}

/// The error with what has caused it.
fn failed(error: &dyn std::error::Error) -> ObjectStorageError {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Most errors of `object_store` repeat what has caused them.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    ObjectStorageError::new(text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::folder;
    use crate::configuration::{Configuration, Secret, Storage};

    #[test]
    fn objects_are_beside_the_database() {
        let of = |database: &str, configured: Option<&str>| {
            folder(&Configuration {
                database: Secret::new(database),
                storage: Storage {
                    folder: configured.map(Into::into),
                    ..Storage::default()
                },
                ..Configuration::default()
            })
            .unwrap()
        };
        for (database, configured, expected) in [
            ("sqlite:///var/lib/charter.db", None, "/var/lib/objects"),
            ("sqlite://charter.db?mode=rwc", None, "objects"),
            ("postgres://h/d", None, "objects"),
            ("postgres://h/d", Some("/srv/files"), "/srv/files"),
            ("sqlite:///var/lib/charter.db", Some("files"), "files"),
        ] {
            assert_eq!(of(database, configured), Path::new(expected), "{database}");
        }
    }
}
