//! Compression of answers.
//!
//! Gzip only: every client speaks it, and it needs no C. Requests are not
//! decompressed, so the body limit counts the bytes that arrive.

use async_compression::tokio::bufread::GzipEncoder;
use http_body::Body as _;
use poem::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY,
};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::io::BufReader;

/// Below this many bytes the headers of gzip cost more than it saves.
const WORTH_IT: u64 = 1024;

/// Compresses answers for clients that accept gzip.
#[derive(Clone, Copy, Debug)]
pub struct Compression;

impl<E: Endpoint> Middleware<E> for Compression {
    type Output = CompressionEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CompressionEndpoint { inner }
    }
}

/// See [`Compression`].
pub struct CompressionEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for CompressionEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let wanted = *request.method() != Method::HEAD && accepts_gzip(request.headers());
        let mut response = self.inner.call(request).await?.into_response();
        if !may_be_compressed(&response) {
            return Ok(response);
        }
        response
            .headers_mut()
            .append(VARY, HeaderValue::from_static("accept-encoding"));
        if !wanted {
            return Ok(response);
        }
        let (mut parts, body) = response.into_parts();
        let body = poem_body_with_size(body);
        if body.1.is_some_and(|size| size < WORTH_IT) {
            return Ok(Response::from_parts(parts, body.0));
        }
        parts.headers.remove(CONTENT_LENGTH);
        parts
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let reader = GzipEncoder::new(BufReader::new(body.0.into_async_read()));
        Ok(Response::from_parts(parts, Body::from_async_read(reader)))
    }
}

/// The body and its length, when that is known beforehand.
fn poem_body_with_size(body: Body) -> (Body, Option<u64>) {
    let response: poem::http::Response<_> = Response::builder().body(body).into();
    let body = response.into_body();
    let size = body.size_hint().exact();
    (Body::from(body), size)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    let mut gzip = None;
    for coding in headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|parameter| {
            parameter
                .strip_prefix("q=")
                .and_then(|weight| weight.parse::<f32>().ok())
                .is_some_and(|weight| weight <= 0.0)
        });
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            gzip = Some(!refused);
        } else if name == "*" {
            any = Some(!refused);
        }
    }
    gzip.or(any).unwrap_or(false)
}

/// A strong entity tag stands for exact bytes and goes back in `If-Match`, so
/// an answer that carries one is left alone.
fn may_be_compressed(response: &Response) -> bool {
    let headers = response.headers();
    let status = response.status();
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|media_type| {
            let media_type = media_type.split(';').next().unwrap_or_default().trim();
            media_type.starts_with("text/")
                || media_type.ends_with("json")
                || media_type.ends_with("yaml")
                || media_type.ends_with("xml")
                || media_type.ends_with("javascript")
        });
    let strong_tag = headers
        .get(ETAG)
        .is_some_and(|tag| !tag.as_bytes().starts_with(b"W/"));
    text && !strong_tag
        && !headers.contains_key(CONTENT_ENCODING)
        && !matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
        )
}
