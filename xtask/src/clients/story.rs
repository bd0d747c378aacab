//! The story that every client lives, from `tests/clients/story.yaml`, and what is checked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::documents::{Documents, same};
use super::driver::Driver;
use super::witness::{Exchange, Witness};
use super::{http, mails};
use crate::failure::{Context, Failure, wrong};
use crate::step::Step;
use crate::workspace;

/// How long the service's worker may take over what is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The rows of the table, in the order in which they happen.
pub(super) struct Story {
    rows: Vec<Value>,
    never: BTreeSet<u16>,
}

/// What became of a row.
pub(super) struct Outcome {
    pub(super) row: String,
    pub(super) complaints: Vec<String>,
}

/// One client's way through the story.
pub(super) struct Telling<'a> {
    pub(super) step: &'a Step,
    pub(super) documents: &'a Documents,
    pub(super) driver: Driver,
    pub(super) witness: Witness,
    /// The service itself, for what no document has.
    pub(super) address: &'a str,
    pub(super) mails: &'a Path,
    /// Places of answers that this client loses, as a known defect says.
    pub(super) losses: BTreeSet<&'a str>,
    /// What rows have kept.
    pub(super) kept: BTreeMap<String, Value>,
}

impl Story {
    pub(super) fn read() -> Result<Self, Failure> {
        let path = workspace::root().join("tests/clients/story.yaml");
        let text = fs::read_to_string(&path).context(path.display())?;
        let table = match charter_codegen::yaml("tests/clients/story.yaml", &text) {
            Ok(table) => table,
            Err(found) => {
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                return wrong(found.join("\n"));
            }
        };
        let rows = table["story"].as_array().cloned().unwrap_or_default();
        let never = table["never"].as_object().cloned().unwrap_or_default();
        Ok(Self {
            rows,
            never: never
                .keys()
                .filter_map(|status| status.parse().ok())
                .collect(),
        })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(name)
    }

    /// The rows that are calls.
    pub(super) fn calling(&self) -> impl Iterator<Item = &Value> {
        self.rows.iter().filter(|row| row.get("call").is_some())
    }

    /// Whether it has what the documents have: every upload, and every status that refuses, but
    /// those of which the table says why they never come.
    pub(super) fn complete(&self, documents: &Documents) -> Result<(), Failure> {
        let calls: BTreeSet<&str> = self
            .calling()
            .filter_map(|row| row["call"].as_str())
            .collect();
        for operation in documents.operations() {
            if operation.takes_upload() && !calls.contains(&*operation.name()) {
                return wrong(format!(
                    "{} takes an upload, and no row of the story calls it",
                    operation.name()
                ));
            }
        }
        let documented: BTreeSet<u16> = documents
            .operations()
            .flat_map(|operation| operation.refusals())
            .collect();
        let statuses = self.rows.iter().filter_map(|row| row["status"].as_u64());
        let told: BTreeSet<u16> = statuses
            .filter_map(|status| u16::try_from(status).ok())
            .chain(self.never.iter().copied())
            .filter(|status| *status >= 400)
            .collect();
        if documented != told {
            return wrong(format!(
                "the documents refuse with {documented:?}, the story and its `never` have {told:?}"
            ));
        }
        Ok(())
    }
}

