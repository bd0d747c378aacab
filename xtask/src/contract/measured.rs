//! What the runs of a document reached of it: the evidence of all searches on all databases, what
//! they exercised, and what the snapshots show beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::environment::Python;
use crate::failure::{Context, Failure, wrong};
use crate::snapshots::{self, Shown};
use crate::step::Step;
use crate::workspace;

/// So much of the keywords of requests, and of those of answers, must be exercised.
const ENOUGH: f64 = 95.0;

/// Who makes requests in every run, by the names that `tests/contract` has for them.
pub(super) const CALLERS: [&str; 4] = ["admin", "member", "one scope", "anonymous"];

/// A document and what was reached of it.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Measured {
    pub(crate) document: String,
    pub(crate) title: String,
    pub(crate) databases: Vec<String>,
    pub(crate) parameters: Figures,
    /// Keywords of requests that met values that are right and values that are wrong.
    pub(crate) asked: Figures,
    /// Keywords of answers that a value has come to, in a run or in a snapshot.
    pub(crate) answered: Figures,
    /// How many of those in a run.
    pub(crate) answered_in_runs: usize,
    /// What is left, by the names that docs/CONTRACT.md lists it under.
    pub(crate) gaps: Vec<String>,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Operation {
    pub(crate) operation: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) tag: String,
    pub(crate) summary: String,
    pub(crate) statuses: Vec<Status>,
    pub(crate) parameters: Figures,
    pub(crate) asked: Figures,
    pub(crate) answered: Figures,
    pub(crate) gaps: Vec<String>,
    pub(crate) times: Option<Times>,
}

/// A documented status and what reached it.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Status {
    pub(crate) status: u16,
    pub(crate) description: String,
    /// The cases of snapshots.
    pub(crate) snapshots: Vec<String>,
    pub(crate) runs: Vec<Answers>,
}

impl Status {
    /// Whether anything shows that the status is answered.
    pub(crate) fn is_reached(&self) -> bool {
        !self.snapshots.is_empty() || !self.runs.is_empty()
    }
}

/// How often a caller got a status on a database.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Answers {
    pub(crate) database: String,
    pub(crate) caller: String,
    pub(crate) count: usize,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
pub(crate) struct Figures {
    pub(crate) covered: usize,
    pub(crate) total: usize,
}

impl Figures {
    /// The share in percent; all of nothing is everything.
    pub(crate) fn percent(self) -> f64 {
        if self.total == 0 {
            return 100.0;
        }
        self.covered as f64 * 100.0 / self.total as f64
    }
}

/// How long answers took, in milliseconds, over all databases.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) struct Times {
    pub(crate) answers: usize,
    pub(crate) median: f64,
    pub(crate) slowest: f64,
}

/// Where a search on a database left its evidence.
pub(super) struct Evidence {
    pub(super) database: &'static str,
    pub(super) folder: PathBuf,
}

/// What `evidence.py` writes for one search.
#[derive(Deserialize)]
struct Search {
    operations: BTreeMap<String, Reached>,
}

#[derive(Deserialize)]
struct Reached {
    answers: BTreeMap<String, BTreeMap<u16, usize>>,
    milliseconds: Vec<f64>,
}

/// What `coverage.py` prints.
#[derive(Deserialize)]
struct Coverage {
    parameters: Figures,
    asked: Figures,
    answered: InRuns,
    gaps: Vec<String>,
    operations: Vec<OperationCoverage>,
    unmatched: Vec<String>,
}

#[derive(Deserialize)]
struct InRuns {
    covered: usize,
    in_runs: usize,
    total: usize,
}

#[derive(Deserialize)]
struct OperationCoverage {
    operation: String,
    parameters: Figures,
    asked: Figures,
    answered: Figures,
    unexpected: Vec<String>,
    gaps: Vec<String>,
}

/// Puts together what the runs of a document reached. `folder` takes what `coverage.py` is given.
pub(super) fn measure(
    step: &Step,
    python: &Python,
    document: &str,
    evidence: &[Evidence],
    folder: &Path,
) -> Result<Measured, Failure> {
    let Some(first) = evidence.first() else {
        return wrong("there was no run");
    };
    let description: Value = parsed(&first.folder.join("document.json"))?;
    let mut operations = described(&description);
    let shown = snapshots::of(document)?;
    for operation in &mut operations {
        show(operation, &shown);
    }
    let mut milliseconds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in evidence {
        let mut undocumented = BTreeSet::new();
        for search in searches(&run.folder)? {
            for (name, reached) in search.operations {
                let Some(operation) = operations.iter_mut().find(|one| one.operation == name)
                else {
                    return wrong(format!("{document} has no operation {name}"));
                };
                milliseconds
                    .entry(name)
                    .or_default()
                    .extend(&reached.milliseconds);
                for status in count(operation, run.database, reached.answers) {
                    undocumented.insert(format!("{} {status}", operation.operation));
                }
            }
        }
        if !undocumented.is_empty() {
            let all: Vec<_> = undocumented.into_iter().collect();
            return wrong(format!(
                "answered, but not in {document}: {}",
                all.join(", ")
            ));
        }
    }
    let coverage = exercised(step, python, &shown, &operations, evidence, folder)?;
    Ok(put_together(
        document,
        &description,
        operations,
        &milliseconds,
        coverage,
        evidence,
    ))
}

