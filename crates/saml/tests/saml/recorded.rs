//! Responses of pysaml2 and samlp, in `tests/recorded`, as they came.
//!
//! `CHARTER_SAML_RECORD=1 cargo test -p charter-saml foreign` writes them anew.

use std::path::{Path, PathBuf};

use charter_saml::{Assertion, Expected, Refusal};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::world::{ACS, ENTITY_ID, judged, moment, provider};
use charter_issuer::Signs;

/// A response, with what it fits.
#[derive(Clone)]
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) xml: String,
    pub(crate) request: String,
    pub(crate) now: DateTime<Utc>,
}

impl Recorded {
    /// Judges a variant of it, at its own time.
    pub(crate) fn judged(&self, xml: &str) -> Result<Assertion, Refusal> {
        judged(xml, &provider(), &self.expected())
    }

    pub(crate) fn expected(&self) -> Expected<'_> {
        Expected {
            entity_id: ENTITY_ID,
            addresses: &[ACS],
            open_request: Some(&self.request),
            now: self.now,
        }
    }

    /// What a provider's answer to a job says.
    pub(crate) fn of(name: &str, answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            name: name.to_owned(),
            xml: text(&answer["response"]),
            request: text(&answer["request"]["id"]),
            now: moment(answer["now"].as_str().expect("a moment")),
        }
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

/// One of them, by the name of its file.
pub(crate) fn named(name: &str) -> Recorded {
    Recorded::of(name, &answer(name))
}

/// The same, as the provider answered.
pub(crate) fn answer(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Those in which this is signed, of each provider.
pub(crate) fn signing(signs: Signs) -> Vec<Recorded> {
    let what = match signs {
        Signs::Response => "response",
        Signs::Assertion => "assertion",
        Signs::Both => "both",
        Signs::Neither => "neither",
    };
    ["pysaml2", "samlp"]
        .iter()
        .map(|by| named(&format!("{by}-{what}-sha256")))
        .collect()
}
