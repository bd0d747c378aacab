//! Objects that are kept in a folder, for whoever has a link to one:
//! `/objects/<key>?file_name=...&expires=...&signature=...`.
//!
//! S3 gives its objects out itself.

use std::io;

use charter_persistence::{ObjectLink, Store};
use futures_util::TryStreamExt as _;
use poem::http::HeaderValue;
use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH};
use poem::{Body, Request, Response, Result};

use crate::resource::Read;
use crate::storage::attachment;

/// The objects of a store.
#[derive(Clone)]
pub struct Objects(pub Store);

impl Objects {
    /// Where they are.
    pub fn path() -> String {
        format!("{}*key", ObjectLink::PATH)
    }
}

impl Read for Objects {
    async fn read(&self, request: Request) -> Result<Response> {
        let uri = request.uri();
        let query = uri.query().unwrap_or_default();
        let (link, object) = self.0.linked_object(uri.path(), query).await?;
        let content = object.content.map_err(|error| {
            tracing::warn!(%error, "an object was not sent to its end");
            io::Error::other(error)
        });
        Ok(Response::builder()
            .content_type(object.content_type)
            .header(CONTENT_LENGTH, object.length)
            .header(CONTENT_DISPOSITION, attachment(&link.file_name))
            .header(CACHE_CONTROL, HeaderValue::from_static("private, no-store"))
            .body(Body::from_bytes_stream(content)))
    }
}
