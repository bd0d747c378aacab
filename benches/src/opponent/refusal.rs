//! Why a hand-written server refuses a request.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    Malformed(String),
    Unauthorised,
    QuotaSpent,
    Forbidden,
    NotFound,
    Conflict,
    Failed(String),
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(failure: sqlx::Error) -> Self {
        Self::Failed(failure.to_string())
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(failure: rusqlite::Error) -> Self {
        Self::Failed(failure.to_string())
    }
}

impl From<rusqlite::types::FromSqlError> for Refusal {
    fn from(failure: rusqlite::types::FromSqlError) -> Self {
        Self::Failed(failure.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Malformed(why) => (StatusCode::BAD_REQUEST, why).into_response(),
            Self::Unauthorised => (
                StatusCode::UNAUTHORIZED,
                [(header::WWW_AUTHENTICATE, "Bearer")],
            )
                .into_response(),
            Self::QuotaSpent => StatusCode::PAYMENT_REQUIRED.into_response(),
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Conflict => StatusCode::CONFLICT.into_response(),
            Self::Failed(why) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
        }
    }
}
