//! Calls by operation id, as somebody.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use poem::endpoint::BoxEndpoint;
use poem::http::{self, HeaderName, Method, Uri};
use poem::web::RemoteAddr;
use poem::{Addr, Body, Endpoint as _, Request, RequestParts, Response};
use serde_json::Value;

use super::answer::Answer;
use super::document;
use super::shape;

/// Somebody who calls the service: with a key, or anonymous.
#[derive(Clone)]
pub struct Client {
    /// The whole application.
    pub endpoint: std::sync::Arc<BoxEndpoint<'static, Response>>,
    /// The credential.
    pub key: Option<String>,
    /// The address that requests come from; without one they come over no network.
    pub remote: Option<IpAddr>,
}

impl Client {
    /// Prepares a call of the operation `id`.
    pub fn call(&self, id: &str) -> CallBuilder<'_> {
        CallBuilder {
            client: self,
            operation: document::operation(id),
            path: Vec::new(),
            query: String::new(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// The same service with another credential.
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            key: Some(key.into()),
            remote: self.remote,
        }
    }

    /// The same service without a credential.
    pub fn anonymous(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            key: None,
            remote: self.remote,
        }
    }

    /// The same credential, used from another address.
    pub fn at(&self, address: &str) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            key: self.key.clone(),
            remote: Some(address.parse().unwrap()),
        }
    }

    /// Sends any request, documented or not.
    pub async fn send(&self, mut request: Request) -> Response {
        if let Some(key) = &self.key {
            let value = format!("Bearer {key}").parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        let request = match self.remote {
            Some(address) => coming_from(address, request),
            None => request,
        };
        self.endpoint.get_response(request).await
    }
}

/// The same request over a connection from `address`.
fn coming_from(address: IpAddr, request: Request) -> Request {
    let local = request.local_addr().clone();
    let scheme = request.scheme().clone();
    let remote = RemoteAddr(Addr::SocketAddr(SocketAddr::new(address, 0)));
    let (parts, body) = request.into_parts();
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = parts.method;
    head.uri = parts.uri;
    head.version = parts.version;
    head.headers = parts.headers;
    head.extensions = parts.extensions;
    Request::from_parts(RequestParts::from((head, local, remote, scheme)), body)
}

/// A call being put together.
pub struct CallBuilder<'a> {
    client: &'a Client,
    operation: document::Operation<'static>,
    path: Vec<(&'static str, String)>,
    query: String,
    headers: Vec<(&'static str, String)>,
    body: Option<(String, Vec<u8>)>,
}

impl CallBuilder<'_> {
    /// With a path parameter.
    pub fn path(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.path.push((name, value.into()));
        self
    }

    /// With a query parameter; `value` is percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let sign = if self.query.is_empty() { '?' } else { '&' };
        let value = encode(value);
        write!(self.query, "{sign}{name}={value}").unwrap();
        self
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a JSON body.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some((
            "application/json".to_owned(),
            serde_json::to_vec(body).unwrap(),
        ));
        self
    }

    /// With a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        self.body("application/x-www-form-urlencoded", encoded(fields))
    }

    /// With any body.
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some((media_type.to_owned(), body.into()));
        self
    }

    /// Calls.
    pub async fn send(self) -> Answer {
        let mut path = self.operation.path.to_owned();
        for (name, value) in &self.path {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let target = format!("{path}{}", self.query);
        let mut line = format!("{} {target}", self.operation.method);
        let mut request = Request::builder()
            .method(self.operation.method.parse::<Method>().unwrap())
            .uri(target.parse::<Uri>().unwrap());
        for (name, value) in &self.headers {
            write!(line, "\n{name}: {value}").unwrap();
            request = request.header(*name, value);
        }
        let request = match self.body {
            Some((media_type, body)) => {
                if media_type != "application/json" {
                    write!(line, "\ncontent-type: {media_type}").unwrap();
                }
                let text = shape::shortened(&String::from_utf8_lossy(&body));
                if text.len() <= 2_000 {
                    write!(line, "\n{text}").unwrap();
                } else {
                    write!(line, "\n[{} bytes]", text.len()).unwrap();
                }
                request
                    .header("content-type", media_type)
                    .body(Body::from(body))
            }
            None => request.finish(),
        };
        let mut response = match (self.operation.key_header(), &self.client.key) {
            (Some(header), Some(key)) => {
                let mut request = request;
                let header: HeaderName = header.parse().unwrap();
                request.headers_mut().insert(header, key.parse().unwrap());
                self.client.anonymous().send(request).await
            }
            _ => self.client.send(request).await,
        };
        let bytes = response.take_body().into_vec().await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
        };
        Answer {
            operation: self.operation,
            request: line,
            status: response.status(),
            headers: response.headers().clone(),
            body,
        }
    }
}

/// Percent-encodes everything but what a URL never needs encoded.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A form, as a browser posts it.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}
