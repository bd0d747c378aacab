//! Things that can only be read: pages, documents, probes.

use std::future::Future;

use charter_contract::{Problem, kind};
use http_body::Body as _;
use poem::http::header::{ALLOW, CONTENT_LENGTH};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Body, Endpoint, Request, Response, Result};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// Something that can be read.
pub trait Read: Send + Sync {
    /// The answer to GET.
    fn read(&self, request: Request) -> impl Future<Output = Result<Response>> + Send;
}

/// Serves GET and HEAD by reading, answers OPTIONS, refuses the rest.
pub struct Resource<R>(pub R);

impl<R: Read> Endpoint for Resource<R> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let method = request.method();
        if *method == Method::GET {
            self.0.read(request).await
        } else if *method == Method::HEAD {
            self.0.read(request).await.map(without_body)
        } else if *method == Method::OPTIONS {
            Ok(Response::builder()
                .status(StatusCode::NO_CONTENT)
                .header(ALLOW, METHODS)
                .finish())
        } else {
            Err(Problem::new(
                &kind::METHOD_NOT_ALLOWED,
                format!("There is no {method} here."),
            )
            .with_header(ALLOW, METHODS)
            .into())
        }
    }
}

/// The answer to HEAD: what GET would say, without saying it.
fn without_body(response: Response) -> Response {
    let mut response: poem::http::Response<_> = response.into();
    if let Some(length) = response.body().size_hint().exact() {
        response
            .headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    let (parts, _) = response.into_parts();
    let mut empty = Response::from(Body::empty());
    empty.set_status(parts.status);
    *empty.headers_mut() = parts.headers;
    *empty.extensions_mut() = parts.extensions;
    empty
}
