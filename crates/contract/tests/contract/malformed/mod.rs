//! Malformed requests: a table of requests, the status that each has to get and
//! every violation that has to be told, in the manner of Smithy's malformed
//! request protocol tests. A row more is a line more.
//!
//! A violation is written `in parameter pointer: keyword`, as `body /name: type`
//! or `query ids /1: minimum`. A row without violations says that a request which
//! looks odd is good, or that it fails by its status alone.

mod bodies;
mod exchange;
mod json;
mod parameters;

use poem::http::{HeaderName, HeaderValue, Uri};

use crate::api::{Answer, Api};

/// A header and its value, which need not be text.
type Header = (&'static str, &'static [u8]);

/// One request and what it has to lead to.
#[derive(Clone, Copy)]
struct Row {
    /// What is odd about it.
    name: &'static str,
    /// `POST /widgets`.
    request: &'static str,
    headers: &'static [Header],
    body: &'static [u8],
    status: u16,
    violations: &'static [&'static str],
    /// Headers that the answer has to have.
    answer: &'static [(&'static str, &'static str)],
}

const JSON: &[Header] = &[("content-type", b"application/json")];

impl Row {
    /// A request without a body that is refused for its parameters.
    const fn get(
        name: &'static str,
        request: &'static str,
        violations: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            request,
            headers: &[],
            body: b"",
            status: if violations.is_empty() { 200 } else { 400 },
            violations,
            answer: &[],
        }
    }

    /// A JSON body.
    const fn json(
        name: &'static str,
        request: &'static str,
        body: &'static [u8],
        violations: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            request,
            headers: JSON,
            body,
            status: if violations.is_empty() { 200 } else { 400 },
            violations,
            answer: &[],
        }
    }

    const fn headers(self, headers: &'static [Header]) -> Self {
        Self { headers, ..self }
    }

    const fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    const fn answer(self, answer: &'static [(&'static str, &'static str)]) -> Self {
        Self { answer, ..self }
    }

    fn build(&self) -> poem::Request {
        let (method, target) = self.request.split_once(' ').expect("METHOD /target");
        let mut builder = poem::Request::builder()
            .method(method.parse().expect("a method"))
            .uri(target.parse::<Uri>().expect("a target"));
        for (name, value) in self.headers {
            builder = builder.header(
                name.parse::<HeaderName>().expect("a name"),
                HeaderValue::from_bytes(value).expect("a value"),
            );
        }
        builder.body(self.body)
    }

    /// What the answer has and should not have, or the other way round.
    fn check(&self, answer: &Answer) -> Result<(), String> {
        let status = answer.status.as_u16();
        let violations = answer.violations();
        if status != self.status || violations != self.violations {
            return Err(format!(
                "expected {} {:?}\n     got {status} {violations:?} {}",
                self.status,
                self.violations,
                String::from_utf8_lossy(&answer.body),
            ));
        }
        for (name, value) in self.answer {
            if answer.header(name) != *value {
                return Err(format!(
                    "expected {name}: {value}, got {:?}",
                    answer.header(name)
                ));
            }
        }
        if status >= 400 && !self.request.starts_with("HEAD ") {
            check_problem(answer)?;
        }
        Ok(())
    }
}

/// What `Problem` and `Violation` of the documents demand of every failure.
fn check_problem(answer: &Answer) -> Result<(), String> {
    let problem = answer.json();
    let text = |value: &serde_json::Value, max: usize| {
        value
            .as_str()
            .is_some_and(|text| (1..=max).contains(&text.chars().count()))
    };
    let slug = problem["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("/problems/"));
    let kind = charter_contract::kind::ALL
        .iter()
        .find(|kind| Some(kind.slug) == slug);
    let known = kind.is_some_and(|kind| {
        problem["title"] == kind.title && problem["status"] == answer.status.as_u16()
    });
    let errors = problem.get("errors").map_or(&[][..], |errors| {
        errors.as_array().map_or(&[][..], Vec::as_slice)
    });
    let sound = answer.header("content-type") == "application/problem+json"
        && known
        && text(&problem["detail"], 2048)
        && problem["request_id"] == "req_1"
        && problem
            .get("errors")
            .is_none_or(|_| (1..=1000).contains(&errors.len()))
        && errors.iter().all(|error| {
            text(&error["detail"], 2048)
                && error["keyword"]
                    .as_str()
                    .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()))
                && error.get("parameter").is_none_or(|name| text(name, 256))
                && error["pointer"].as_str().is_none_or(|pointer| {
                    pointer.chars().count() <= 2048
                        && (pointer.is_empty() || pointer.starts_with('/'))
                })
        });
    if sound {
        Ok(())
    } else {
        Err(format!("is no sound problem: {problem}"))
    }
}

#[tokio::test]
async fn every_row_is_answered_as_it_says() {
    let api = Api::new();
    let mut failures = Vec::new();
    let mut names = std::collections::HashSet::new();
    let tables = [json::ROWS, parameters::ROWS, bodies::ROWS, exchange::ROWS];
    for row in tables.into_iter().flatten() {
        assert!(names.insert(row.name), "two rows are called {:?}", row.name);
        let answer = Answer::of(api.call(row.build()).await).await;
        if let Err(error) = row.check(&answer) {
            failures.push(format!("{}: {}\n{error}", row.name, row.request));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} rows\n\n{}",
        failures.len(),
        names.len(),
        failures.join("\n\n")
    );
    assert!(
        names.len() >= 150,
        "the table has shrunk to {}",
        names.len()
    );
}
