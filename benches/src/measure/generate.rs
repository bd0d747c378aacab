//! `cargo xtask generate` against openapi-generator's `rust-axum` on the same documents: those of
//! this repository, and as many as the design has.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use crate::Error;
use crate::bench::Bench;
use crate::report::{Detail, Goal, Measured, Row, Unit};

mod documents;
mod opponent;

use self::documents::Documents;
use self::opponent::OpenapiGenerator;

const OPPONENT: &str = "openapi-generator rust-axum, all documents in one process";
const FORMATTING: &str = "of 1.9 s of CPU, rustfmt takes 0.8 s; openapi-generator pays for the start of \
    Java once for all documents, so the more documents, the smaller its share.";
const GOAL: Goal = Goal::AtLeast(20.0, Unit::Times);

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let sets = [Documents::here(bench)?, Documents::many(bench)?];
    let opponent = match OpenapiGenerator::prepare(&target(bench).join("xtask"))? {
        Ok(opponent) => opponent,
        Err(reason) => {
            let rows = sets.iter().flat_map(|set| {
                WAYS.map(|way| Row::not_measured(&name(set, &way), OPPONENT, GOAL, &reason))
            });
            return Ok(rows.collect());
        }
    };
    let xtask = xtask(bench)?;
    let mut rows = Vec::new();
    for set in &sets {
        rows.extend(compare(bench, set, &xtask, &opponent)?);
    }
    Ok(rows)
}

/// A way to call our generator.
struct Way {
    name: &'static str,
    arguments: &'static [&'static str],
}

/// From nothing, and with everything there to compare with.
const WAYS: [Way; 2] = [
    Way {
        name: "generate, from nothing",
        arguments: &["generate"],
    },
    Way {
        name: "generate --check",
        arguments: &["generate", "--check"],
    },
];

fn name(set: &Documents, way: &Way) -> String {
    format!(
        "{}: {} documents, {} operations",
        way.name, set.documents, set.operations
    )
}

fn compare(
    bench: &Bench,
    set: &Documents,
    xtask: &Path,
    opponent: &OpenapiGenerator,
) -> Result<[Row; 2], Error> {
    let mut ours = WAYS.map(|_| Vec::new());
    let mut theirs = Vec::new();
    for round in 1..=bench.rounds {
        set.forget_crates()?;
        for (way, runs) in WAYS.iter().zip(&mut ours) {
            let mut command = Command::new(xtask);
            command.args(way.arguments).current_dir(set.folder());
            runs.push(run(bench, command)?);
        }
        theirs.push(run(bench, opponent.command(bench, set)?)?);
        opponent.expect_crates(set)?;
        eprintln!("  {round}/{} {}", bench.rounds, set.operations);
    }
    let row = |way: &Way, runs: &[Run]| {
        // Both must be so much faster: on the clock and in what it costs.
        let times = theirs
            .iter()
            .zip(runs)
            .map(|(theirs, ours)| (theirs.elapsed / ours.elapsed).min(theirs.cpu / ours.cpu));
        Row::new(
            &name(set, way),
            OPPONENT,
            GOAL,
            Measured::of(times.collect()),
        )
        .details(details("charter", runs))
        .details(details("openapi-generator", &theirs))
        .if_missed(FORMATTING)
    };
    let [anew, check] = &ours;
    let [first, second] = &WAYS;
    Ok([row(first, anew), row(second, check)])
}

fn details(of: &str, runs: &[Run]) -> [Detail; 2] {
    type Figure = (&'static str, fn(&Run) -> f64);
    let figures: [Figure; 2] = [("elapsed", |run| run.elapsed), ("CPU", |run| run.cpu)];
    figures.map(|(what, figure)| {
        let median = Measured::of(runs.iter().map(figure).collect()).median;
        Detail::new(of, what, median, Unit::Seconds)
    })
}

/// What a program took, in seconds.
struct Run {
    elapsed: f64,
    cpu: f64,
}

/// Runs a program on all cores. Its CPU time is that of all processes it waited for as well.
fn run(bench: &Bench, mut command: Command) -> Result<Run, Error> {
    let before = cpu_of_children()?;
    let begun = Instant::now();
    let output = bench
        .cores
        .everywhere(|| command.stdin(Stdio::null()).output())??;
    let elapsed = begun.elapsed().as_secs_f64();
    let cpu = (cpu_of_children()? - before).as_secs_f64();
    if !output.status.success() {
        return Err(format!(
            "{} ended with {}: {}",
            command.get_program().display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(Run { elapsed, cpu })
}

fn cpu_of_children() -> Result<Duration, Error> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    Ok(Duration::from_micros(u64::try_from(micros[0] + micros[1])?))
}

/// The program that `cargo xtask` runs, as it builds it.
fn xtask(bench: &Bench) -> Result<PathBuf, Error> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--quiet", "--package", "xtask"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(bench.root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = bench.cores.everywhere(|| cargo.output())??;
    if !output.status.success() {
        return Err("xtask cannot be built".into());
    }
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == json!("xtask"))
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| "cargo does not say where xtask is".into())
}

/// Cargo's target folder.
fn target(bench: &Bench) -> PathBuf {
    let root = bench.root();
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}
