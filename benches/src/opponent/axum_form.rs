//! The form by hand: axum, serde and garde.

use axum::extract::rejection::JsonRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::Error;

pub(crate) async fn router(_database: &str) -> Result<Router, Error> {
    Ok(Router::new().route("/v1/applications", post(apply)))
}

async fn apply(
    application: Result<Json<Application>, JsonRejection>,
) -> Result<Json<Receipt>, Problem> {
    let Json(application) = application.map_err(|rejection| Problem {
        status: match rejection.status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        },
        errors: vec![rejection.body_text()],
    })?;
    application.validate().map_err(|report| Problem {
        status: StatusCode::BAD_REQUEST,
        errors: report
            .iter()
            .map(|(path, error)| format!("{path}: {error}"))
            .collect(),
    })?;
    Ok(Json(Receipt {
        reference: application.reference,
        position_id: application.position_id,
        employment: application.employment,
        skills: application.skills.len(),
        available_from: application.available_from,
    }))
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Application {
    #[garde(length(chars, min = 1, max = 100))]
    name: String,
    #[garde(pattern(r"^[A-Z]{3}-[0-9]{6}$"))]
    reference: String,
    #[garde(email, length(chars, max = 254))]
    email: String,
    #[garde(skip)]
    employment: Employment,
    #[garde(range(min = 0, max = 60))]
    years: i64,
    #[garde(range(min = 0.0, max = 1_000_000.0))]
    salary: f64,
    #[garde(length(min = 1, max = 20), inner(length(chars, min = 1, max = 40)))]
    skills: Vec<String>,
    // Naming the function makes the member required: null has to be said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[garde(inner(pattern(r"^\+[0-9]{6,15}$")))]
    phone: Option<String>,
    #[garde(skip)]
    position_id: Uuid,
    #[garde(skip)]
    available_from: DateTime<Utc>,
    #[garde(dive)]
    address: Address,
    #[garde(skip)]
    #[expect(dead_code, reason = "read, and not answered")]
    relocates: bool,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Employment {
    FullTime,
    PartTime,
    Contract,
    Internship,
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Address {
    #[garde(length(chars, min = 1, max = 200))]
    street: String,
    #[garde(length(chars, min = 1, max = 100))]
    city: String,
    #[garde(length(chars, min = 3, max = 10))]
    postcode: String,
    #[garde(pattern(r"^[A-Z]{2}$"))]
    country: String,
}

#[derive(Serialize)]
struct Receipt {
    reference: String,
    position_id: Uuid,
    employment: Employment,
    skills: usize,
    available_from: DateTime<Utc>,
}

/// RFC 9457, with a line for each violation.
struct Problem {
    status: StatusCode,
    errors: Vec<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "errors": self.errors,
        });
        let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, media_type, body.to_string()).into_response()
    }
}
