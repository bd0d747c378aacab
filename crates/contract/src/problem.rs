//! RFC 9457 problems.

use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{Body, Response};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::cx::MAX_VIOLATIONS;
use crate::violation::{MAX_DETAIL, Violation, shortened};

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

/// The kinds of problems.
pub mod kind {
    use super::ProblemKind;

    macro_rules! kinds {
        ($($name:ident $status:literal $slug:literal $title:literal $description:literal;)*) => {
            $(
                #[doc = $description]
                pub static $name: ProblemKind = ProblemKind {
                    slug: $slug,
                    title: $title,
                    status: $status,
                    description: $description,
                };
            )*

            /// Every kind, in the order of their statuses.
            pub static ALL: &[&ProblemKind] = &[$(&$name),*];
        };
    }

    kinds! {
        BAD_REQUEST 400 "invalid-request" "Invalid request"
            "The request breaks the document of the operation. The member errors lists every violation with its place and the violated keyword.";
        UNAUTHORIZED 401 "unauthorized" "Unauthorised"
            "There is no credential, or it is unknown, expired or revoked. Send a valid one.";
        PAYMENT_REQUIRED 402 "payment-required" "Not covered by the plan"
            "The plan of the organisation does not include what was asked for.";
        FORBIDDEN 403 "forbidden" "Forbidden"
            "The credential is valid, but its scopes, or the role of its user, do not allow the operation. The detail names what is missing.";
        ADMIN_REQUIRED 403 "admin-required" "Admin required"
            "Only an admin of the organisation may do this.";
        USER_REQUIRED 403 "user-required" "User required"
            "Only a user can do this. The key belongs to an organisation; use the key of a user.";
        OWN_ROLE 403 "own-role" "Own role"
            "Nobody can change their own role. Ask another admin.";
        OTHER_ADDRESS 403 "other-address" "Other address"
            "The invite is for another e-mail address than that of the caller.";
        NOT_FOUND 404 "not-found" "Not found"
            "There is no such resource, or it belongs to another organisation.";
        NO_ACTIVE_ORGANISATION 404 "no-active-organisation" "No active organisation"
            "The caller has no active organisation. Switch to one or create one.";
        METHOD_NOT_ALLOWED 405 "method-not-allowed" "Method not allowed"
            "The resource exists and does not have this method. The Allow header lists those it has.";
        NOT_ACCEPTABLE 406 "not-acceptable" "Not acceptable"
            "The operation has no answer in a media type that the Accept header takes.";
        REQUEST_TIMEOUT 408 "request-timeout" "Request timeout"
            "The body did not arrive in time. Send it again.";
        CONFLICT 409 "conflict" "Conflict"
            "The request contradicts the present state of the resource.";
        LAST_ADMIN 409 "last-admin" "Last admin"
            "The change would leave the organisation without an admin. Make somebody else an admin first.";
        ALREADY_MEMBER 409 "already-member" "Already a member"
            "The person is a member of the organisation already.";
        INVITE_PENDING 409 "invite-pending" "Invite pending"
            "The address has a pending invite to the organisation. Resend or revoke that one.";
        INVITE_ALREADY_ACCEPTED 409 "invite-already-accepted" "Invite already accepted"
            "The invite was accepted and cannot change any more. Remove the member instead.";
        PLAN_INACTIVE 409 "plan-inactive" "Plan inactive"
            "The plan exists but is not on offer any more. List the plans for those that are.";
        KEY_ROTATED 409 "key-rotated" "Key rotated"
            "The key was rotated before. Rotate its successor.";
        GONE 410 "gone" "Gone"
            "The resource existed and is gone for good.";
        INVITE_EXPIRED 410 "invite-expired" "Invite expired"
            "The invite has expired. Ask an admin of the organisation to send it again.";
        INVITE_REVOKED 410 "invite-revoked" "Invite revoked"
            "The invite was revoked by an admin of the organisation.";
        INVITE_ACCEPTED 410 "invite-accepted" "Invite accepted"
            "The invite was accepted. It works once.";
        PRECONDITION_FAILED 412 "precondition-failed" "Precondition failed"
            "If-Match names another version than the present one. Read the resource again and repeat the change.";
        PAYLOAD_TOO_LARGE 413 "payload-too-large" "Payload too large"
            "The body is larger than the operation takes.";
        URI_TOO_LONG 414 "uri-too-long" "URI too long"
            "The request target is longer than the server reads.";
        UNSUPPORTED_MEDIA_TYPE 415 "unsupported-media-type" "Unsupported media type"
            "The operation does not take a body of this Content-Type or Content-Encoding.";
        UNPROCESSABLE_CONTENT 422 "idempotency-key-reused" "Idempotency key reused"
            "The Idempotency-Key came with a different request before. Use a new key for a new request.";
        PRECONDITION_REQUIRED 428 "precondition-required" "Precondition required"
            "The operation changes only a version that If-Match names.";
        TOO_MANY_REQUESTS 429 "too-many-requests" "Too many requests"
            "The limit for this credential or address is reached. Retry-After says when to come back.";
        HEADERS_TOO_LARGE 431 "headers-too-large" "Request header fields too large"
            "The header fields of the request are longer than the server reads.";
        INTERNAL 500 "internal" "Internal server error"
            "The server failed. The request id leads its operator to the cause.";
        BAD_GATEWAY 502 "bad-gateway" "Bad gateway"
            "A system that the operation depends on did not answer as it should.";
        SERVICE_UNAVAILABLE 503 "service-unavailable" "Service unavailable"
            "The server cannot serve the request now: it is starting, stopping, overloaded, or its database does not answer. Retry-After says when to come back.";
        NOT_CONFIGURED 503 "not-configured" "Not configured"
            "The operator of this server has not set up what the operation needs.";
    }
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
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
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
            .header(header::CONTENT_TYPE, "application/problem+json")
            .header(header::CACHE_CONTROL, "no-store")
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
