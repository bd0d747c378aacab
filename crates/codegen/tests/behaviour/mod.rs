//! Generated code at work: requests in, what the implementation received and
//! what it answered out.

mod answers;
mod models;
mod requests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use charter_contract::{
    Authenticator, Caller, Credential, Decision, IdempotencyKey, Identity, Internal, Limiter,
    Operation, Replay, Replays, RouteTable, Runtime, Subject, Timer, async_trait, mount,
};
use poem::http::StatusCode;
use poem::{Endpoint, Request, Response};

/// Nobody is known, nothing is limited, nothing is remembered, no time passes.
struct Nothing;

#[async_trait]
impl Authenticator for Nothing {
    async fn authenticate(&self, _: Credential<'_>) -> Result<Option<Identity>, Internal> {
        Ok(None)
    }
}

impl Limiter for Nothing {
    fn count(&self, _: Subject, _: &'static Operation) -> Option<Decision> {
        None
    }
}

#[async_trait]
impl Replays for Nothing {
    async fn find(&self, _: &Caller, _: &IdempotencyKey) -> Result<Option<Replay>, Internal> {
        Ok(None)
    }
}

#[async_trait]
impl Timer for Nothing {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn reach(&self, _: Duration) {}
}

fn runtime() -> Runtime {
    let nothing = Arc::new(Nothing);
    Runtime::new(
        nothing.clone(),
        nothing.clone(),
        nothing.clone(),
        nothing,
        1_000_000,
    )
}

/// Keeps what the implementation received.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<String>>);

impl Received {
    fn keep(&self, request: &impl std::fmt::Debug) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = format!("{request:#?}");
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn send(table: RouteTable, request: Request) -> Response {
    mount(table).get_response(request).await
}

/// The text of an answer, or its status and its problem.
async fn text(response: Response) -> String {
    let status = response.status();
    let body = response
        .into_body()
        .into_string()
        .await
        .expect("answers are text here");
    if status == StatusCode::BAD_REQUEST {
        let problem: serde_json::Value = serde_json::from_str(&body).expect("a problem is JSON");
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let lines: Vec<String> = errors
            .iter()
            .map(|error| {
                format!(
                    "{} {}{}: {}",
                    error["in"].as_str().unwrap_or_default(),
                    error["parameter"].as_str().unwrap_or_default(),
                    error["pointer"].as_str().unwrap_or_default(),
                    error["keyword"].as_str().unwrap_or_default(),
                )
            })
            .collect();
        return lines.join("\n");
    }
    format!("{status} {body}")
}
