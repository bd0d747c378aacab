//! Creating invites: the invite, its mail in the outbox and its audit row in one durable commit, by
//! many at once. Charter's store against the same statements by hand, each in a process of its own;
//! over HTTP for orientation.

use std::env;
use std::process::{Command, Stdio};

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, contest, same_answers_but};
use crate::fixture::{Filled, Population};
use crate::load::{Load, Request};
use crate::opponent::INVITES_SQLX;
use crate::report::{Detail, Goal, Measured, Row, Unit};
use crate::writers::Seen;

const POPULATION: Population = Population {
    organisations: 1,
    people: 20,
    watched: 1,
    members: 20,
};

const BY_HAND: &str = "sqlx by hand, one commit each";

/// Why the goal is missed.
const THE_TURN: &str = "\
    Profiled on 2026-11-23: 15 of 16 invites share each fsync, which takes 0.3 ms of the 1.8 ms of \
    such a round. The rest is CPU in the writer's turn, one invite after the other: 62 % of it in \
    SQLite (15 the commit, 9 the copies of pages that savepoints keep), no other function above 5 %. \
    Ending transactions on the thread at hand and temporary pages in files were tried, and lost.";

/// One of the figures of a turn.
type Figure = fn(&Seen) -> f64;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let database = Filled::sqlite(bench, POPULATION)?;
    let mut rows = Vec::new();
    for writers in [16, 64] {
        rows.extend(with_writers(bench, &database, writers)?);
    }
    Ok(rows)
}

fn with_writers(bench: &Bench, database: &Filled, writers: usize) -> Result<[Row; 2], Error> {
    let mut charter = Vec::new();
    let mut sqlx = Vec::new();
    for round in 1..=bench.rounds {
        for (contender, seen) in [("charter", &mut charter), ("sqlx", &mut sqlx)] {
            let turn = turn(bench, database, contender, writers)?;
            eprintln!(
                "  {round}/{} {contender:<8} {writers} writers {:>8.0} /s  {:>7.1} us CPU  p99 \
                 {:>7.2} ms",
                bench.rounds, turn.throughput, turn.cpu, turn.p99
            );
            seen.push(turn);
        }
    }
    let ratio = |figure: Figure| {
        let [charter, sqlx] =
            [&charter, &sqlx].map(|seen| seen.iter().map(figure).collect::<Vec<_>>());
        Measured::ratios(&charter, &sqlx)
    };
    let name = format!("create invite, {writers} writers, SQLite, synchronous=FULL");
    Ok([
        Row::new(
            &format!("{name}: throughput"),
            BY_HAND,
            Goal::AtLeast(6.0, Unit::Times),
            ratio(|seen| seen.throughput),
        )
        .details(details("charter", &charter))
        .details(details("sqlx", &sqlx))
        .details(over_http(bench, database, writers)?)
        .if_missed(THE_TURN),
        Row::new(
            &format!("{name}: p99"),
            BY_HAND,
            Goal::AtMost(1.0, Unit::Times),
            ratio(|seen| seen.p99),
        ),
    ])
}

/// One contender in a process and with a copy of the database of its own.
fn turn(bench: &Bench, database: &Filled, contender: &str, writers: usize) -> Result<Seen, Error> {
    let folder = bench.folder()?;
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["write", contender, "--key", database.admin_key()?])
        .args(["--database", &database.copy_into(folder.path())?])
        .args(["--writers", &writers.to_string()])
        .args(["--warm-up", &bench.warm_up.as_secs_f64().to_string()])
        .args(["--seconds", &bench.window.as_secs_f64().to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    // There is no load generator beside it.
    let output = bench.cores.everywhere(|| command.output())??;
    if !output.status.success() {
        return Err(format!("{contender} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn details(of: &str, seen: &[Seen]) -> [Detail; 4] {
    let figures: [(&str, Figure, Unit); 4] = [
        ("throughput", |seen| seen.throughput, Unit::PerSecond),
        ("CPU per invite", |seen| seen.cpu, Unit::Microseconds),
        ("p50", |seen| seen.p50, Unit::Milliseconds),
        ("p99", |seen| seen.p99, Unit::Milliseconds),
    ];
    figures.map(|(what, figure, unit)| {
        let median = Measured::of(seen.iter().map(figure).collect()).median;
        Detail::new(of, what, median, unit)
    })
}

/// The same with HTTP, authentication and validation around it.
fn over_http(bench: &Bench, database: &Filled, writers: usize) -> Result<Vec<Detail>, Error> {
    let folders = [bench.folder()?, bench.folder()?];
    let [ours, theirs] = folders.each_ref().map(tempfile::TempDir::path);
    let charter = bench.serve_charter(&database.copy_into(ours)?, ours)?;
    let sqlx = bench.serve(&INVITES_SQLX, &database.copy_into(theirs)?)?;
    let key = database.admin_key()?;
    let loads = [(); 2].map(|()| load(key, writers));
    let contenders = [
        Contender {
            name: "charter over HTTP",
            server: &charter,
            load: &loads[0],
        },
        Contender {
            name: "sqlx over HTTP",
            server: &sqlx,
            load: &loads[1],
        },
    ];
    same_answers_but(&contenders, |answer| {
        for made_anew in ["id", "token", "invite_url", "created_at", "expires_at"] {
            if answer[made_anew].is_string() {
                answer[made_anew] = "made anew".into();
            }
        }
    })?;
    Ok(contest(bench, &contenders)?.details())
}

/// Invites of people whom nobody has invited before.
fn load(key: &str, writers: usize) -> Load {
    let key = key.to_owned();
    Load::numbered(move |number, buffer| {
        let body = format!(r#"{{"email":"invited.{number}@example.org"}}"#);
        let request = Request::post("/v1/organisations/invites", body.as_str()).bearer(&key);
        buffer.extend_from_slice(&request.bytes());
    })
    .connections(writers)
    .expecting(201)
}
