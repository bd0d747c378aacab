//! The served documents: `/openapi/<document>.json` and `.yaml`, and for older
//! generators `/openapi/3.0/<document>.json`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use charter_contract::{Problem, kind};
use poem::{Request, Response, Result};

use crate::content::Content;
use crate::documents::{self, Document};
use crate::resource::Read;

/// The media type of OpenAPI documents would be `application/openapi+json`, but
/// browsers and generators know these.
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

/// The documents by their path. They are put together when somebody first asks
/// for one: most servers are never asked.
pub struct Documents {
    files: LazyLock<BTreeMap<String, Content>>,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            files: LazyLock::new(files),
        }
    }
}

/// All forms of all documents.
fn files() -> BTreeMap<String, Content> {
    let mut files = BTreeMap::new();
    for document in documents::all() {
        let Document {
            name,
            json,
            yaml,
            json_3_0,
        } = document;
        let mut add = |path, media_type, text: Cow<'static, str>| {
            let bytes = match text {
                Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
                Cow::Owned(text) => Bytes::from(text),
            };
            files.insert(path, Content::new(media_type, bytes));
        };
        add(format!("/openapi/{name}.json"), JSON, json);
        add(format!("/openapi/{name}.yaml"), YAML, yaml);
        add(format!("/openapi/3.0/{name}.json"), JSON, json_3_0);
    }
    files
}

impl Read for Documents {
    async fn read(&self, request: Request) -> Result<Response> {
        match self.files.get(request.uri().path()) {
            Some(content) => Ok(content.respond(request.headers())),
            None => Err(Problem::new(&kind::NOT_FOUND, "There is no such document.").into()),
        }
    }
}
