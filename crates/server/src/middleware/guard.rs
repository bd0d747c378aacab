//! One request cannot hang, and its panic is its own.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use charter_contract::{Problem, RequestId, kind};
use futures_util::FutureExt as _;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// How long a client waits before it repeats a request that took too long.
const RETRY_AFTER_SECONDS: u64 = 5;

/// Ends a request at its time limit with 503, and answers a panic with 500.
///
/// It stands around single routes, inside of routing, so that the log still
/// names the route.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    time_limit: Duration,
}

impl Guard {
    /// With a limit for the whole request, its body included.
    pub fn new(time_limit: Duration) -> Self {
        Self { time_limit }
    }
}

impl<E: Endpoint> Middleware<E> for Guard {
    type Output = GuardEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        GuardEndpoint {
            inner,
            time_limit: self.time_limit,
        }
    }
}

/// See [`Guard`].
pub struct GuardEndpoint<E> {
    inner: E,
    time_limit: Duration,
}

impl<E: Endpoint> Endpoint for GuardEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let request_id = RequestId::of(&request);
        // What the request holds is dropped with it: a transaction rolls back.
        let work = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        let problem = match tokio::time::timeout(self.time_limit, work).await {
            Ok(Ok(result)) => return result.map(IntoResponse::into_response),
            // The panic hook has logged what and where.
            Ok(Err(_)) => Problem::new(&kind::INTERNAL, "The request could not be served."),
            Err(_) => {
                tracing::warn!(limit = ?self.time_limit, "request took too long");
                Problem::new(&kind::SERVICE_UNAVAILABLE, "The request took too long.")
                    .retry_after(RETRY_AFTER_SECONDS)
            }
        };
        Ok(problem.into_response(&request_id))
    }
}
