//! The documentation page: Swagger UI at `/docs/`, from files inside the
//! binary. It loads nothing from elsewhere.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use charter_contract::{Problem, kind};
use poem::http::StatusCode;
use poem::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use poem::{Request, Response, Result};
use utoipa_swagger_ui::{Config, Url};

use crate::command::Failure;
use crate::content::Content;
use crate::documents;
use crate::resource::Read;

/// What the page may do: load its own scripts, styles and pictures, and call
/// this server. Swagger UI writes style attributes, hence `unsafe-inline` for
/// styles, and draws icons from `data:` addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Every file that the page asks for, with its media type.
const FILES: [(&str, &str); 8] = [
    ("index.html", "text/html; charset=utf-8"),
    ("index.css", "text/css; charset=utf-8"),
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    (
        "swagger-ui-standalone-preset.js",
        "text/javascript; charset=utf-8",
    ),
    ("swagger-initializer.js", "text/javascript; charset=utf-8"),
    ("favicon-16x16.png", "image/png"),
    ("favicon-32x32.png", "image/png"),
];

/// Files of the page, by their path below `/docs/`.
pub struct Docs {
    files: BTreeMap<&'static str, Content>,
}

impl Docs {
    /// The page about all documents; it opens with the first.
    pub fn new() -> Result<Self, Failure> {
        let urls = documents::listed()
            .enumerate()
            .map(|(position, (title, address))| Url::with_primary(title, address, position == 0));
        let config = Arc::new(
            Config::new(urls)
                .display_operation_id(true)
                .display_request_duration(true)
                .doc_expansion("list")
                .filter(true)
                .persist_authorization(true)
                // Otherwise the page sends the document to a validator elsewhere.
                .validator_url("none"),
        );
        let mut files = BTreeMap::new();
        for (name, media_type) in FILES {
            let file = utoipa_swagger_ui::serve(name, config.clone())
                .map_err(|error| format!("the documentation page: {error}"))?
                .ok_or_else(|| format!("the documentation page lacks its file {name}"))?;
            // What the binary has is not copied.
            let mut bytes = match file.bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            if name == "index.html" {
                let page = std::str::from_utf8(&bytes)?;
                bytes = page
                    .replace("<title>Swagger UI</title>", "<title>Charter API</title>")
                    .into();
            }
            files.insert(name, Content::new(media_type, bytes));
        }
        Ok(Self { files })
    }
}

impl Read for Docs {
    async fn read(&self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        // The page names its files relative to a folder, so the slash matters.
        let Some(name) = path.strip_prefix("/docs/") else {
            let status = match path {
                "/docs" => StatusCode::PERMANENT_REDIRECT,
                _ => StatusCode::TEMPORARY_REDIRECT,
            };
            return Ok(Response::builder()
                .status(status)
                .header(LOCATION, "/docs/")
                .finish());
        };
        let name = if name.is_empty() { "index.html" } else { name };
        let Some(content) = self.files.get(name) else {
            return Err(Problem::new(&kind::NOT_FOUND, "The page has no such file.").into());
        };
        let mut response = content.respond(request.headers());
        response.headers_mut().insert(
            CONTENT_SECURITY_POLICY,
            poem::http::HeaderValue::from_static(POLICY),
        );
        Ok(response)
    }
}