impl Measured {
    /// Every gap: keywords, parameters and statuses that nothing reached.
    pub(super) fn all_gaps(&self) -> BTreeSet<String> {
        let of_operations = self
            .operations
            .iter()
            .flat_map(|one| one.gaps.iter().cloned());
        self.gaps.iter().cloned().chain(of_operations).collect()
    }

    /// What is wrong with it: too few keywords, or somebody who asked nothing.
    pub(super) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (figures, what) in [(self.asked, "requests"), (self.answered, "answers")] {
            if figures.percent() < ENOUGH {
                complaints.push(format!(
                    "{}: {} of {} keywords of {what} were exercised, which is less than {ENOUGH} %",
                    self.document, figures.covered, figures.total
                ));
            }
        }
        for database in &self.databases {
            for caller in CALLERS {
                let asked = self
                    .answers()
                    .any(|one| one.database == *database && one.caller == caller);
                if !asked {
                    complaints.push(format!(
                        "{}: {caller} asked nothing on {database}",
                        self.document
                    ));
                }
            }
        }
        complaints
    }

    fn answers(&self) -> impl Iterator<Item = &Answers> {
        self.operations
            .iter()
            .flat_map(|operation| &operation.statuses)
            .flat_map(|status| &status.runs)
    }
}

/// The operations of a document, in its order.
fn described(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            let Some(id) = operation["operationId"].as_str() else {
                continue;
            };
            let statuses = members(&operation["responses"]).filter_map(|(status, response)| {
                Some(Status {
                    status: status.parse().ok()?,
                    description: text(&resolved(document, response)["description"]),
                    snapshots: Vec::new(),
                    runs: Vec::new(),
                })
            });
            operations.push(Operation {
                operation: id.to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                tag: text(&operation["tags"][0]),
                summary: text(&operation["summary"]),
                statuses: statuses.collect(),
                parameters: Figures::default(),
                asked: Figures::default(),
                answered: Figures::default(),
                gaps: Vec::new(),
                times: None,
            });
        }
    }
    operations
}

/// Notes which snapshots show an operation's statuses.
fn show(operation: &mut Operation, shown: &[Shown]) {
    let name = snapshots::snake_case(&operation.operation);
    for status in &mut operation.statuses {
        let cases = shown
            .iter()
            .filter(|shown| shown.operation == name && shown.status == status.status)
            .map(|shown| shown.case.clone());
        status.snapshots = cases.collect();
    }
}

/// Adds answers to an operation, and returns the statuses that it does not document.
fn count(
    operation: &mut Operation,
    database: &str,
    answers: BTreeMap<String, BTreeMap<u16, usize>>,
) -> Vec<u16> {
    let mut undocumented = Vec::new();
    for (caller, statuses) in answers {
        for (status, count) in statuses {
            let known = operation
                .statuses
                .iter_mut()
                .find(|one| one.status == status);
            let Some(known) = known else {
                undocumented.push(status);
                continue;
            };
            let before = known
                .runs
                .iter_mut()
                .find(|one| one.database == database && one.caller == caller);
            match before {
                Some(before) => before.count += count,
                None => known.runs.push(Answers {
                    database: database.to_owned(),
                    caller: caller.clone(),
                    count,
                }),
            }
        }
    }
    undocumented
}

/// Asks `coverage.py` which keywords were exercised.
fn exercised(
    step: &Step,
    python: &Python,
    shown: &[Shown],
    operations: &[Operation],
    evidence: &[Evidence],
    folder: &Path,
) -> Result<Coverage, Failure> {
    let answers: Vec<Value> = operations
        .iter()
        .flat_map(|operation| {
            let name = snapshots::snake_case(&operation.operation);
            shown
                .iter()
                .filter(move |shown| shown.operation == name)
                .map(|shown| {
                    json!({
                        "operation": operation.operation,
                        "status": shown.status,
                        "body": shown.body,
                    })
                })
        })
        .collect();
    let file = folder.join("snapshots.json");
    fs::write(&file, Value::from(answers).to_string()).context(file.display())?;
    let tests = workspace::root().join("tests/contract");
    let mut coverage = std::process::Command::new(python.program("python"));
    coverage
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(tests.join("coverage.py"))
        .arg(&file)
        .args(evidence.iter().map(|run| &run.folder));
    let printed = step.run(&mut coverage)?;
    let coverage: Coverage = serde_json::from_str(printed.lines().last().unwrap_or_default())
        .map_err(|error| Failure::Wrong(format!("coverage.py: {error}")))?;
    let unexpected: Vec<String> = coverage
        .operations
        .iter()
        .filter(|operation| !operation.unexpected.is_empty())
        .map(|operation| format!("{} {}", operation.operation, operation.unexpected.join(" ")))
        .chain(coverage.unmatched.iter().cloned())
        .collect();
    if !unexpected.is_empty() {
        return wrong(format!("no document has: {}", unexpected.join(", ")));
    }
    Ok(coverage)
}

