//! RFC 9457 problems.

use poem::http::{self, HeaderName, HeaderValue, StatusCode};
use poem::{Body, Response};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::cx::MAX_VIOLATIONS;
use crate::violation::{MAX_DETAIL, Violation, shortened};

pub(crate) mod header;
pub mod kind;
mod model;

/// A kind of problem: what `type` names. Charter serves a page about each under
/// `/problems/<slug>`.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemKind {
    /// The last segment of `type`; stable.
    pub slug: &'static str,
    /// One line that does not change from occurrence to occurrence.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What it means and what a client can do about it.
    pub description: &'static str,
}

/// A problem: why a request failed.
///
/// Its JSON has `type`, `title`, `status`, `detail`, `request_id` and `errors`.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: &'static ProblemKind,
    detail: String,
    errors: Vec<Violation>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of `kind` with an explanation of this occurrence.
    pub fn new(kind: &'static ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: shortened(detail.into(), MAX_DETAIL),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 400 with everything that is wrong.
    #[must_use]
    pub fn violations(errors: Vec<Violation>) -> Self {
        let detail = match errors.len() {
            1 => "The request breaks 1 rule of the document.".to_owned(),
            MAX_VIOLATIONS => {
                format!("The request breaks {MAX_VIOLATIONS} rules of the document, or more.")
            }
            several => format!("The request breaks {several} rules of the document."),
        };
        Self {
            errors,
            ..Self::new(&kind::BAD_REQUEST, detail)
        }
    }

    /// With a header of the response, as `Retry-After` or `Allow`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(http::header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static ProblemKind {
        self.kind
    }

    /// Its explanation.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The broken rules.
    #[must_use]
    pub fn errors(&self) -> &[Violation] {
        &self.errors
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer; `request_id` ties it to the log.
    #[must_use]
    pub fn into_response(self, request_id: &str) -> Response {
        let body = ProblemBody {
            problem: &self,
            request_id,
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::builder()
            .status(self.status())
            .header(http::header::CONTENT_TYPE, "application/problem+json")
            .header(http::header::CACHE_CONTROL, "no-store")
            .body(Body::from_vec(bytes));
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

struct ProblemBody<'a> {
    problem: &'a Problem,
    request_id: &'a str,
}

impl Serialize for ProblemBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Problem {
            kind,
            detail,
            errors,
            headers: _,
        } = self.problem;
        let length = if errors.is_empty() { 5 } else { 6 };
        let mut body = serializer.serialize_struct("Problem", length)?;
        body.serialize_field("type", &format_args!("/problems/{}", kind.slug))?;
        body.serialize_field("title", kind.title)?;
        body.serialize_field("status", &kind.status)?;
        body.serialize_field("detail", detail)?;
        body.serialize_field("request_id", self.request_id)?;
        if !errors.is_empty() {
            body.serialize_field("errors", errors)?;
        }
        body.end()
    }
}

/// A [`Problem`] on its way through poem's error handling.
#[derive(Debug)]
struct ProblemError(Problem);

impl std::fmt::Display for ProblemError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0.kind.title)
    }
}

impl std::error::Error for ProblemError {}

impl poem::error::ResponseError for ProblemError {
    fn status(&self) -> StatusCode {
        self.0.status()
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        Self::from(ProblemError(problem))
    }
}

impl Problem {
    /// The problem that a poem error stands for, whoever raised it.
    #[must_use]
    pub fn from_error(error: &poem::Error) -> Self {
        if let Some(ProblemError(problem)) = error.downcast_ref::<ProblemError>() {
            return problem.clone();
        }
        let status = error.status().as_u16();
        let kind = kind::ALL
            .iter()
            .copied()
            .find(|kind| kind.status == status)
            .unwrap_or(if error.status().is_client_error() {
                &kind::BAD_REQUEST
            } else {
                &kind::INTERNAL
            });
        Self::new(kind, kind.title)
    }
}
