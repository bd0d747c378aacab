//! Clients that other people's generators write from the served documents, each of which lives
//! the same story against the running service.
//!
//! The story is a table, `tests/clients/story.yaml`. A client is a generated library and a small
//! driver, `tests/clients/drivers`, which makes the calls that it is told. Whether the client has
//! sent what the table says and has lost nothing of what was answered is checked here, for every
//! language alike, by a witness between the client and the service.

mod defects;
mod documents;
mod driver;
mod http;
mod language;
mod mails;
mod story;
mod witness;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use self::defects::Defect;
use self::documents::Documents;
use self::driver::Driver;
use self::language::{LANGUAGES, Language, Workbench, empty};
use self::story::{Outcome, Story, Telling};
use self::witness::Witness;
use crate::failure::{Context, Failure, wrong};
use crate::progress::seconds;
use crate::service::Service;
use crate::step::{Step, Tally};
use crate::table::table;
use crate::test;
use crate::workshop::{OnMissing, Workshop};
use crate::workspace;

/// Have generated clients live a story against the service.
///
/// Generators and compilers are installed into `target/xtask/clients`. A language whose tools the
/// machine lacks, and that cannot be installed, is skipped; with `CI` set it fails.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// These languages instead of all.
    #[arg(value_name = "LANGUAGE")]
    languages: Vec<String>,
    /// Say which languages there are, and what the story is.
    #[arg(long)]
    list: bool,
    /// Print the results as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// A service that is built already, instead of the one that the sources make.
    #[arg(long, value_name = "FILE")]
    charter: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match languages(&arguments.languages) {
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
        Ok(_) if arguments.list => list(),
        Ok(chosen) => test::alone("clients", |step, shop| {
            let charter = match &arguments.charter {
                Some(charter) => charter,
                None => shop.charter(step)?,
            };
            let tally = live(step, shop, charter, &chosen, |results| {
                if arguments.json {
                    println!("{:#}", Value::from_iter(results.iter().map(as_value)));
                } else {
                    let rows: Vec<_> = results.iter().map(as_row).collect();
                    let headings = [
                        "language",
                        "generator",
                        "story",
                        "time",
                        "known defects, or what is wrong",
                    ];
                    println!("\n{}", table(headings, &rows));
                }
            })?;
            Ok(tally.and(remaining(step, &chosen)?, "defects that remain"))
        }),
    }
}

/// The languages that `cargo xtask test` has time for.
pub(crate) fn check(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    let tested: Vec<_> = LANGUAGES
        .iter()
        .filter(|language| language.tested)
        .collect();
    live(step, shop, shop.charter(step)?, &tested, |_| ())
}

fn languages(names: &[String]) -> Result<Vec<&'static Language>, Failure> {
    if names.is_empty() {
        return Ok(LANGUAGES.iter().collect());
    }
    let named = names.iter().map(|name| {
        let known = LANGUAGES.iter().find(|language| language.name == name);
        known.map_or_else(
            || {
                wrong(format!(
                    "no client is made for {name}; --list says for what"
                ))
            },
            Ok,
        )
    });
    named.collect()
}

