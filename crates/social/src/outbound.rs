//! Requests to providers: no redirect is followed, no answer is endless.

use std::future::Future;
use std::pin::Pin;

use http::{Request, Response, StatusCode};
use oauth2::AsyncHttpClient;
use reqwest::{Client, ClientBuilder, redirect};
use serde::de::DeserializeOwned;

use crate::error::Fault;
use crate::limits::Limits;

/// The one way out.
pub(crate) struct Outbound {
    client: Client,
    largest: usize,
}

impl Outbound {
    /// `builder` brings what the server has decided about proxies and certificates; what
    /// protects us from the other side is decided here.
    pub(crate) fn new(builder: ClientBuilder, limits: &Limits) -> Result<Self, reqwest::Error> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = builder
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .redirect(redirect::Policy::none())
            .referer(false)
            // GitHub answers nobody without a name.
            .user_agent(concat!("charter/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            largest: limits.body,
        })
    }

    /// The answer, unless it is a redirect, a breakdown or too large.
    pub(crate) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
        let request = reqwest::Request::try_from(request).map_err(|_| Fault::Unreachable)?;
        let mut answer = self
            .client
            .execute(request)
            .await
            .map_err(|error| fault(&error))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(Fault::Redirected);
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(Fault::Status(status.as_u16()));
        }
        let expected = answer.content_length().unwrap_or(0);
        if usize::try_from(expected).map_or(true, |expected| expected > self.largest) {
            return Err(Fault::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| fault(&error))? {
            if body.len() + part.len() > self.largest {
                return Err(Fault::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

fn fault(error: &reqwest::Error) -> Fault {
    if error.is_timeout() {
        Fault::TimedOut
    } else if error.is_connect() {
        Fault::Unreachable
    } else {
        Fault::Broken
    }
}

/// The body of an answer whose form is documented; `what` names it in the fault.
pub(crate) fn parsed<T: DeserializeOwned>(
    answer: &Response<Vec<u8>>,
    what: &'static str,
) -> Result<T, Fault> {
    serde_json::from_slice(answer.body()).map_err(|_| Fault::Malformed(what))
}

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Fault>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.send(request))
    }
}
