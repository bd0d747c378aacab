//! Cross-origin requests, as the configuration allows them.
//!
//! An origin that is not listed gets the answer without the headers that would
//! let a browser show it: refusing with 403 would also refuse our own pages,
//! since browsers send `Origin` to the same origin as well. Credentials are
//! never allowed: callers authenticate by key, not by cookie.

use std::sync::Arc;

use poem::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::configuration;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const REQUEST_HEADERS: &str = "authorization, x-api-key, content-type, accept, if-match, \
                               if-none-match, idempotency-key, x-request-id";
const RESPONSE_HEADERS: &str = "etag, location, link, retry-after, ratelimit, ratelimit-policy, \
                                x-request-id, www-authenticate, content-disposition, \
                                idempotency-replayed";

/// Answers preflights and marks answers for the configured origins.
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Arc<[String]>,
    max_age: HeaderValue,
}

impl Cors {
    /// For the origins of the configuration.
    pub fn new(configuration: &configuration::Cors) -> Self {
        Self {
            origins: configuration.origins.clone().into(),
            max_age: HeaderValue::from(configuration.max_age_seconds),
        }
    }

    /// The value of `Access-Control-Allow-Origin` for this request.
    fn allowed(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers().get(ORIGIN)?;
        if self.origins.iter().any(|allowed| allowed == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins
            .iter()
            .any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
            .then(|| origin.clone())
    }
}

impl<E: Endpoint> Middleware<E> for Cors {
    type Output = CorsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CorsEndpoint {
            inner,
            cors: self.clone(),
        }
    }
}

/// See [`Cors`].
pub struct CorsEndpoint<E> {
    inner: E,
    cors: Cors,
}

impl<E: Endpoint> Endpoint for CorsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if self.cors.origins.is_empty() {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let allowed = self.cors.allowed(&request);
        let preflight = *request.method() == Method::OPTIONS
            && request
                .headers()
                .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = match (&allowed, preflight) {
            (Some(_), true) => Response::builder()
                .status(StatusCode::NO_CONTENT)
                .header(ACCESS_CONTROL_ALLOW_METHODS, METHODS)
                .header(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS)
                .header(ACCESS_CONTROL_MAX_AGE, self.cors.max_age.clone())
                .finish(),
            _ => self.inner.call(request).await?.into_response(),
        };
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(allowed) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(RESPONSE_HEADERS),
            );
        }
        Ok(response)
    }
}
