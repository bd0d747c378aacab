//! Pairs of documents for every rule, and mutations of the real ones.

mod declared;
mod mutations;
mod pairs;

use serde_json::Value;

use super::{Judgement, Whole, compare};

/// The document with this text.
pub(super) fn whole(text: &str) -> Whole {
    Whole::read("document.yaml", &|_| Ok(text.to_owned())).expect("a document")
}

pub(super) fn judged(old: &Value, new: &Value) -> Vec<Judgement> {
    compare(&whole(&old.to_string()), &whole(&new.to_string()))
}

/// The judgements as one would read them.
pub(super) fn told(judgements: &[Judgement]) -> String {
    judgements
        .iter()
        .map(Judgement::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
