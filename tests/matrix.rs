//! Every operation of every document, called in every way that its document
//! rules out. Nothing is registered here by hand: a new operation, parameter,
//! scope or keyword is in the matrix as soon as a document has it, and what the
//! matrix does not understand fails it.
//!
//! What holds for all operations alike is tested here only, and has its
//! snapshots from here: `<operation>@unauthorised`, `missing_scope`,
//! `unknown_parameter`, `too_large`, `wrong_media_type`, `rate_limited`,
//! `internal`, `unavailable`.
//!
//! Operations are called with keys, but for those that take nothing but a session;
//! `session.rs` calls all of them with sessions as well.

pub(crate) mod breakage;
mod fault;
pub(crate) mod link;
mod method;
mod rate;
pub(crate) mod refusal;
pub(crate) mod request;
mod scope;
mod session;
mod tenant;

use std::collections::BTreeMap;

use serde_json::Value;

use self::link::Links;
use self::request::Request;
use crate::support::Client;
use crate::support::document::{self, Operation};

/// The operations whose document has `status` for them.
fn with_status(status: u16) -> Vec<Operation<'static>> {
    document::operations()
        .into_iter()
        .filter(|operation| operation.statuses().contains(&status))
        .collect()
}

/// What somebody can see.
pub(crate) struct Sight(pub(crate) BTreeMap<&'static str, Value>);

impl Sight {
    /// Nothing has happened since.
    #[track_caller]
    fn assert_unchanged(&self, now: &Self, what: &str) {
        for (operation, before) in &self.0 {
            assert_eq!(
                before, &now.0[operation],
                "{operation} shows a change after {what}"
            );
        }
    }
}

/// Everything that `client` can read without knowing more than the documents' links say.
pub(crate) async fn everything(client: &Client) -> Sight {
    let mut seen = BTreeMap::new();
    let mut links = Links::reading();
    for operation in document::operations() {
        let named = operation
            .parameters()
            .iter()
            .any(|parameter| parameter["required"] == true && parameter["in"] != "path");
        if operation.method != "GET" || named || operation.is_public() {
            continue;
        }
        let Some(path) = links.path(client, operation).await else {
            continue;
        };
        let mut request = Request::plain(operation);
        request.path = path;
        let mut answer = request.send(client).await;
        answer.prove();
        // What is not there yet is refused each time, under another id.
        if let Some(problem) = answer.body.as_object_mut() {
            problem.remove("request_id");
        }
        seen.insert(operation.id, answer.body);
    }
    assert!(seen.len() > 3, "there must be more to see");
    Sight(seen)
}
