//! Whatever fails is answered as a problem.

use charter_contract::{Problem, RequestId, kind};
use poem::PathPattern;
use poem::http::header::CONTENT_TYPE;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// Turns errors that came up from routing, and failures without content, into
/// `application/problem+json`.
#[derive(Clone, Copy, Debug)]
pub struct Failures;

impl<E: Endpoint> Middleware<E> for Failures {
    type Output = FailuresEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        FailuresEndpoint { inner }
    }
}

/// See [`Failures`].
pub struct FailuresEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for FailuresEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let request_id = RequestId::of(&request);
        let error = match self
            .inner
            .call(request)
            .await
            .map(IntoResponse::into_response)
        {
            Ok(response) => {
                let status = response.status();
                let failed = status.is_client_error() || status.is_server_error();
                if !failed || response.headers().contains_key(CONTENT_TYPE) {
                    return Ok(response);
                }
                poem::Error::from_response(response)
            }
            Err(error) => error,
        };
        let pattern = error.data::<PathPattern>().cloned();
        let problem = match error.status() {
            poem::http::StatusCode::NOT_FOUND if !is_ours(&error) => {
                Problem::new(&kind::NOT_FOUND, "There is nothing at this path.")
            }
            _ => Problem::from_error(&error),
        };
        let mut response = problem.into_response(&request_id);
        if let Some(pattern) = pattern {
            response.set_data(pattern);
        }
        Ok(response)
    }
}

/// Whether the error carries a problem with words of its own.
fn is_ours(error: &poem::Error) -> bool {
    !error.is::<poem::error::NotFoundError>()
}
