//! Says hello: what HTTP costs alone.

use axum::Router;
use axum::routing::get;

use crate::Error;

pub(crate) async fn router(_database: &str) -> Result<Router, Error> {
    Ok(Router::new().route("/", get(async || "hello")))
}
