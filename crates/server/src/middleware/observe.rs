//! The access log and the request metrics.
//!
//! Neither sees the query string or a header: tokens of invite links stand in
//! the one, keys in the other.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::{Operation, RequestId};
use poem::PathPattern;
use poem::http::Method;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::metrics::Metrics;

/// Names an answer that no generated route gave, in its extensions.
#[derive(Clone, Copy, Debug)]
pub struct OperationName(pub &'static str);

/// Logs and counts every request.
#[derive(Clone)]
pub struct Observe {
    metrics: Arc<Metrics>,
}

impl Observe {
    /// Counts in `metrics`.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }
}

impl<E: Endpoint> Middleware<E> for Observe {
    type Output = ObserveEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ObserveEndpoint {
            inner,
            metrics: self.metrics.clone(),
        }
    }
}

/// See [`Observe`].
pub struct ObserveEndpoint<E> {
    inner: E,
    metrics: Arc<Metrics>,
}

impl<E: Endpoint> Endpoint for ObserveEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let started = instant();
        let in_flight = self.metrics.begin();
        let method = method_name(request.method());
        let remote = request
            .remote_addr()
            .as_socket_addr()
            .map(|address| address.ip());
        let span = tracing::info_span!("request", request_id = %RequestId::of(&request));
        let response = self
            .inner
            .call(request)
            .instrument(span.clone())
            .await?
            .into_response();
        drop(in_flight);
        let duration = started.elapsed();
        let route = response
            .data::<PathPattern>()
            .map_or_else(|| "none".into(), |pattern| pattern.0.clone());
        let operation = response
            .data::<&'static Operation>()
            .map(|operation| operation.id)
            .or_else(|| response.data::<OperationName>().map(|name| name.0));
        let status = response.status().as_u16();
        self.metrics
            .count(operation.unwrap_or(&route), method, status, duration);
        let _entered = span.enter();
        log(method, &route, operation, status, duration, remote);
        Ok(response)
    }
}

fn log(
    method: &str,
    route: &str,
    operation: Option<&str>,
    status: u16,
    duration: Duration,
    remote: Option<std::net::IpAddr>,
) {
    let duration_ms = (duration.as_secs_f64() * 1e6).round() / 1e3;
    let remote = remote.map(tracing::field::display);
    // Probes ask every few seconds and say nothing.
    if matches!(operation, Some("getHealth" | "getReadiness" | "getMetrics")) && status < 400 {
        tracing::debug!(
            target: "charter::access",
            method, route, operation, status, duration_ms, remote, "served"
        );
    } else {
        tracing::info!(
            target: "charter::access",
            method, route, operation, status, duration_ms, remote, "served"
        );
    }
}

/// Methods that clients make up share one name, so that they cannot fill the
/// metrics.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    KNOWN
        .into_iter()
        .find(|known| *known == method.as_str())
        .unwrap_or("OTHER")
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures how long a request took and decides nothing"
)]
fn instant() -> Instant {
    Instant::now()
}
