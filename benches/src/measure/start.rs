//! Starting on a database that is there already, until the first member list is answered, and the
//! memory that is resident then and after load.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, in_turns, same_answers};
use crate::fixture::{Filled, Population};
use crate::load::{self, Load, Request};
use crate::opponent::MEMBERS_SQLX_SQLITE;
use crate::process::Server;
use crate::report::{Detail, Goal, Measured, Row, Unit};

/// Organisations of 20, one of which is asked.
const POPULATION: Population = Population {
    organisations: 100,
    people: 2_000,
    watched: 100,
    members: 20,
};

const PATH: &str = "/v1/organisations/members";
const BY_HAND: &str = "axum + sqlx by hand";

/// How long the load before the second look at memory lasts: half of it lists, half of it invites.
const LOAD: Duration = Duration::from_secs(10);

/// More looks at memory than that say nothing new.
const MOST_LOOKS: usize = 3;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let database = Filled::sqlite(bench, POPULATION)?;
    let request = Request::get(PATH).bearer(database.admin_key()?);
    let mut rows = vec![starts(bench, &database, &request)?];
    rows.extend(memory(bench, &database, &request)?);
    Ok(rows)
}

fn starts(bench: &Bench, database: &Filled, request: &Request) -> Result<Row, Error> {
    let charter = || bench.serve_charter(&database.url, database.folder());
    let by_hand = || bench.serve(&MEMBERS_SQLX_SQLITE, &database.url);
    check(&charter()?, &by_hand()?, request)?;
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    let [our_times, their_times] = in_turns(
        bench,
        [
            &mut || Ok(noted(&mut ours, first_answer(charter, request)?)),
            &mut || Ok(noted(&mut theirs, first_answer(by_hand, request)?)),
        ],
    )?;
    let over = our_times.iter().zip(&their_times);
    let mut details = details("charter", &ours).to_vec();
    details.extend(self::details("axum", &theirs));
    if let Some(server) = &bench.postgres {
        details.push(on_postgres(bench, server)?);
    }
    Ok(Row::new(
        "start on an existing SQLite database to the first 200 of list members: time over",
        BY_HAND,
        Goal::AtMost(50.0, Unit::Milliseconds),
        Measured::of(over.map(|(ours, theirs)| ours - theirs).collect()),
    )
    .details(details))
}

/// A start, in milliseconds.
struct Start {
    /// From the start of the process until it said that it listens.
    listening: f64,
    /// From there as well until the answer was here.
    answer: f64,
    /// What the process used until then.
    cpu: f64,
}

fn first_answer(
    start: impl Fn() -> Result<Server, Error>,
    request: &Request,
) -> Result<Start, Error> {
    let begun = Instant::now();
    let server = start()?;
    expect_success(&server, request)?;
    Ok(Start {
        answer: milliseconds(begun.elapsed()),
        listening: milliseconds(server.ready_after),
        cpu: milliseconds(server.cpu()?),
    })
}

fn noted(starts: &mut Vec<Start>, start: Start) -> f64 {
    let answer = start.answer;
    starts.push(start);
    answer
}

