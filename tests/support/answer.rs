//! An answer of the service, proved against its document.

use std::fmt::Write as _;
use std::path::PathBuf;

use poem::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::document::{self, Operation};
use super::shape;

/// The request and what came back.
pub struct Answer {
    /// The operation that was called.
    pub operation: Operation<'static>,
    /// The request line and body, for the snapshot.
    pub request: String,
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when it is empty.
    pub body: Value,
}

/// Headers that belong into a snapshot.
const HEADERS: &[&str] = &[
    "allow",
    "content-type",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
];

impl Answer {
    /// Checks the answer against the document: the status is documented, the
    /// media type and the required headers are there, the body is valid.
    #[track_caller]
    pub fn prove(&self) {
        let status = self.status.as_u16();
        let response = self.operation.response(status).unwrap_or_else(|| {
            panic!(
                "{} answered {status}, which its document does not have:\n{}",
                self.operation.id, self.body
            )
        });
        let documented = response.get("content").and_then(Value::as_object);
        match (documented, self.media_type()) {
            (None, None) => assert_eq!(self.body, Value::Null),
            (Some(documented), Some(media_type)) => {
                assert!(
                    documented.contains_key(media_type),
                    "{media_type} is not documented for {} {status}",
                    self.operation.id
                );
                let errors = self.operation.body_errors(status, media_type, &self.body);
                assert!(
                    errors.is_empty(),
                    "{}: {errors:#?}\n{}",
                    self.operation.id,
                    self.body
                );
            }
            (documented, actual) => panic!(
                "{} {status}: documented {documented:?}, answered {actual:?}",
                self.operation.id
            ),
        }
        for (name, header) in response
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let header = self.operation.document.resolve(header);
            let required = header.get("required") == Some(&Value::Bool(true));
            assert!(
                !required || self.headers.contains_key(name.as_str()),
                "{} {status} lacks the header {name}",
                self.operation.id
            );
        }
    }

    fn media_type(&self) -> Option<&str> {
        let value = self.headers.get("content-type")?.to_str().unwrap();
        value.split(';').next()
    }

    /// Asserts the status, proves the answer and compares it with the snapshot
    /// `<operation>@<case>`. Gives the answer back.
    #[track_caller]
    pub fn snapshot(self, status: u16, case: &str) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} {case}: {}",
            self.operation.id,
            self.body
        );
        self.prove();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(
            PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("../snapshots")
                .join(self.operation.document.name)
                .join(self.operation.tag()),
        );
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            let name = format!("{}@{case}", document::snake_case(self.operation.id));
            insta::assert_snapshot!(name, self.text());
        });
        self
    }

    /// Asserts the status and proves the answer. Gives the answer back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.operation.id,
            self.body
        );
        self.prove();
        self
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n{}\n", self.request, self.status);
        for name in HEADERS {
            // Every answer has them; they say something where the limit is met.
            if name.starts_with("ratelimit") && self.status != StatusCode::TOO_MANY_REQUESTS {
                continue;
            }
            for value in self.headers.get_all(*name) {
                let value = value.to_str().unwrap();
                writeln!(text, "{name}: {value}").unwrap();
            }
        }
        if self.body != Value::Null {
            let body = match &self.body {
                // Not JSON: it stands as it came.
                Value::String(body) => body.trim_end().to_owned(),
                body => serde_json::to_string_pretty(body).unwrap(),
            };
            write!(text, "\n{body}\n").unwrap();
        }
        shape::normalise(&text)
    }

    /// The string at `pointer` in the body.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer} in {}", self.body))
            .to_owned()
    }
}
