//! What an implementation returns, as an HTTP answer.

use bytes::Bytes;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use serde::Serialize;

use crate::operation::Operation;

/// A success of an operation. Models are JSON with the operation's status; the
/// generator implements this for answers with headers, other media types or
/// several statuses.
pub trait Reply: Send + 'static {
    /// The answer.
    fn into_response(self, operation: &'static Operation) -> Response;
}

/// An operation without content.
impl Reply for () {
    fn into_response(self, operation: &'static Operation) -> Response {
        Response::builder().status(status(operation)).finish()
    }
}

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize + Send + 'static> Reply for Json<T> {
    fn into_response(self, operation: &'static Operation) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => json(status(operation), Bytes::from(body)),
            Err(error) => {
                tracing::error!(%error, operation = operation.id, "answer cannot be written");
                Response::builder()
                    .status(StatusCode::INTERNAL_SERVER_ERROR)
                    .finish()
            }
        }
    }
}

/// The status of the operation's success.
pub(crate) fn status(operation: &Operation) -> StatusCode {
    StatusCode::from_u16(operation.status).unwrap_or(StatusCode::OK)
}

/// A JSON answer from bytes.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::builder().status(status).body(Body::from(body));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
