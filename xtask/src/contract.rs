//! Schemathesis against the running service.
//!
//! For each document and each database: a fresh database, a service of its own, and every phase
//! and every check of Schemathesis, with warnings as failures. What is particular to a document
//! (which statuses are right for valid data, where real identifiers come from) stands in
//! `tests/contract/<document>.toml` and `tests/contract/<document>.py`. What the runs reached is
//! measured afterwards: enough keywords, no gap but those that docs/CONTRACT.md lists.

mod gaps;
mod measured;
mod providers;
pub(crate) mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;

use clap::ValueEnum;
use serde_json::{Value, json};

use self::gaps::Gaps;
use self::measured::{CALLERS, Evidence, Measured};
use self::providers::Providers;
use self::report::Report;
use crate::environment::Python;
use crate::failure::{Context, Failure, wrong};
use crate::service::{Service, without_settings};
use crate::step::{Step, Tally};
use crate::test;
use crate::workshop::{OnMissing, Workshop};
use crate::workspace::{self, Document};

/// Run Schemathesis against the service, on SQLite and PostgreSQL.
///
/// Documents are those in `openapi/` that describe operations. The service's logs are left in
/// `target/xtask`, and what was reached in `target/contract/index.html`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One database instead of both.
    #[arg(long, value_name = "DATABASE")]
    database: Option<Database>,
    /// One document instead of all, by the name of its file: `organisations`.
    #[arg(long, value_name = "NAME")]
    document: Option<String>,
    /// Search with this seed instead of the one that every run uses.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// A database to run on.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Enough people for every operation that needs another one. The last of them is the member who
/// is no admin.
const PEOPLE: usize = 13;

/// Enough operations for every fault: further ones would only be asked the same again.
const SPOILED: usize = 12;

/// The same requests in every run, unless another seed is asked for.
const SEED: u64 = 42;

/// How many chains of linked requests a run tries at least, and in how many searches at most.
const SCENARIOS: usize = 80;
const MOST_SEARCHES: u64 = 12;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    test::alone("contract", |step, shop| {
        let mut documents = workspace::documents()?;
        if let Some(name) = &arguments.document {
            documents.retain(|document| document.name == *name);
            if documents.is_empty() {
                return wrong(format!("openapi/{name}.yaml describes no operations"));
            }
        }
        let databases = match arguments.database {
            Some(database) => vec![database],
            None => vec![Database::Sqlite, Database::Postgres],
        };
        runs(step, shop, &documents, &databases, arguments.seed)
    })
}

/// Every document on every database.
pub(crate) fn check(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    let documents = workspace::documents()?;
    runs(
        step,
        shop,
        &documents,
        &[Database::Sqlite, Database::Postgres],
        None,
    )
}

/// One run: its own database, service, configuration and log.
struct Run<'a> {
    step: Step,
    name: String,
    document: &'a Document,
    database: Database,
    /// Where the database is.
    url: String,
    folder: PathBuf,
    charter: &'a Path,
    python: &'a Python,
    seed: Option<u64>,
}

/// Runs each document, and reports what was reached, whether or not all went well.
fn runs(
    step: &Step,
    shop: &Workshop,
    documents: &[Document],
    databases: &[Database],
    seed: Option<u64>,
) -> Result<Tally, Failure> {
    if documents.is_empty() {
        return wrong("openapi/ holds no document");
    }
    let outcome = in_turn(step, shop, documents, databases, seed);
    let page = Report::read()?.write()?;
    step.note(&format!("the report: {}", page.display()));
    outcome
}

/// One document after the other. One that fails does not keep the others from being run.
fn in_turn(
    step: &Step,
    shop: &Workshop,
    documents: &[Document],
    databases: &[Database],
    seed: Option<u64>,
) -> Result<Tally, Failure> {
    let gaps = Gaps::read()?;
    let mut total = Tally::default();
    let mut complaints = Vec::new();
    for document in documents {
        report::forget(document)?;
        let planned = plan(step, shop, document, databases, seed)?;
        match side_by_side(step, &planned)
            .and_then(|tally| Ok((tally, measured(step, shop, &planned)?)))
        {
            Ok((tally, measured)) => {
                report::keep(&measured)?;
                complaints.extend(measured.complaints());
                complaints.extend(gaps.complaints(&measured));
                total = total
                    .and(document.operations.len(), "operations")
                    .and(planned.len(), "runs")
                    .plus(&tally)
                    .and(measured.asked.covered, "keywords of requests")
                    .and(measured.answered.covered, "keywords of answers");
            }
            Err(Failure::Wrong(why)) => complaints.push(why),
            Err(failure) => return Err(failure),
        }
    }
    if complaints.is_empty() {
        return Ok(total.and(CALLERS.len(), "callers"));
    }
    wrong(complaints.join("\n   "))
}

