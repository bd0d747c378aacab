//! Our HTTP client for `object_store`, which brings none of its own.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use poem::http::Response;
use reqwest::{Body, Client, ClientBuilder, Request, redirect};

use crate::command::Failure;

/// Longest wait for a connection, and for each part of an answer.
const CONNECT: Duration = Duration::from_secs(3);
const READ: Duration = Duration::from_secs(10);

/// Hands out one client.
#[derive(Debug)]
pub(super) struct Connector(Client);

impl Connector {
    pub(super) fn new(client: ClientBuilder, allow_http: bool) -> Result<Self, Failure> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = client
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .https_only(!allow_http)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("charter/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }
}

impl HttpConnector for Connector {
    /// The options are those of a client that `object_store` would make.
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Requests(self.0.clone())))
    }
}

/// Sends requests.
#[derive(Debug)]
struct Requests(Client);

#[async_trait]
impl HttpService for Requests {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = Request::try_from(request.map(Body::wrap)).map_err(failed)?;
        let response = self.0.execute(request).await.map_err(failed)?;
        let response: Response<Body> = response.into();
        Ok(response.map(|body| HttpResponseBody::new(body.map_err(failed))))
    }
}

fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_builder() || error.is_decode() {
        HttpErrorKind::Unknown
    } else {
        // All that we ask for can be asked for twice.
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error.without_url())
}
