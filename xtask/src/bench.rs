//! What Charter costs beside the same work written by hand.

mod peers;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use crate::failure::{Context, Failure, wrong};
use crate::interrupt;
use crate::step::{self, Step};
use crate::test;
use crate::workshop::Workshop;
use crate::workspace;

/// So many rounds are few enough to wait for and enough for a median.
const ROUNDS: usize = 7;

/// Measure Charter beside the same work written by hand, and print a table.
///
/// Builds the service and the servers it is compared with in release, starts a PostgreSQL cluster
/// where that is possible, and lets them take turns. A run of all measures writes its figures into
/// docs/PERFORMANCE.md. Keep the machine quiet meanwhile.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; everything when nothing is named.
    measures: Vec<String>,
    /// How often each contender has its turn.
    #[arg(long, default_value_t = ROUNDS)]
    rounds: usize,
    /// How long a turn lasts.
    #[arg(long, default_value = "3", value_name = "SECONDS")]
    seconds: String,
    /// Print the rows as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// Write the figures into docs/PERFORMANCE.md although this is no run of everything; the rows
    /// of other measures stay.
    #[arg(long)]
    write: bool,
    /// Say what can be measured.
    #[arg(long)]
    list: bool,
}

impl Arguments {
    fn are_written(&self) -> bool {
        self.write || (self.measures.is_empty() && self.rounds >= ROUNDS)
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match measure(arguments) {
        Ok(code) => code,
        Err(Failure::Interrupted) => ExitCode::from(130),
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let _turn = test::take_turn()?;
    let shop = Workshop::open();
    let step = Step::start("bench")?;
    if let Err(failure) = build(&step) {
        let log = step.log().to_owned();
        step.finish("!!", "failed");
        eprintln!("{}", step::tail(&log, 40));
        return Err(failure);
    }
    let mut benches = benches();
    if arguments.list {
        step.finish("ok", "built");
        return finish(benches.args(["measure", "--list"]));
    }
    let prepared = match shop.postgres(&step) {
        Ok(cluster) => {
            benches.env("CHARTER_BENCH_POSTGRES", cluster.url("postgres"));
            "built, PostgreSQL runs".to_owned()
        }
        Err(Failure::Missing(part)) => format!("built; {part}"),
        Err(failure) => return Err(failure),
    };
    if arguments.measures.is_empty() || arguments.measures.iter().any(|name| name == "peers") {
        peers::prepare(&step)?.tell(&mut benches);
    }
    step.finish("ok", &prepared);

    benches
        .arg("measure")
        .args(&arguments.measures)
        .args(["--seconds", &arguments.seconds])
        .args(["--rounds", &arguments.rounds.to_string()]);
    if arguments.are_written() {
        benches.arg("--record").arg(workspace::root().join("docs"));
    }
    if !arguments.json {
        return finish(&mut benches);
    }
    let rows = workspace::scratch().join("bench.json");
    let code = finish(benches.arg("--json").arg(&rows).stdout(Stdio::null()))?;
    print!("{}", fs::read_to_string(&rows).context(rows.display())?);
    Ok(code)
}

/// Both at once, so that they share one set of features and nothing is compiled twice.
fn build(step: &Step) -> Result<(), Failure> {
    step.run(workspace::cargo().args([
        "build",
        "--locked",
        "--release",
        "--package",
        "charter-server",
        "--package",
        "charter-benches",
    ]))?;
    Ok(())
}

fn benches() -> Command {
    let mut benches = Command::new(workspace::target().join("release/charter-benches"));
    // Its own group: Ctrl-C reaches us, and we end it with the servers that it started.
    benches
        .current_dir(workspace::root())
        .stdin(Stdio::null())
        .process_group(0);
    benches
}

/// Runs it to its end, with its output as ours.
fn finish(command: &mut Command) -> Result<ExitCode, Failure> {
    let mut child = command.spawn().context(step::shown(command))?;
    loop {
        if let Some(status) = child.try_wait().context("charter-benches")? {
            return match status.code() {
                Some(0) => Ok(ExitCode::SUCCESS),
                Some(_) => Ok(ExitCode::FAILURE),
                None => wrong(format!("charter-benches ended with {status}")),
            };
        }
        if interrupt::requested() {
            step::end(&mut child);
            return Err(Failure::Interrupted);
        }
        thread::sleep(Duration::from_millis(200));
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _, Parser};

    use super::Arguments;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn are_written(line: &[&str]) -> bool {
        let line = ["bench"].iter().chain(line);
        let matches = Command::command().get_matches_from(line);
        Command::from_arg_matches(&matches)
            .expect("the line is well-formed")
            .arguments
            .are_written()
    }

    #[test]
    fn a_whole_run_is_written_and_a_glance_is_not() {
        assert!(are_written(&[]));
        assert!(are_written(&["list", "--write"]));
        assert!(!are_written(&["list"]));
        assert!(!are_written(&["--rounds", "3"]));
    }
}