/// The runs of a document, one for each database that there is.
fn plan<'a>(
    step: &Step,
    shop: &'a Workshop,
    document: &'a Document,
    databases: &[Database],
    seed: Option<u64>,
) -> Result<Vec<Run<'a>>, Failure> {
    let mut planned = Vec::new();
    for database in databases {
        let name = format!("contract-{}-{}", document.name, database.name());
        let folder = workspace::scratch().join("contract").join(&name);
        empty(&folder)?;
        let url = match database {
            Database::Sqlite => format!("sqlite://{}", folder.join("charter.db").display()),
            Database::Postgres => match shop.postgres(step) {
                Ok(cluster) => {
                    cluster.create_database(step, &format!("contract_{}", document.name))?
                }
                Err(Failure::Missing(part))
                    if shop.on_missing == OnMissing::Skip && databases.len() > 1 =>
                {
                    step.note(&format!("{part}; running on SQLite alone"));
                    continue;
                }
                Err(failure) => return Err(failure),
            },
        };
        planned.push(Run {
            step: step.part(&name)?,
            name,
            document,
            database: *database,
            url,
            folder,
            charter: shop.charter(step)?,
            python: shop.python(step)?,
            seed,
        });
    }
    Ok(planned)
}

/// What the runs of a document reached together.
fn measured(step: &Step, shop: &Workshop, runs: &[Run<'_>]) -> Result<Measured, Failure> {
    let Some(first) = runs.first() else {
        return wrong("there was no run");
    };
    let evidence: Vec<Evidence> = runs.iter().map(Run::evidence).collect();
    let folder = workspace::scratch().join("contract");
    measured::measure(
        step,
        shop.python(step)?,
        &first.document.name,
        &evidence,
        &folder,
    )
}

/// The databases of one document at the same time: each run keeps one core busy.
fn side_by_side(step: &Step, runs: &[Run<'_>]) -> Result<Tally, Failure> {
    let results: Vec<Result<Tally, Failure>> = thread::scope(|scope| {
        let running: Vec<_> = runs
            .iter()
            .map(|run| scope.spawn(|| run.carry_out()))
            .collect();
        running
            .into_iter()
            .map(|run| run.join().unwrap_or_else(|_| wrong("a run panicked")))
            .collect()
    });
    let mut total = Tally::default();
    let mut failed = Vec::new();
    for (run, result) in runs.iter().zip(results) {
        match result {
            Ok(tally) => total = total.plus(&tally),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => {
                step.note(&crate::step::tail(run.step.log(), 200));
                failed.push(format!(
                    "{}: {failure}; the whole log: {}",
                    run.name,
                    run.step.log().display()
                ));
            }
        }
    }
    if failed.is_empty() {
        return Ok(total);
    }
    wrong(failed.join("\n   "))
}

impl Run<'_> {
    fn carry_out(&self) -> Result<Tally, Failure> {
        let people = self.people()?;
        let providers = Providers::start(self.python)?;
        let configuration = providers.configuration(&self.folder)?;
        let service = Service::start(&self.step, self.charter, &self.url, |serve| {
            serve
                .current_dir(&self.folder)
                .env("CHARTER_SERVER_KEY_FILE", self.folder.join("server.key"))
                // Whom people sign in with elsewhere, on this machine.
                .env("CHARTER_CONFIG", configuration)
                .env("NO_PROXY", "127.0.0.1")
                // A search of thousands of requests is not what the limits are for.
                .env("CHARTER_RATE_LIMIT", "off")
                // Without mail no address can be confirmed.
                .env("CHARTER_MAIL_FOLDER", self.folder.join("mail"))
                // Nor are they to find out how long hashing a password takes.
                .env("CHARTER_IDENTITY_PASSWORD_MEMORY_KIB", "64")
                .env("CHARTER_IDENTITY_PASSWORD_PASSES", "1");
        })?;
        let outcome = self.search(&service.address, &people);
        // A panic explains a failure better than the failure does.
        service.stop()?;
        outcome
    }

    /// People with a key each, made as an operator would make them.
    fn people(&self) -> Result<Vec<Value>, Failure> {
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let email = format!("person{number}@example.com");
            let name = format!("Person {number}");
            let user = self.charter(&["user", "create", "--email", &email, "--name", &name])?;
            let key = self.charter(&["key", "create", "--user", &email])?;
            people.push(json!({
                "email": email,
                "user_id": user["id"],
                "key_id": key["id"],
                "key": key["key"],
            }));
        }
        Ok(people)
    }

    /// An administrative command, and what it answers.
    fn charter(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let mut command = Command::new(self.charter);
        command
            .args(arguments)
            .args(["--json", "--database", &self.url])
            .current_dir(&self.folder);
        without_settings(&mut command);
        command.env("CHARTER_SERVER_KEY_FILE", self.folder.join("server.key"));
        let answer = command.output().context("charter")?;
        let printed = String::from_utf8_lossy(&answer.stdout);
        match serde_json::from_str(&printed) {
            Ok(value) if answer.status.success() => Ok(value),
            _ => wrong(format!(
                "`charter {}` ended with {}: {printed}{}",
                arguments.join(" "),
                answer.status,
                String::from_utf8_lossy(&answer.stderr)
            )),
        }
    }

    /// First the phases that look at single requests, then chains of linked ones, if the document
    /// has links.
    fn search(&self, address: &str, people: &[Value]) -> Result<Tally, Failure> {
        let seed = self.seed.unwrap_or(SEED);
        let mut schemathesis = self.search_for("requests", address, people)?;
        schemathesis.args(["--phases", "examples,coverage,fuzzing"]);
        schemathesis.arg(format!("--seed={seed}"));
        let printed = self.step.run(&mut schemathesis)?;
        let mut generated = number(&printed, "generated").unwrap_or_default();
        if generated == 0 {
            return wrong("Schemathesis generated no case");
        }

        if !self.document.linked {
            return Ok(Tally::of(generated, "cases").and(
                self.planted_faults(address, people)?,
                "planted faults found",
            ));
        }

        // A search for chains ends early, and still well, when Hypothesis meets an answer that it
        // cannot explain by the chain alone. So further ones follow until there were enough.
        let mut scenarios = 0;
        for attempt in 0..MOST_SEARCHES {
            let name = format!("chains-{attempt}");
            let mut schemathesis = self.search_for(&name, address, people)?;
            schemathesis.args(["--phases", "stateful"]);
            schemathesis.arg(format!("--seed={}", seed + attempt));
            let printed = self.step.run(&mut schemathesis)?;
            generated += number(&printed, "generated").unwrap_or_default();
            scenarios += number_after(&printed, "Scenarios:").unwrap_or_default();
            if scenarios >= SCENARIOS {
                break;
            }
        }
        if scenarios < SCENARIOS {
            return wrong(format!(
                "{MOST_SEARCHES} searches tried no more than {scenarios} of {SCENARIOS} scenarios"
            ));
        }
        Ok(Tally::of(generated, "cases")
            .and(scenarios, "scenarios")
            .and(
                self.planted_faults(address, people)?,
                "planted faults found",
            ))
    }

    /// Spoils answers on their way to Schemathesis, and sees it complain about each.
    fn planted_faults(&self, address: &str, people: &[Value]) -> Result<usize, Failure> {
        let mut schemathesis = self.schemathesis(address, people)?;
        schemathesis
            .env("CHARTER_FAULTS", "1")
            .args(["--phases", "examples,coverage"])
            .arg(format!("--seed={SEED}"));
        for operation in self.document.operations.iter().take(SPOILED) {
            schemathesis.args(["--include-operation-id", operation]);
        }
        let (_, printed) = self.step.attempt(&mut schemathesis)?;
        let found = findings(&printed);
        let planted: Vec<(&str, &str)> = printed
            .lines()
            .filter_map(|line| line.strip_prefix("planted ")?.split_once(": "))
            .map(|(code, rest)| (path(rest.split(':').next().unwrap_or(rest)), code))
            .collect();
        let missed: Vec<_> = planted
            .iter()
            .filter(|fault| !found.contains(fault))
            .collect();
        if planted.is_empty() || !missed.is_empty() {
            return wrong(format!(
                "of {} planted faults Schemathesis did not find: {missed:?}",
                planted.len()
            ));
        }
        Ok(planted.len())
    }

    /// A search that leaves evidence of what it reached.
    fn search_for(&self, name: &str, address: &str, people: &[Value]) -> Result<Command, Failure> {
        let mut schemathesis = self.schemathesis(address, people)?;
        schemathesis.env("CHARTER_EVIDENCE", self.evidence().folder.join(name));
        Ok(schemathesis)
    }

    fn evidence(&self) -> Evidence {
        Evidence {
            database: self.database.name(),
            folder: self.folder.join("evidence"),
        }
    }

    fn schemathesis(&self, address: &str, people: &[Value]) -> Result<Command, Failure> {
        let tests = workspace::root().join("tests/contract");
        let people_file = self.folder.join("people.json");
        fs::write(&people_file, format!("{:#}", Value::from(people))).context("people.json")?;
        let auth_file = self.folder.join("auth.json");
        fs::write(&auth_file, format!("{:#}", identities(people))).context("auth.json")?;
        let configuration = self.configuration(&tests)?;
        let mut schemathesis = Command::new(self.python.program("st"));
        schemathesis
            .current_dir(&tests)
            .env("PYTHONPATH", &tests)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONHASHSEED", "0")
            .env("CHARTER_ADDRESS", address)
            .env("CHARTER_DOCUMENT", &self.document.name)
            .env("CHARTER_PEOPLE", &people_file)
            .env("CHARTER_AUTH", &auth_file)
            .env("CHARTER_MAILS", self.folder.join("mail"))
            // For what only the operator can set up.
            .env("CHARTER_COMMAND", self.charter)
            .env("CHARTER_RUN_DATABASE", &self.url)
            .env("CHARTER_CONFIGURATION", &configuration)
            .arg("--config-file")
            .arg(&configuration)
            .arg("run")
            .arg(format!("{address}/openapi/{}.json", self.document.name))
            .arg("--no-color");
        Ok(schemathesis)
    }

    /// What all documents have in common, followed by what is this document's.
    fn configuration(&self, tests: &Path) -> Result<PathBuf, Failure> {
        let mut text =
            fs::read_to_string(tests.join("schemathesis.toml")).context("schemathesis.toml")?;
        let own = tests.join(format!("{}.toml", self.document.name));
        if own.is_file() {
            text.push('\n');
            text.push_str(&fs::read_to_string(&own).context(own.display())?);
        }
        let joined = self.folder.join("schemathesis.toml");
        fs::write(&joined, text).context(joined.display())?;
        Ok(joined)
    }
}