fn details(of: &str, starts: &[Start]) -> [Detail; 3] {
    type Figure = (&'static str, fn(&Start) -> f64);
    let figures: [Figure; 3] = [
        ("to the first 200", |start| start.answer),
        ("listening after", |start| start.listening),
        ("CPU", |start| start.cpu),
    ];
    figures.map(|(what, figure)| {
        let median = Measured::of(starts.iter().map(figure).collect()).median;
        Detail::new(of, what, median, Unit::Milliseconds)
    })
}

/// The same on PostgreSQL, for orientation.
fn on_postgres(bench: &Bench, server: &str) -> Result<Detail, Error> {
    let database = Filled::postgres(server, POPULATION)?;
    let request = Request::get(PATH).bearer(database.admin_key()?);
    let charter = || bench.serve_charter(&database.url, database.folder());
    let starts = (0..bench.rounds)
        .map(|_| Ok(first_answer(charter, &request)?.answer))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(Detail::new(
        "charter on PostgreSQL",
        "to the first 200",
        Measured::of(starts).median,
        Unit::Milliseconds,
    ))
}

/// Resident memory before and after load.
#[derive(Default)]
struct Resident {
    idle: Vec<f64>,
    idle_own: Vec<f64>,
    loaded: Vec<f64>,
    loaded_own: Vec<f64>,
}

impl Resident {
    fn details(&self, of: &str) -> [Detail; 4] {
        [
            ("idle", &self.idle),
            ("idle without mapped files", &self.idle_own),
            ("after load", &self.loaded),
            ("after load without mapped files", &self.loaded_own),
        ]
        .map(|(what, figures)| {
            let median = Measured::of(figures.clone()).median;
            Detail::new(of, what, median, Unit::Megabytes)
        })
    }
}

fn memory(bench: &Bench, database: &Filled, request: &Request) -> Result<[Row; 2], Error> {
    let mut charter = Resident::default();
    let mut axum = Resident::default();
    for _ in 0..bench.rounds.min(MOST_LOOKS) {
        let folder = bench.folder()?;
        let copy = database.copy_into(folder.path())?;
        let invites = invites(database.admin_key()?);
        let server = bench.serve_charter(&copy, folder.path())?;
        let loads = [database.load(PATH), invites];
        look(&server, request, &loads, &mut charter)?;
        drop(server);
        // It can only list.
        let server = bench.serve(&MEMBERS_SQLX_SQLITE, &database.url)?;
        look(&server, request, &[database.load(PATH)], &mut axum)?;
    }
    let row = |when: &str, figures: &[f64]| {
        Row::new(
            &format!("resident memory {when}"),
            "itself",
            Goal::AtMost(40.0, Unit::Megabytes),
            Measured::of(figures.to_vec()),
        )
    };
    Ok([
        row("idle, after the first answer", &charter.idle),
        row(
            "after 10 s of lists and invites over 16 connections",
            &charter.loaded,
        )
        .details(charter.details("charter"))
        .details(axum.details("axum, lists alone")),
    ])
}

/// Looks at a server before and after these loads.
fn look(
    server: &Server,
    request: &Request,
    loads: &[Load],
    seen: &mut Resident,
) -> Result<(), Error> {
    expect_success(server, request)?;
    // What is started in the background has begun by then.
    thread::sleep(Duration::from_secs(1));
    seen.idle.push(megabytes(server.resident()?));
    seen.idle_own.push(megabytes(anonymous(server)?));
    let each = LOAD / u32::try_from(loads.len())?;
    for load in loads {
        load::run(server.address, load, Duration::ZERO, each, || server.cpu())?;
    }
    seen.loaded.push(megabytes(server.resident()?));
    seen.loaded_own.push(megabytes(anonymous(server)?));
    Ok(())
}

/// Invites of people whom nobody has invited before.
fn invites(key: &str) -> Load {
    let key = key.to_owned();
    Load::numbered(move |number, buffer| {
        let body = format!(r#"{{"email":"invited.{number}@example.org"}}"#);
        let request = Request::post("/v1/organisations/invites", body.as_str()).bearer(&key);
        buffer.extend_from_slice(&request.bytes());
    })
    .expecting(201)
}

fn check(charter: &Server, by_hand: &Server, request: &Request) -> Result<(), Error> {
    let loads = [(); 2].map(|()| Load::of(request));
    same_answers(&[
        Contender {
            name: "charter",
            server: charter,
            load: &loads[0],
        },
        Contender {
            name: "axum",
            server: by_hand,
            load: &loads[1],
        },
    ])
}

fn expect_success(server: &Server, request: &Request) -> Result<(), Error> {
    let answer = load::ask(server.address, &request.bytes())?;
    if answer.status == 200 {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&answer.body);
    Err(format!("the first answer has status {}: {body}", answer.status).into())
}

/// Resident memory that belongs to no file, in bytes.
fn anonymous(server: &Server) -> Result<u64, Error> {
    let text = fs::read_to_string(format!("/proc/{}/status", server.pid()))?;
    let kilobytes = text
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .ok_or("the process has no RssAnon")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1024)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