fn list() -> ExitCode {
    for language in LANGUAGES {
        println!("{:<12} {}", language.name, language.generator);
    }
    match Story::read() {
        Ok(story) => {
            println!("\nThe story:");
            story.rows().for_each(|row| println!("  {row}"));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// How it went in one language.
struct Lived {
    language: &'static Language,
    outcome: Result<Vec<Outcome>, Failure>,
    /// What is known to be wrong with the generator.
    defects: Vec<Defect>,
    time: Duration,
}

impl Lived {
    fn passed(&self) -> usize {
        let rows = self.outcome.iter().flatten();
        rows.filter(|row| row.complaints.is_empty()).count()
    }

    fn known(&self) -> Vec<&str> {
        self.defects
            .iter()
            .map(|defect| defect.name.as_str())
            .collect()
    }

    /// The first thing that is wrong.
    fn wrong(&self) -> Option<String> {
        match &self.outcome {
            Ok(rows) => rows.iter().find_map(|row| {
                let complaint = row.complaints.first()?;
                Some(format!("{}: {complaint}", row.row))
            }),
            Err(failure) => Some(failure.to_string()),
        }
    }
}

fn live(
    step: &Step,
    shop: &Workshop,
    charter: &Path,
    languages: &[&'static Language],
    show: impl FnOnce(&[Lived]),
) -> Result<Tally, Failure> {
    let story = Story::read()?;
    let mut results = Vec::new();
    for language in languages {
        let began = step.elapsed();
        let defects = defects::of(language.name)?;
        let outcome = in_one(step, charter, language, &story, &defects);
        if matches!(outcome, Err(Failure::Interrupted)) {
            return Err(Failure::Interrupted);
        }
        results.push(Lived {
            language,
            outcome,
            defects,
            time: step.elapsed() - began,
        });
    }
    show(&results);
    conclude(step, shop, &results)
}

/// What is missing skips a language, unless it is the only one or nothing may be skipped.
fn conclude(step: &Step, shop: &Workshop, results: &[Lived]) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    for lived in results {
        match (&lived.outcome, lived.wrong()) {
            (_, None) => tally = tally.and(1, "clients").and(lived.passed(), "steps"),
            (Err(Failure::Missing(part)), _) if shop.on_missing == OnMissing::Skip => {
                step.note(&format!("{}: skipped: {part}", lived.language.name));
                tally = tally.and(1, "skipped");
            }
            (_, Some(why)) => broken.push(format!("{}: {why}", lived.language.name)),
        }
    }
    if broken.is_empty() {
        return Ok(tally);
    }
    wrong(broken.join("\n   "))
}

/// A service, a client, and the whole story.
fn in_one(
    step: &Step,
    charter: &Path,
    language: &Language,
    story: &Story,
    defects: &[Defect],
) -> Result<Vec<Outcome>, Failure> {
    let folder = workspace::scratch().join("clients").join(language.name);
    empty(&folder)?;
    let service = service(step, charter, &folder.join("service"))?;
    let documents = Documents::fetch(&service.address, folder.join("documents"))?;
    story.complete(&documents)?;
    let bench = Workbench {
        step,
        documents: &documents,
        story,
        folder: folder.join("clients"),
    };
    empty(&bench.folder)?;
    let command = (language.make)(&bench)?;
    let witness = Witness::before(&service.address)?;
    let driver = Driver::start(step, command, &witness.address)?;
    let mails = folder.join("service/mail");
    let outcomes = Telling {
        step,
        documents: &documents,
        driver,
        witness,
        address: &service.address,
        mails: &mails,
        losses: defects.iter().flat_map(Defect::loses).collect(),
        kept: BTreeMap::new(),
    }
    .live(story)?;
    service.stop()?;
    Ok(outcomes)
}

/// A service with everything that the story needs of it.
fn service(step: &Step, charter: &Path, folder: &Path) -> Result<Service, Failure> {
    empty(folder)?;
    let settings = workspace::root().join("tests/clients/charter.toml");
    let database = format!("sqlite://{}", folder.join("charter.db").display());
    fs::copy(&settings, folder.join("charter.toml")).context(settings.display())?;
    Service::start(step, charter, &database, |serve| {
        serve
            .current_dir(folder)
            .env("CHARTER_CONFIG", folder.join("charter.toml"))
            .env("CHARTER_MAIL_FOLDER", folder.join("mail"))
            .env("NO_PROXY", "127.0.0.1");
    })
}

/// Has generators show their defects once more: one that is gone needs no detour any more.
fn remaining(step: &Step, languages: &[&'static Language]) -> Result<usize, Failure> {
    let mut defects = defects::all()?;
    if languages.len() < LANGUAGES.len() {
        defects.retain(|defect| languages.iter().any(|one| defect.concerns(one.name)));
    }
    for defect in &defects {
        let folder = workspace::scratch()
            .join("clients/defects")
            .join(&defect.name);
        empty(&folder)?;
        if !language::remains(step, defect, &folder)? {
            return wrong(format!(
                "tests/clients/defects/{}.yaml shows no defect any more: delete it, and what is \
                 done instead",
                defect.name
            ));
        }
    }
    Ok(defects.len())
}

fn as_row(lived: &Lived) -> [String; 5] {
    let steps = match &lived.outcome {
        Ok(rows) => format!("{} of {}", lived.passed(), rows.len()),
        Err(Failure::Missing(_)) => "skipped".to_owned(),
        Err(_) => "not begun".to_owned(),
    };
    [
        lived.language.name.to_owned(),
        lived.language.generator.to_owned(),
        steps,
        seconds(lived.time),
        lived.wrong().unwrap_or_else(|| lived.known().join(", ")),
    ]
}

fn as_value(lived: &Lived) -> Value {
    let rows = lived.outcome.as_ref().map(|rows| {
        Value::from_iter(
            rows.iter()
                .map(|row| json!({"step": row.row, "complaints": row.complaints})),
        )
    });
    json!({
        "language": lived.language.name,
        "generator": lived.language.generator,
        "passed": lived.passed(),
        "seconds": lived.time.as_secs_f64(),
        "wrong": lived.wrong(),
        "defects": lived.known(),
        "steps": rows.ok(),
    })
}
