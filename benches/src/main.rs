//! What Charter costs beside the same work written by hand.
//!
//! `charter-benches measure` starts servers, loads them in turns and compares
//! what they used; `charter-benches serve` is one of the hand-written servers
//! that Charter is compared with. `cargo xtask bench` builds and calls both.
//! `charter-benches timing` measures what times tell about accounts.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to the person who called it"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "clocks are what is read here, and no answer depends on them"
)]

mod bench;
mod contest;
mod fixture;
mod load;
mod measure;
mod opponent;
mod process;
mod report;
mod timing;
mod writers;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::bench::Bench;
use crate::opponent::Opponent;
use crate::timing::Timing;
use crate::writers::Write;

/// The one of `charter`, for every opponent as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why something could not be measured or served.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// What Charter costs beside the same work written by hand.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Measure(Measure),
    Serve(Serve),
    Timing(Timing),
    Write(Write),
}

/// Measure, and print a table.
#[derive(Args)]
struct Measure {
    /// What to measure; everything when none is named. `--list` says which there are.
    names: Vec<String>,

    /// List what can be measured.
    #[arg(long)]
    list: bool,

    /// How often each contender has its turn.
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// How long a turn lasts.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,

    /// Write the rows into this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Rewrite the tables of PERFORMANCE.md and its JSON in this folder. Rows of
    /// measures that were not named stay as they are.
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,

    /// A PostgreSQL database that may be filled and emptied, for a role that may make others
    /// [env: CHARTER_BENCH_POSTGRES].
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
}

/// Serve a hand-written opponent until the process is ended.
#[derive(Args)]
struct Serve {
    /// Its name.
    opponent: String,

    /// The database it answers from, if it has one.
    #[arg(long, default_value = "", value_name = "URL")]
    database: String,

    /// Address to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "HOST:PORT")]
    listen: String,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::Measure(arguments) => measure(arguments),
        Verb::Serve(arguments) => serve(&arguments),
        Verb::Timing(arguments) => timing::measure(&arguments).map(|()| ExitCode::SUCCESS),
        Verb::Write(arguments) => writers::write(&arguments).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: Measure) -> Result<ExitCode, Error> {
    if arguments.list {
        for known in measure::ALL {
            println!("{:<12} {}", known.name, known.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = measure::chosen(&arguments.names)?;
    let bench = Bench::new(
        arguments.rounds,
        Duration::try_from_secs_f64(arguments.seconds)?,
        arguments
            .postgres
            .or_else(|| env::var("CHARTER_BENCH_POSTGRES").ok()),
    )?;
    if let Some(load) = report::busy() {
        eprintln!("the load average is {load}: other programs will show in the figures");
    }
    let mut rows = Vec::new();
    let mut code = ExitCode::SUCCESS;
    for measure in chosen {
        eprintln!("{}: {}", measure.name, measure.about);
        match (measure.measure)(&bench) {
            Ok(measured) => rows.extend(measured.into_iter().map(|row| row.of(measure, &bench))),
            Err(error) => {
                eprintln!("{}: {error}", measure.name);
                code = ExitCode::FAILURE;
            }
        }
    }
    println!("{}", report::table(&rows));
    if let Some(file) = &arguments.json {
        report::write_json(file, &rows)?;
    }
    if let Some(folder) = &arguments.record {
        report::record(folder, &rows)?;
    }
    Ok(code)
}

fn serve(arguments: &Serve) -> Result<ExitCode, Error> {
    let opponent = Opponent::named(&arguments.opponent)?;
    // As the service itself: one worker for each core that the process may use.
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(opponent.serve(&arguments.database, &arguments.listen))?;
    Ok(ExitCode::SUCCESS)
}
