//! Fixed content: bytes that do not change while the server runs.

use std::fmt::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use poem::http::{HeaderMap, HeaderValue, StatusCode};
use poem::{Request, Response, Result};
use sha2::{Digest, Sha256};

use crate::resource::Read;

/// Fixed content with its entity tag, which is made when somebody first asks for
/// the content: until then it stays out of memory. The tag is weak because the
/// same content also goes out compressed.
#[derive(Clone, Debug)]
pub struct Content {
    bytes: Bytes,
    media_type: HeaderValue,
    tag: OnceLock<HeaderValue>,
}

impl Content {
    /// Content of a media type.
    pub fn new(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            media_type: HeaderValue::from_static(media_type),
            tag: OnceLock::new(),
        }
    }

    fn tag(&self) -> &HeaderValue {
        self.tag.get_or_init(|| {
            let mut tag = String::from("W/\"");
            for byte in Sha256::digest(&self.bytes).iter().take(16) {
                // Writing to a String cannot fail.
                let _ = write!(tag, "{byte:02x}");
            }
            tag.push('"');
            HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"0\""))
        })
    }

    /// The answer, or 304 when the client has it already. Clients may keep it
    /// and ask each time whether it still holds: a new release changes it.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let response = Response::builder()
            .header(ETAG, self.tag().clone())
            .header(CACHE_CONTROL, "no-cache");
        if self.is_known_to(request) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        response
            .header(CONTENT_TYPE, self.media_type.clone())
            .body(self.bytes.clone())
    }

    fn is_known_to(&self, request: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let own = self.tag().to_str().map(opaque).unwrap_or_default();
        request
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim() == "*" || opaque(tag) == own)
    }
}

impl Read for Content {
    async fn read(&self, request: Request) -> Result<Response> {
        Ok(self.respond(request.headers()))
    }
}
