//! The ways an operation can fail, one type per status.
//!
//! A generated error enum has a variant and a `From` for each documented status
//! and no other, so an undocumented one does not compile with `?`.

use poem::http::{HeaderName, HeaderValue};

use crate::problem::{Problem, ProblemKind, kind};

/// A generated error enum.
pub trait Failure: Send + 'static {
    /// The problem to answer with.
    fn into_problem(self) -> Problem;

    /// Whether the request turned out to be a repetition whose answer is stored;
    /// see [`Internal::replayed`].
    fn is_replay(&self) -> bool;

    /// What kind of problem it is.
    fn kind(&self) -> &'static ProblemKind;
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident $kind:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub struct $name(Problem);

            impl $name {
                /// With an explanation of this occurrence.
                pub fn new(detail: impl Into<String>) -> Self {
                    Self(Problem::new(&kind::$kind, detail))
                }

                /// Of a more particular kind with the same status.
                pub fn of(kind: &'static ProblemKind, detail: impl Into<String>) -> Self {
                    debug_assert_eq!(kind.status, kind::$kind.status);
                    Self(Problem::new(kind, detail))
                }

                /// With a header of the response.
                #[must_use]
                pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
                    Self(self.0.with_header(name, value))
                }

                /// With `Retry-After` in seconds.
                #[must_use]
                pub fn retry_after(self, seconds: u64) -> Self {
                    Self(self.0.retry_after(seconds))
                }

                /// The problem to answer with.
                #[must_use]
                pub fn into_problem(self) -> Problem {
                    self.0
                }

                /// See [`Internal::is_replay`].
                #[must_use]
                pub const fn is_replay(&self) -> bool {
                    false
                }

                /// What kind of problem it is.
                #[must_use]
                pub const fn kind(&self) -> &'static ProblemKind {
                    self.0.kind()
                }
            }

            impl From<$name> for Problem {
                fn from(failure: $name) -> Self {
                    failure.0
                }
            }
        )*
    };
}

statuses! {
    /// 400: the request breaks a rule that only the implementation can check.
    BadRequest BAD_REQUEST;
    /// 401: no valid credential.
    Unauthorized UNAUTHORIZED;
    /// 402: not covered by the plan.
    PaymentRequired PAYMENT_REQUIRED;
    /// 403: the caller may not.
    Forbidden FORBIDDEN;
    /// 404: not there, or another tenant's.
    NotFound NOT_FOUND;
    /// 406: no acceptable representation.
    NotAcceptable NOT_ACCEPTABLE;
    /// 409: contradicts the present state.
    Conflict CONFLICT;
    /// 410: used, revoked or expired.
    Gone GONE;
    /// 412: another version than `If-Match` names.
    PreconditionFailed PRECONDITION_FAILED;
    /// 413: the body is too large.
    PayloadTooLarge PAYLOAD_TOO_LARGE;
    /// 415: not a media type of the operation.
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE;
    /// 422: an idempotency key with another request.
    UnprocessableContent UNPROCESSABLE_CONTENT;
    /// 428: `If-Match` is required.
    PreconditionRequired PRECONDITION_REQUIRED;
    /// 429: too many requests.
    TooManyRequests TOO_MANY_REQUESTS;
    /// 502: a system behind this one failed.
    BadGateway BAD_GATEWAY;
    /// 503: not now, or not configured.
    ServiceUnavailable SERVICE_UNAVAILABLE;
}

impl BadRequest {
    /// With every violation that the implementation found.
    #[must_use]
    pub fn violations(violations: Vec<crate::Violation>) -> Self {
        Self(Problem::violations(violations))
    }
}

/// 500, or 503 when the cause is that a dependency does not answer: something
/// failed that the caller cannot mend. The cause is logged and never shown.
#[derive(Debug)]
pub struct Internal(Cause);

#[derive(Debug)]
enum Cause {
    Failed,
    Unavailable,
    Replayed,
}

impl Internal {
    /// A failure; `cause` goes to the log.
    pub fn new(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "operation failed");
        Self(Cause::Failed)
    }

    /// A dependency does not answer; `cause` goes to the log.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "dependency unavailable");
        Self(Cause::Unavailable)
    }

    /// Not a failure: another request with the same `Idempotency-Key` was
    /// first. The route answers with what that one stored.
    #[must_use]
    pub const fn replayed() -> Self {
        Self(Cause::Replayed)
    }

    /// Whether it is [`Internal::replayed`].
    #[must_use]
    pub const fn is_replay(&self) -> bool {
        matches!(self.0, Cause::Replayed)
    }

    /// What kind of problem it is.
    #[must_use]
    pub const fn kind(&self) -> &'static ProblemKind {
        match self.0 {
            Cause::Failed | Cause::Replayed => &kind::INTERNAL,
            Cause::Unavailable => &kind::SERVICE_UNAVAILABLE,
        }
    }

    /// The problem to answer with.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self.0 {
            Cause::Failed | Cause::Replayed => {
                Problem::new(&kind::INTERNAL, "The request could not be served.")
            }
            Cause::Unavailable => Problem::new(
                &kind::SERVICE_UNAVAILABLE,
                "A part that the request depends on does not answer.",
            )
            .retry_after(5),
        }
    }
}

impl<E: std::error::Error> From<E> for Internal {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::new(text)
    }
}

impl From<Internal> for Problem {
    fn from(internal: Internal) -> Self {
        internal.into_problem()
    }
}

/// Implements [`Failure`] and `From` each failure for a generated enum whose
/// variants are named as the types they hold.
#[macro_export]
macro_rules! failures {
    ($name:ident { $($variant:ident),* $(,)? }) => {
        $(
            impl ::std::convert::From<$crate::$variant> for $name {
                fn from(failure: $crate::$variant) -> Self {
                    Self::$variant(failure)
                }
            }
        )*

        impl $crate::Failure for $name {
            fn into_problem(self) -> $crate::Problem {
                match self {
                    $(Self::$variant(failure) => failure.into_problem(),)*
                }
            }

            fn is_replay(&self) -> bool {
                match self {
                    $(Self::$variant(failure) => failure.is_replay(),)*
                }
            }

            fn kind(&self) -> &'static $crate::ProblemKind {
                match self {
                    $(Self::$variant(failure) => failure.kind(),)*
                }
            }
        }
    };
}