impl<'a> Telling<'a> {
    /// Lives through all of it. Only what makes further rows pointless ends it early.
    pub(super) fn live(&mut self, story: &Story) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = Vec::new();
        let mut unseen = self.losses.clone();
        for row in &story.rows {
            self.step.note(name(row));
            let complaints = self.row(row, &mut unseen)?;
            for complaint in &complaints {
                self.step.note(&format!("   {complaint}"));
            }
            outcomes.push(Outcome {
                row: name(row).to_owned(),
                complaints,
            });
        }
        if !unseen.is_empty() {
            outcomes.push(Outcome {
                row: "what the client is known to lose".to_owned(),
                complaints: vec![format!("nothing is lost at {unseen:?} any more")],
            });
        }
        Ok(outcomes)
    }

    fn row(&mut self, row: &Value, unseen: &mut BTreeSet<&'a str>) -> Result<Vec<String>, Failure> {
        let told = match self.filled(row) {
            Ok(told) => told,
            Err(unknown) => return Ok(vec![format!("not run: ${unknown} was not kept")]),
        };
        if let Some(mail) = told["mail"].as_object() {
            let to = (text(mail, "to"), text(mail, "page"));
            return Ok(match mails::link(self.mails, to.0, to.1, PATIENCE) {
                Some(link) => self.keep(&told, &link),
                None => vec![format!("no mail to {} leads to /{}", to.0, to.1)],
            });
        }
        if let Some(browser) = told["browser"].as_object() {
            return self.browse(&told, browser);
        }
        self.call(&told, unseen)
    }

    /// A call by the client, once or until it is answered as the row expects.
    fn call(
        &mut self,
        row: &Value,
        unseen: &mut BTreeSet<&'a str>,
    ) -> Result<Vec<String>, Failure> {
        let operation = self
            .documents
            .operation(row["call"].as_str().unwrap_or_default())?;
        let mut call = operation.call();
        for (member, of) in [
            ("token", "as"),
            ("key", "key"),
            ("body", "body"),
            ("values", "with"),
        ] {
            if let Some(value) = row.get(of) {
                call.insert(member.to_owned(), value.clone());
            }
        }
        let call = Value::Object(call);
        let mut complaints = Vec::new();
        let mut answer = Value::Null;
        for _ in 0..row["times"].as_u64().unwrap_or(1) {
            let began = Instant::now();
            loop {
                answer = self.driver.call(&call)?;
                let exchanges = self.witness.take();
                if let [(_, reply)] = exchanges.as_slice()
                    && let Ok(was) = serde_json::from_slice(&reply.body)
                {
                    let restored = |at: &&str| restore(at, &was, &mut answer["body"]);
                    let seen: Vec<_> = self.losses.iter().copied().filter(restored).collect();
                    unseen.retain(|at| !seen.contains(at));
                }
                let (heard, sent) = heard(&answer, &exchanges);
                complaints = heard;
                complaints.extend(as_expected(row, &answer));
                if let Some(sent) = sent.filter(|_| row.get("body").is_some()) {
                    complaints.extend(operation.sent(&row["body"], &sent));
                }
                let patient = row["patient"] == true && began.elapsed() < PATIENCE;
                if complaints.is_empty() || !patient {
                    break;
                }
                thread::sleep(Duration::from_millis(200));
            }
            if !complaints.is_empty() {
                break;
            }
        }
        complaints.extend(self.keep(row, &answer));
        Ok(complaints)
    }

    /// What a person does in a browser, beside every document.
    fn browse(
        &mut self,
        row: &Value,
        browser: &Map<String, Value>,
    ) -> Result<Vec<String>, Failure> {
        let at = text(browser, "at");
        let address = match at.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.address),
            None => at.to_owned(),
        };
        let body = browser.get("body").map(Value::to_string);
        let answer = http::ask(text(browser, "method"), &address, body)?;
        let mut complaints = Vec::new();
        if u64::from(answer.status()) != row["status"].as_u64().unwrap_or(200) {
            complaints.push(format!("{address} answers {}", answer.status()));
        }
        let begins = row["begins"].as_str().unwrap_or_default();
        if !answer.body.starts_with(begins.as_bytes()) {
            complaints.push(format!(
                "what {address} answers does not begin with {begins}"
            ));
        }
        Ok(complaints)
    }

    /// Keeps what the row wants to keep of an answer; complains of what is not there.
    fn keep(&mut self, row: &Value, answer: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, at) in row["keep"].as_object().into_iter().flatten() {
            match at.as_str().and_then(|at| answer.pointer(at)) {
                Some(value) if !value.is_null() => {
                    self.kept.insert(name.clone(), value.clone());
                }
                _ => complaints.push(format!("there is no {at} to keep")),
            }
        }
        complaints
    }

    /// The row with what earlier rows have kept: `$name` is the value, `a ${name} b` has it as text.
    fn filled(&self, value: &Value) -> Result<Value, String> {
        let kept = |name: &str| self.kept.get(name).ok_or_else(|| name.to_owned());
        Ok(match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) if !name.starts_with('{') => kept(name)?.clone(),
                _ => {
                    let mut filled = String::new();
                    let mut rest = text.as_str();
                    while let Some((before, after)) = rest.split_once("${") {
                        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
                        let value = kept(name)?;
                        filled.push_str(before);
                        match value.as_str() {
                            Some(text) => filled.push_str(text),
                            None => filled.push_str(&value.to_string()),
                        }
                        rest = behind;
                    }
                    filled.push_str(rest);
                    Value::String(filled)
                }
            },
            Value::Array(items) => items
                .iter()
                .map(|item| self.filled(item))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| Ok((name.clone(), self.filled(value)?)))
                .collect::<Result<Map<_, _>, String>>()?
                .into(),
            value => value.clone(),
        })
    }
}

