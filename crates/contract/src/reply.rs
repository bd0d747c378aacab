//! What an implementation returns, as an HTTP answer.

use bytes::Bytes;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use serde::Serialize;

use crate::failure::Internal;
use crate::operation::Operation;

/// A success of an operation. Models are JSON with the operation's status; the
/// generator implements this for answers with headers, other media types or
/// several statuses.
pub trait Reply: Send + 'static {
    /// The answer.
    ///
    /// # Errors
    /// When it cannot be written.
    fn into_response(self, operation: &'static Operation) -> Result<Response, Internal>;

    /// The same answer to a request that is repeated, from the JSON that was kept of
    /// what the implementation returned.
    #[must_use]
    fn repeated(operation: &'static Operation, kept: Bytes) -> Response {
        json(status(operation), kept)
    }
}

/// An operation without content.
impl Reply for () {
    fn into_response(self, operation: &'static Operation) -> Result<Response, Internal> {
        Ok(empty(operation))
    }

    fn repeated(operation: &'static Operation, _kept: Bytes) -> Response {
        empty(operation)
    }
}

fn empty(operation: &Operation) -> Response {
    Response::builder().status(status(operation)).finish()
}

/// Room for most answers, so that they are not moved again and again as they grow.
const USUAL_LENGTH: usize = 4096;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize + Send + 'static> Reply for Json<T> {
    fn into_response(self, operation: &'static Operation) -> Result<Response, Internal> {
        let mut body = Vec::with_capacity(USUAL_LENGTH);
        serde_json::to_writer(&mut body, &self.0)?;
        Ok(json(status(operation), Bytes::from(body)))
    }
}

/// A body that is not JSON.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its media type, with parameters such as the charset.
    pub media_type: &'static str,
    /// The body.
    pub body: Bytes,
}

impl Content {
    /// A body in this media type.
    pub fn new(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            media_type,
            body: body.into(),
        }
    }
}

impl Reply for Content {
    fn into_response(self, operation: &'static Operation) -> Result<Response, Internal> {
        let mut response = Response::builder()
            .status(status(operation))
            .body(Body::from(self.body));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.media_type),
        );
        Ok(response)
    }
}

/// Sets a documented header of an answer.
///
/// # Errors
/// When no header can carry the value.
pub fn set_header(
    response: &mut Response,
    name: &'static str,
    value: impl std::fmt::Display,
) -> Result<(), Internal> {
    let value = HeaderValue::try_from(value.to_string())?;
    response.headers_mut().insert(name, value);
    Ok(())
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
