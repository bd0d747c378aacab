//! Keys that are no secrets: they are here for everybody to read.

use std::path::{Path, PathBuf};

/// The key of the identity provider.
pub const PROVIDER_KEY: &str = include_str!("../keys/provider.key.pem");

/// Its certificate.
pub const PROVIDER: &str = include_str!("../keys/provider.pem");

/// The key of somebody whom nobody knows.
pub const STRANGER_KEY: &str = include_str!("../keys/stranger.key.pem");

/// Their certificate.
pub const STRANGER: &str = include_str!("../keys/stranger.pem");

/// The key of the service provider.
pub const SERVICE_KEY: &str = include_str!("../keys/service.key.pem");

/// Its certificate.
pub const SERVICE: &str = include_str!("../keys/service.pem");

/// The folder of all keys, for programs that read files.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("keys")
}
