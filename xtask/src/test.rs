//! `cargo xtask test`: every check there is, in the order in which mistakes show soonest.

use std::env;
use std::fs::{self, File, TryLockError};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::{Context, Failure};
use crate::progress::seconds;
use crate::step::{self, Step, Tally};
use crate::table::table;
use crate::workshop::{OnMissing, Workshop};
use crate::{
    browser, cargo_test, clients, compatibility, contract, environment, interrupt, licences, lint,
    snapshots, workspace,
};

/// Run every check: formatting, generated files, documents, their compatibility, licences,
/// clippy, tests on SQLite and PostgreSQL, snapshots, contract runs, the browser and generated
/// clients.
///
/// What the checks need is prepared first, and kept under `target/xtask`. Logs are there too.
/// A part that the machine lacks and that cannot be installed is skipped, with the command that
/// would install it; with `CI` set it fails.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run this step alone, and what it needs. May be given several times.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Say which steps there are.
    #[arg(long)]
    list: bool,
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    json: bool,
}

type Check = fn(&Step, &Workshop) -> Result<Tally, Failure>;

/// One row of the final table.
struct Plan {
    name: &'static str,
    about: &'static str,
    check: Check,
    /// Steps that must not have failed before.
    after: &'static [&'static str],
    /// Steps that are brought along when this one is asked for alone.
    with: &'static [&'static str],
}

const PLAN: &[Plan] = &[
    Plan {
        name: "environment",
        about: "Python and Node packages, PostgreSQL, Chromium, xmlsec1",
        check: environment::check,
        after: &[],
        with: &[],
    },
    Plan {
        name: "format",
        about: "cargo fmt --check",
        check: lint::format,
        after: &[],
        with: &[],
    },
    Plan {
        name: "generate",
        about: "generated code is what the documents say",
        check: lint::generate,
        after: &[],
        with: &[],
    },
    Plan {
        name: "documents",
        about: "redocly lint",
        check: lint::documents,
        after: &[],
        with: &[],
    },
    Plan {
        name: "compatibility",
        about: "no document breaks who relies on its newest release",
        check: compatibility::check,
        after: &[],
        with: &[],
    },
    Plan {
        name: "licences",
        about: "every crate's licence against the exact list in deny.toml",
        check: licences::check,
        after: &[],
        with: &[],
    },
    Plan {
        name: "clippy",
        about: "cargo clippy, warnings denied",
        check: lint::clippy,
        after: &[],
        with: &[],
    },
    Plan {
        name: "build",
        about: "everything that the steps below run",
        check: cargo_test::build,
        after: &[],
        with: &[],
    },
    Plan {
        name: "tests",
        about: "cargo test on SQLite and PostgreSQL",
        check: cargo_test::tests,
        after: &["build"],
        with: &[],
    },
    Plan {
        name: "snapshots",
        about: "none pending, none that no test compares",
        check: snapshots::check,
        after: &["tests"],
        // The snapshots that count are those that the tests compare.
        with: &["tests"],
    },
    Plan {
        name: "contract",
        about: "Schemathesis as four callers, on SQLite and PostgreSQL; what it reached",
        check: contract::check,
        after: &["build"],
        with: &[],
    },
    Plan {
        name: "browser",
        about: "Chromium uses the documentation page and the report",
        check: browser::check,
        after: &["build"],
        with: &[],
    },
    Plan {
        name: "clients",
        about: "generated clients for TypeScript and Python live a story",
        check: clients::check,
        after: &["build"],
        with: &[],
    },
];

/// How one step ended.
struct Row {
    name: &'static str,
    result: Result<Tally, Failure>,
    time: Duration,
}

impl Row {
    fn word(&self) -> &'static str {
        match self.result {
            Ok(_) => "passed",
            Err(Failure::Missing(_)) => "skipped",
            Err(_) => "failed",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    if arguments.list {
        for plan in PLAN {
            println!("{:<13} {}", plan.name, plan.about);
        }
        return ExitCode::SUCCESS;
    }
    let mut wanted = Vec::new();
    for name in &arguments.only {
        match PLAN.iter().find(|plan| plan.name == name) {
            Some(plan) => wanted.push(plan),
            None => {
                eprintln!(
                    "there is no step {name:?}; `cargo xtask test --list` says which there are"
                );
                return ExitCode::FAILURE;
            }
        }
    }
    if wanted.is_empty() {
        wanted.extend(PLAN);
    } else {
        for name in wanted.iter().flat_map(|plan| plan.with).collect::<Vec<_>>() {
            wanted.extend(PLAN.iter().filter(|plan| plan.name == *name));
        }
    }
    let plans = PLAN
        .iter()
        .filter(|plan| wanted.iter().any(|wanted| wanted.name == plan.name));
    conclude(&carry_out(plans), arguments.json)
}

/// Runs these steps alone, for the verbs that are a part of this one.
pub(crate) fn only(names: &[&str]) -> ExitCode {
    let plans = PLAN.iter().filter(|plan| names.contains(&plan.name));
    conclude(&carry_out(plans), false)
}

/// Runs one check that is not a step as it stands in the plan, such as a part of one.
pub(crate) fn alone(
    name: &'static str,
    check: impl FnOnce(&Step, &Workshop) -> Result<Tally, Failure>,
) -> ExitCode {
    let _turn = match take_turn() {
        Ok(turn) => turn,
        Err(failure) => {
            eprintln!("{failure}");
            return ExitCode::FAILURE;
        }
    };
    let shop = Workshop::open();
    conclude(&[carry_out_one(name, check, &shop)], false)
}

fn carry_out<'a>(plans: impl Iterator<Item = &'a Plan>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let _turn = match take_turn() {
        Ok(turn) => turn,
        Err(failure) => {
            rows.push(Row {
                name: "start",
                result: Err(failure),
                time: Duration::ZERO,
            });
            return rows;
        }
    };
    let shop = Workshop::open();
    for plan in plans {
        let lost = rows
            .iter()
            .find(|row| row.result.is_err() && plan.after.contains(&row.name));
        let row = if interrupt::requested() {
            break;
        } else if let Some(lost) = lost {
            let why = format!("not run, because {} failed", lost.name);
            eprintln!("-- {:<18} {:>9}  {why}", plan.name, "");
            Row {
                name: plan.name,
                result: Err(Failure::Wrong(why)),
                time: Duration::ZERO,
            }
        } else {
            carry_out_one(plan.name, plan.check, &shop)
        };
        rows.push(row);
    }
    rows
}

