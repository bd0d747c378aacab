//! Somebody who calls the binary, over HTTP.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::process::Serving;

/// Calls of a server that runs as a process, on this machine.
pub fn http() -> Client {
    // Whoever comes second finds it done.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// Somebody who calls the binary.
pub struct Visitor {
    http: Client,
    address: String,
}

impl Visitor {
    /// Of this server.
    pub fn of(serving: &Serving) -> Self {
        Self {
            http: http(),
            address: serving.address.clone(),
        }
    }

    /// A request that can be changed before it is sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// Sends a request that must be answered with this status.
    pub async fn expect(&self, status: u16, request: RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let (answered, url) = (response.status(), response.url().clone());
        let text = response.text().await.unwrap();
        assert_eq!(answered.as_u16(), status, "{url}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Reads something.
    pub async fn get(&self, status: u16, path: &str) -> Value {
        self.expect(status, self.request(Method::GET, path)).await
    }

    /// Sends JSON.
    pub async fn post(&self, status: u16, path: &str, body: &Value) -> Value {
        let request = self.request(Method::POST, path).json(body);
        self.expect(status, request).await
    }
}
