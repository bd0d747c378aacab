//! Requests to PandaDoc: no redirect is followed, no answer is endless.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use charter_persistence::SigningError;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, StatusCode, redirect};
use serde::de::DeserializeOwned;
use url::Url;

use crate::command::Failure;
use crate::configuration::Secret;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// Longest time that one request may take.
const TOTAL: Duration = Duration::from_secs(8);

/// Largest answer, in bytes: signed PDFs are among them.
const LARGEST: usize = 20 * 1024 * 1024;

/// The one way out.
pub(super) struct Outbound {
    client: Client,
    documents: Url,
}

/// An answer that has come whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl Answer {
    /// This answer, if it is the documented one.
    pub(super) fn expect(self, status: StatusCode) -> Result<Self, SigningError> {
        if self.status == status {
            Ok(self)
        } else {
            Err(super::unexpected(self.status))
        }
    }

    /// Its body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, SigningError> {
        serde_json::from_slice(&self.body)
            .map_err(|_| SigningError::new("PandaDoc did not answer as its document says"))
    }
}

impl Outbound {
    /// To the account of `api_key`, which is in the headers of every request and nowhere
    /// else.
    pub(super) fn new(
        builder: ClientBuilder,
        base: Url,
        api_key: &Secret,
    ) -> Result<Self, Failure> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut authorization = HeaderValue::try_from(format!("API-Key {}", api_key.expose()))
            .map_err(|_| "signing.pandadoc.api_key: no header can carry it")?;
        authorization.set_sensitive(true);
        let client = builder
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(redirect::Policy::none())
            .referer(false)
            .user_agent(concat!("charter/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .build()?;
        let mut documents = base;
        if let Ok(mut path) = documents.path_segments_mut() {
            path.pop_if_empty().extend(["public", "v1", "documents"]);
        }
        Ok(Self { client, documents })
    }

    /// A request about all documents.
    pub(super) fn documents(&self, method: Method, query: &str) -> RequestBuilder {
        let mut url = self.documents.clone();
        url.set_query(Some(query));
        self.client.request(method, url)
    }

    /// A request about one document; `path` leads to it.
    pub(super) fn document(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.documents.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        self.client.request(method, url)
    }

    /// The answer, unless it is a redirect, too large, or none. Who is asked too much (429)
    /// or out of order (5xx) is asked again later, as after every error.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, SigningError> {
        let mut answer = request.send().await.map_err(broken)?;
        let status = answer.status();
        if status.is_redirection()
            || status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
        {
            return Err(super::unexpected(status));
        }
        let mut body = BytesMut::new();
        while let Some(part) = answer.chunk().await.map_err(broken)? {
            if body.len() + part.len() > LARGEST {
                return Err(SigningError::new("PandaDoc answers more than is taken"));
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer {
            status,
            body: body.freeze(),
        })
    }
}

fn broken(error: reqwest::Error) -> SigningError {
    SigningError::new(format!("PandaDoc cannot be asked: {}", error.without_url()))
}