/// The first two people, as Schemathesis wants to know them.
fn identities(people: &[Value]) -> Value {
    let identity = |(name, person): (&str, &Value)| {
        let key = person["key"].as_str().unwrap_or_default();
        let bearer = format!("Bearer {key}");
        // Some operations take the key in a header of its own.
        json!({ "name": name, "fixedHeaders": [
            { "name": "Authorization", "value": bearer },
            { "name": "X-Api-Key", "value": key },
        ] })
    };
    let auth: Vec<Value> = ["caller", "stranger"]
        .into_iter()
        .zip(people)
        .map(identity)
        .collect();
    json!({ "auth": auth })
}

/// The number before a word, as in `905 generated, 905 passed`.
fn number(printed: &str, word: &str) -> Option<usize> {
    printed.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words
            .iter()
            .position(|found| found.trim_end_matches(',') == word)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    })
}

/// The number after a label, as in `Scenarios:    38`.
fn number_after(printed: &str, label: &str) -> Option<usize> {
    printed
        .lines()
        .find_map(|line| line.trim().strip_prefix(label)?.trim().parse().ok())
}

/// What Schemathesis reported: the path of each section, and the codes in it.
fn findings(printed: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut reported = "";
    for line in printed.lines() {
        if line.starts_with('_') && line.ends_with('_') {
            reported = path(line.trim_matches(['_', ' ']));
        } else if let Some(code) = line.strip_prefix("- ST") {
            let end = code.find(' ').unwrap_or(code.len());
            found.push((reported, &line[2..4 + end]));
        }
    }
    found
}

/// `/v1/usage` of `GET /v1/usage`. A fault in how methods are refused is reported under the method.
fn path(operation: &str) -> &str {
    operation
        .split_once(' ')
        .map_or(operation, |(_, path)| path)
}

fn empty(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).context(folder.display())?;
    }
    fs::create_dir_all(folder).context(folder.display())
}

#[cfg(test)]
mod tests {
    use super::{findings, number, number_after};

    #[test]
    fn what_schemathesis_counted_is_found() {
        let printed = "     Scenarios:    38\n\nTest cases:\n  2227 generated, 5 skipped\n";
        assert_eq!(number(printed, "generated"), Some(2227));
        assert_eq!(number_after(printed, "Scenarios:"), Some(38));
        assert_eq!(number("nothing", "generated"), None);
    }

    #[test]
    fn findings_belong_to_the_path_above_them() {
        let printed = "_____ GET /v1/usage _____\n1. Test Case ID: a\n\n- ST108 Response violates schema\n\n\
                       _____ GET /v1/plans _____\n- ST101 Server error\n";
        assert_eq!(
            findings(printed),
            [("/v1/usage", "ST108"), ("/v1/plans", "ST101")]
        );
    }
}
