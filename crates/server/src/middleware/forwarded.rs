//! The address of the client behind trusted proxies.

use std::net::{IpAddr, SocketAddr};

use poem::RequestParts;
use poem::http;
use poem::web::RemoteAddr;
use poem::{Addr, Endpoint, IntoResponse, Middleware, Request, Response, Result};

const HEADER: &str = "x-forwarded-for";

/// Takes the client's address from `X-Forwarded-For`. Each trusted proxy adds
/// one entry at the end, so with `hops` of them the client is the entry at that
/// place from the end; what stands before it, the client itself may have sent.
#[derive(Clone, Copy, Debug)]
pub struct Forwarded {
    hops: usize,
}

impl Forwarded {
    /// Behind so many proxies; with none the header is not believed.
    pub fn new(hops: usize) -> Self {
        Self { hops }
    }

    fn client(self, request: &Request) -> Option<IpAddr> {
        let entries: Vec<_> = request
            .headers()
            .get_all(HEADER)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        let place = entries.len().checked_sub(self.hops)?;
        let entry = entries.get(place)?;
        entry
            .parse()
            .ok()
            .or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
    }
}

impl<E: Endpoint> Middleware<E> for Forwarded {
    type Output = ForwardedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ForwardedEndpoint {
            inner,
            forwarded: *self,
        }
    }
}

/// See [`Forwarded`].
pub struct ForwardedEndpoint<E> {
    inner: E,
    forwarded: Forwarded,
}

impl<E: Endpoint> Endpoint for ForwardedEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let request = match self.forwarded.client(&request) {
            Some(client) if self.forwarded.hops > 0 => with_remote(request, client),
            _ => request,
        };
        Ok(self.inner.call(request).await?.into_response())
    }
}

/// The same request as if `client` had connected itself.
fn with_remote(request: Request, client: IpAddr) -> Request {
    let local = request.local_addr().clone();
    let scheme = request.scheme().clone();
    let remote = RemoteAddr(Addr::SocketAddr(SocketAddr::new(client, 0)));
    let (parts, body) = request.into_parts();
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = parts.method;
    head.uri = parts.uri;
    head.version = parts.version;
    head.headers = parts.headers;
    head.extensions = parts.extensions;
    Request::from_parts(RequestParts::from((head, local, remote, scheme)), body)
}