fn carry_out_one(
    name: &'static str,
    check: impl FnOnce(&Step, &Workshop) -> Result<Tally, Failure>,
    shop: &Workshop,
) -> Row {
    let step = match Step::start(name) {
        Ok(step) => step,
        Err(failure) => {
            eprintln!("{name}: {failure}");
            return Row {
                name,
                result: Err(failure),
                time: Duration::ZERO,
            };
        }
    };
    let result = match check(&step, shop) {
        Err(Failure::Missing(part)) if shop.on_missing == OnMissing::Fail => {
            Err(Failure::Wrong(part.to_string()))
        }
        result => result,
    };
    let time = step.elapsed();
    let log = step.log().to_owned();
    match &result {
        Ok(tally) => step.finish("ok", &tally.to_string()),
        Err(failure @ Failure::Missing(_)) => step.finish("--", &format!("skipped: {failure}")),
        Err(failure) => {
            step.finish("!!", "failed");
            if !matches!(failure, Failure::Interrupted) {
                eprintln!("{}", indented(&step::tail(&log, 40)));
                eprintln!("   {name}: {failure}");
                eprintln!("   the whole log: {}", log.display());
                eprintln!("   this step alone: {}", again(name));
            }
        }
    }
    Row { name, result, time }
}

/// Two runs at once would take each other's database, logs and packages away.
pub(crate) fn take_turn() -> Result<File, Failure> {
    let folder = workspace::scratch();
    fs::create_dir_all(&folder).context(folder.display())?;
    let path = folder.join("lock");
    let file = File::create(&path).context(path.display())?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error).context(path.display()),
            Err(TryLockError::WouldBlock) if interrupt::requested() => {
                return Err(Failure::Interrupted);
            }
            Err(TryLockError::WouldBlock) => {
                if !told {
                    eprintln!("waiting for another `cargo xtask` to end");
                    told = true;
                }
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

/// The table, and the line that says how many.
fn conclude(rows: &[Row], as_json: bool) -> ExitCode {
    let count = |word: &str| rows.iter().filter(|row| row.word() == word).count();
    let (passed, failed, skipped) = (count("passed"), count("failed"), count("skipped"));
    let mut summary = format!("{passed} passed, {failed} failed");
    if skipped > 0 {
        summary.push_str(&format!(", {skipped} skipped"));
    }
    let total: Duration = rows.iter().map(|row| row.time).sum();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(as_value).collect();
        println!(
            "{:#}",
            json!({
                "passed": passed,
                "failed": failed,
                "skipped": skipped,
                "seconds": total.as_secs_f64(),
                "steps": rows,
            })
        );
    } else {
        let mut lines: Vec<[String; 4]> = rows.iter().map(as_line).collect();
        lines.push(["".into(), "".into(), seconds(total), "".into()]);
        println!("\n{}", table(["step", "result", "time", "checked"], &lines));
        println!("{summary}");
    }
    if interrupt::requested() {
        return ExitCode::from(130);
    }
    if failed > 0 || passed + skipped == 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn as_line(row: &Row) -> [String; 4] {
    let checked = match &row.result {
        Ok(tally) => tally.to_string(),
        Err(failure) => failure.to_string().lines().next().unwrap_or("").to_owned(),
    };
    [
        row.name.into(),
        row.word().into(),
        seconds(row.time),
        checked,
    ]
}

fn as_value(row: &Row) -> Value {
    let mut value = json!({
        "step": row.name,
        "result": row.word(),
        "seconds": row.time.as_secs_f64(),
    });
    match &row.result {
        Ok(tally) => {
            let counts = tally
                .entries()
                .iter()
                .map(|(what, count)| (what.clone(), json!(count)))
                .collect();
            value["checked"] = Value::Object(counts);
        }
        Err(failure) => {
            value["why"] = json!(failure.to_string());
            value["again"] = json!(again(row.name));
        }
    }
    value
}

/// The command that runs one step alone.
fn again(name: &str) -> String {
    if PLAN.iter().any(|plan| plan.name == name) {
        return format!("cargo xtask test --only {name}");
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    format!("cargo xtask {}", arguments.join(" "))
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("   | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