/// Puts back what a client is known to lose at `pointer`; whether it has lost anything.
fn restore(pointer: &str, was: &Value, body: &mut Value) -> bool {
    let Some((segment, rest)) = pointer.trim_start_matches('/').split_once('/').or_else(|| {
        let last = pointer.trim_start_matches('/');
        (!last.is_empty()).then_some((last, ""))
    }) else {
        let lost = !same(was, body);
        *body = was.clone();
        return lost;
    };
    let mut lost = false;
    match (was, body) {
        (Value::Object(was), Value::Object(body)) => {
            for (name, was) in was
                .iter()
                .filter(|(name, _)| segment == "*" || *name == segment)
            {
                if rest.is_empty() && !body.contains_key(name) {
                    lost = true;
                }
                lost |= restore(rest, was, body.entry(name).or_insert(Value::Null));
            }
        }
        (Value::Array(was), Value::Array(body)) if was.len() == body.len() => {
            for (was, body) in was.iter().zip(body) {
                lost |= restore(rest, was, body);
            }
        }
        _ => {}
    }
    lost
}

/// What the witness has to say about an answer that a client reports, and the body that was sent.
fn heard(answer: &Value, exchanges: &[Exchange]) -> (Vec<String>, Option<Value>) {
    if let Some(error) = answer["failed"].as_str() {
        return (vec![error.to_owned()], None);
    }
    let [(request, reply)] = exchanges else {
        let complaint = format!("one request was expected, not {}", exchanges.len());
        return (vec![complaint], None);
    };
    let mut complaints = Vec::new();
    if answer["status"] != reply.status() {
        let (said, was) = (&answer["status"], reply.status());
        complaints.push(format!(
            "the client says that {said} was answered, and it was {was}"
        ));
    }
    if let Ok(was) = serde_json::from_slice(&reply.body) {
        lost(&was, &answer["body"], "", &mut complaints);
    }
    (complaints, serde_json::from_slice(&request.body).ok())
}

/// Where the client has made something else of an answer.
fn lost(was: &Value, made: &Value, at: &str, complaints: &mut Vec<String>) {
    match (was, made) {
        (Value::Object(was), Value::Object(made)) => {
            for (name, was) in was {
                match made.get(name) {
                    Some(made) => lost(was, made, &format!("{at}/{name}"), complaints),
                    None => complaints.push(format!("{at}/{name} was {was} and is lost")),
                }
            }
            for name in made.keys().filter(|name| !was.contains_key(*name)) {
                complaints.push(format!("{at}/{name} is made up"));
            }
        }
        (Value::Array(was), Value::Array(made)) if was.len() == made.len() => {
            for (index, (was, made)) in was.iter().zip(made).enumerate() {
                lost(was, made, &format!("{at}/{index}"), complaints);
            }
        }
        _ if same(was, made) => {}
        _ => complaints.push(format!(
            "{at} was {was}, and the client has made {made} of it"
        )),
    }
}

/// How an answer differs from what the row expects.
fn as_expected(row: &Value, answer: &Value) -> Vec<String> {
    if answer.get("failed").is_some() {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    if row["status"] != answer["status"] {
        let (expected, status, body) = (&row["status"], &answer["status"], &answer["body"]);
        complaints.push(format!("{status} instead of {expected}: {body}"));
        return complaints;
    }
    for (part, of) in [("answer", "body"), ("headers", "headers")] {
        if let Some(expected) = row.get(part) {
            includes(expected, &answer[of], "", &mut complaints);
        }
    }
    complaints
}

/// Everything that `expected` says must be so; of what it does not say, anything may. `"*"` is any
/// value but null.
fn includes(expected: &Value, actual: &Value, at: &str, complaints: &mut Vec<String>) {
    match (expected, actual) {
        (Value::String(any), _) if any == "*" => {
            if actual.is_null() {
                complaints.push(format!("{at} is missing"));
            }
        }
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, expected) in expected {
                let at = format!("{at}/{name}");
                match actual.get(name) {
                    Some(actual) => includes(expected, actual, &at, complaints),
                    None => complaints.push(format!("{at} is missing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                includes(expected, actual, &format!("{at}/{index}"), complaints);
            }
        }
        _ if same(expected, actual) => {}
        _ => complaints.push(format!("{at} is {actual} instead of {expected}")),
    }
}

fn name(row: &Value) -> &str {
    row["step"].as_str().unwrap_or("?")
}

fn text<'v>(members: &'v Map<String, Value>, name: &str) -> &'v str {
    members
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
