//! Where the links in invite mails lead when `public_url` is this server.
//!
//! Charter has no pages for people beside its documentation, so the link leads
//! on to the public preview of the invite. An installation with a front end
//! sets `public_url` to that, and serves `/invite` itself.

use poem::http::header::{InvalidHeaderValue, LOCATION};
use poem::http::{HeaderValue, StatusCode};
use poem::{Request, Response, Result};

use charter_contract::{Problem, kind};

use crate::resource::Read;

const PREVIEW: &str = "/v1/organisations/invites/preview";

/// `/invite?token=...`.
#[derive(Clone, Copy, Debug)]
pub struct InviteLink;

impl Read for InviteLink {
    async fn read(&self, request: Request) -> Result<Response> {
        let preview = preview(request.uri().query())
            .map_err(|_| Problem::new(&kind::BAD_REQUEST, "The link is not complete."))?;
        Ok(Response::builder()
            .status(StatusCode::TEMPORARY_REDIRECT)
            .header(LOCATION, preview)
            .finish())
    }
}

/// The preview with the same query, which it checks itself.
fn preview(query: Option<&str>) -> Result<HeaderValue, InvalidHeaderValue> {
    match query {
        Some(query) => HeaderValue::try_from(format!("{PREVIEW}?{query}")),
        None => Ok(HeaderValue::from_static(PREVIEW)),
    }
}