fn put_together(
    document: &str,
    description: &Value,
    mut operations: Vec<Operation>,
    milliseconds: &BTreeMap<String, Vec<f64>>,
    coverage: Coverage,
    evidence: &[Evidence],
) -> Measured {
    for operation in &mut operations {
        let name = &operation.operation;
        operation.times = milliseconds.get(name).and_then(|times| timed(times));
        if let Some(own) = coverage
            .operations
            .iter()
            .find(|own| own.operation == *name)
        {
            operation.parameters = own.parameters;
            operation.asked = own.asked;
            operation.answered = own.answered;
            operation.gaps.clone_from(&own.gaps);
        }
        let unreached = operation
            .statuses
            .iter()
            .filter(|status| !status.is_reached());
        let unreached: Vec<_> = unreached
            .map(|one| format!("{name} {} was never answered", one.status))
            .collect();
        operation.gaps.extend(unreached);
    }
    Measured {
        document: document.to_owned(),
        title: text(&description["info"]["title"]),
        databases: evidence.iter().map(|run| run.database.to_owned()).collect(),
        parameters: coverage.parameters,
        asked: coverage.asked,
        answered: Figures {
            covered: coverage.answered.covered,
            total: coverage.answered.total,
        },
        answered_in_runs: coverage.answered.in_runs,
        gaps: coverage.gaps,
        operations,
    }
}

fn searches(folder: &Path) -> Result<Vec<Search>, Failure> {
    workspace::files(folder, &["evidence.json"])?
        .iter()
        .map(|file| parsed(file))
        .collect()
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = fs::read_to_string(file).context(file.display())?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::Wrong(format!("{}: {error}", file.display())))
}

fn timed(milliseconds: &[f64]) -> Option<Times> {
    let mut sorted = milliseconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(Times {
        answers: sorted.len(),
        median: *sorted.get(sorted.len() / 2)?,
        slowest: *sorted.last()?,
    })
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    reference
        .and_then(|at| document.pointer(at))
        .unwrap_or(value)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{Figures, Measured, count, described, timed};

    #[test]
    fn nothing_is_covered_wholly() {
        assert_eq!(Figures::default().percent(), 100.0);
        assert_eq!(
            Figures {
                covered: 1,
                total: 4
            }
            .percent(),
            25.0
        );
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let times = timed(&[9.0, 1.0, 2.0]).unwrap();
        assert_eq!((times.answers, times.median, times.slowest), (3, 2.0, 9.0));
        assert!(timed(&[]).is_none());
    }

    #[test]
    fn answers_are_counted_where_they_are_documented() {
        let document = json!({
            "paths": { "/a": { "get": {
                "operationId": "getA",
                "responses": { "200": { "$ref": "#/components/responses/Ok" } },
            } } },
            "components": { "responses": { "Ok": { "description": "It is there." } } },
        });
        let mut operations = described(&document);
        let [operation] = operations.as_mut_slice() else {
            panic!("there is one operation");
        };
        assert_eq!(operation.statuses[0].description, "It is there.");
        let answers = BTreeMap::from([("admin".to_owned(), BTreeMap::from([(200, 2), (418, 1)]))]);
        assert_eq!(count(operation, "sqlite", answers.clone()), [418]);
        count(operation, "sqlite", answers);
        assert_eq!(operation.statuses[0].runs[0].count, 4);
        assert!(operation.statuses[0].is_reached());
    }

    #[test]
    fn too_little_is_complained_about() {
        let most = Figures {
            covered: 94,
            total: 100,
        };
        let document = json!({ "paths": { "/a": { "get": {
            "operationId": "getA",
            "responses": { "200": { "description": "It is there." } },
        } } } });
        let mut operations = described(&document);
        for caller in ["admin", "member", "anonymous"] {
            let answers = BTreeMap::from([(caller.to_owned(), BTreeMap::from([(200, 1)]))]);
            count(&mut operations[0], "sqlite", answers);
        }
        let measured = Measured {
            document: "a".to_owned(),
            title: "A".to_owned(),
            databases: vec!["sqlite".to_owned()],
            parameters: most,
            asked: most,
            answered: Figures {
                covered: 95,
                total: 100,
            },
            answered_in_runs: 95,
            gaps: Vec::new(),
            operations,
        };
        assert_eq!(
            measured.complaints(),
            [
                "a: 94 of 100 keywords of requests were exercised, which is less than 95 %",
                "a: one scope asked nothing on sqlite",
            ]
        );
    }
}
