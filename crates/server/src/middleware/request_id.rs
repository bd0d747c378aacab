//! Every request has an id that ties its answer, its log lines and its audit
//! rows together.

use std::sync::Arc;

use charter_contract::{Clock, Random, RequestId};
use poem::http::{HeaderMap, HeaderName, HeaderValue};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives requests their id, and answers the header with it.
#[derive(Clone)]
pub struct RequestIds {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    adopts: Adopts,
}

/// Whether an id that comes with the request is taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Adopts {
    /// A trusted proxy is in front, its ids are ours.
    FromProxy,
    /// Clients are strangers; what they call their requests says nothing.
    Nothing,
}

impl RequestIds {
    /// Ids made of the time and of random bits.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>, adopts: Adopts) -> Self {
        Self {
            clock,
            random,
            adopts,
        }
    }

    fn id(&self, headers: &HeaderMap) -> Arc<str> {
        if self.adopts == Adopts::FromProxy
            && let Some(given) = headers.get(&HEADER).and_then(|value| value.to_str().ok())
            && is_plausible(given)
        {
            return given.into();
        }
        let mut bits = [0; 10];
        self.random.fill(&mut bits);
        let millis = u64::try_from(self.clock.now().micros() / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bits)
            .into_uuid()
            .to_string()
            .into()
    }
}

fn is_plausible(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

impl<E: Endpoint> Middleware<E> for RequestIds {
    type Output = RequestIdsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        RequestIdsEndpoint {
            inner,
            ids: self.clone(),
        }
    }
}

/// See [`RequestIds`].
pub struct RequestIdsEndpoint<E> {
    inner: E,
    ids: RequestIds,
}

impl<E: Endpoint> Endpoint for RequestIdsEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = self.ids.id(request.headers());
        request.set_data(RequestId(id.clone()));
        let mut response = self.inner.call(request).await?.into_response();
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        Ok(response)
    }
}
