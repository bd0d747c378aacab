//! Where the links in mails to single persons lead when `public_url` is this
//! server, `/confirm`, `/reset` and `/sign`, and where browsers go on to after single
//! sign-on, `/signin`.
//!
//! A link in a mail is opened by mail filters as well as by people, so opening it
//! must change nothing. Each page has a button that calls the operation. An
//! installation with a front end sets `public_url` to that, and serves them
//! itself.

use charter_contract::{Problem, kind};
use poem::http::HeaderValue;
use poem::http::header::CONTENT_SECURITY_POLICY;
use poem::{Request, Response, Result};

use crate::content::Content;
use crate::resource::Read;

/// What a page may do: load its own script and style, and call this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Every file, by its path.
const FILES: [(&str, &str, &str); 9] = [
    (
        "/confirm",
        "text/html; charset=utf-8",
        include_str!("link_pages/confirm.html"),
    ),
    (
        "/reset",
        "text/html; charset=utf-8",
        include_str!("link_pages/reset.html"),
    ),
    (
        "/signin",
        "text/html; charset=utf-8",
        include_str!("link_pages/signin.html"),
    ),
    (
        "/sign",
        "text/html; charset=utf-8",
        include_str!("link_pages/sign.html"),
    ),
    (
        "/sign.js",
        "text/javascript; charset=utf-8",
        include_str!("link_pages/sign.js"),
    ),
    (
        "/page.js",
        "text/javascript; charset=utf-8",
        include_str!("link_pages/page.js"),
    ),
    (
        "/signin.js",
        "text/javascript; charset=utf-8",
        include_str!("link_pages/signin.js"),
    ),
    (
        "/link.js",
        "text/javascript; charset=utf-8",
        include_str!("link_pages/link.js"),
    ),
    (
        "/link.css",
        "text/css; charset=utf-8",
        include_str!("link_pages/link.css"),
    ),
];

/// The pages and what they load.
#[derive(Clone, Copy, Debug)]
pub struct LinkPages;

impl LinkPages {
    /// Where they are.
    pub fn paths() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(path, ..)| *path)
    }
}

impl Read for LinkPages {
    async fn read(&self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        let Some((_, media_type, text)) = FILES.iter().find(|(known, ..)| *known == path) else {
            return Err(Problem::new(&kind::NOT_FOUND, "There is no such page.").into());
        };
        let mut response = Content::new(media_type, *text).respond(request.headers());
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        Ok(response)
    }
}
