//! Opaque cursors of keyset pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::BadRequest;
use crate::violation::{Location, Violation};

/// The cursor after a row with this key.
#[must_use]
pub fn cursor<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// The key in a cursor that an earlier page gave.
///
/// # Errors
/// When the text is no cursor of this list.
pub fn key<K: DeserializeOwned>(cursor: &str) -> Result<K, BadRequest> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| {
            BadRequest::violations(vec![Violation {
                location: Location::Query,
                parameter: Some("cursor".to_owned()),
                pointer: None,
                keyword: "format",
                detail: "is no cursor of this list".to_owned(),
            }])
        })
}
