//! What the `type` of a problem leads to: `/problems/<slug>`, one page for each
//! kind, and `/problems`, the list. Browsers get HTML, programs JSON.

use charter_contract::{Problem, ProblemKind, kind};
use poem::http::HeaderMap;
use poem::http::HeaderValue;
use poem::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, VARY};
use poem::{Request, Response, Result};
use serde_json::{Value, json};

use crate::content::Content;
use crate::resource::Read;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;\
                     padding:0 1rem;color:#1c2430;background:#fff}code{font-size:.95em}\
                     dt{font-weight:600;margin-top:1rem}dd{margin:0}a{color:#0b57a4}\
                     @media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}\
                     a{color:#8ab8f0}}";

/// The pages about problems.
#[derive(Clone, Copy, Debug, Default)]
pub struct Problems;

impl Read for Problems {
    async fn read(&self, request: Request) -> Result<Response> {
        let html = prefers_html(request.headers());
        let slug = request
            .uri()
            .path()
            .trim_start_matches("/problems")
            .trim_start_matches('/');
        let content = if slug.is_empty() {
            if html {
                page("Problems", &list_html())
            } else {
                let kinds: Vec<_> = kind::ALL.iter().map(|kind| kind_json(kind)).collect();
                Content::new("application/json", json!({ "problems": kinds }).to_string())
            }
        } else {
            let Some(kind) = kind::ALL.iter().find(|kind| kind.slug == slug) else {
                return Err(
                    Problem::new(&kind::NOT_FOUND, "There is no problem of this name.").into(),
                );
            };
            if html {
                page(kind.title, &kind_html(kind))
            } else {
                Content::new("application/json", kind_json(kind).to_string())
            }
        };
        let mut response = content.respond(request.headers());
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("accept"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        Ok(response)
    }
}

/// Browsers name `text/html`; programs ask for JSON or anything.
fn prefers_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("text/html"))
}

fn kind_json(kind: &ProblemKind) -> Value {
    let ProblemKind {
        slug,
        title,
        status,
        description,
    } = kind;
    json!({
        "type": format!("/problems/{slug}"),
        "title": title,
        "status": status,
        "description": description,
    })
}

fn kind_html(kind: &ProblemKind) -> String {
    format!(
        "<p>Status <code>{}</code>, type <code>/problems/{}</code></p>\n<p>{}</p>\n\
         <p>The member <code>request_id</code> of the problem ties it to the log of the \
         server.</p>\n<p><a href=\"/problems\">All problems</a></p>",
        kind.status,
        kind.slug,
        escape(kind.description)
    )
}

fn list_html() -> String {
    let mut text = String::from("<dl>\n");
    for kind in kind::ALL {
        text.push_str(&format!(
            "<dt><a href=\"/problems/{}\">{}</a> <code>{}</code></dt>\n<dd>{}</dd>\n",
            kind.slug,
            escape(kind.title),
            kind.status,
            escape(kind.description)
        ));
    }
    text.push_str("</dl>");
    text
}

fn page(title: &str, body: &str) -> Content {
    let title = escape(title);
    Content::new(
        "text/html; charset=utf-8",
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n<h1>{title}</h1>\n{body}\n</html>\n"
        ),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
