//! `GET /v1/organisations/members`: 20 members, authenticated by key, against the same two queries
//! by hand.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, contest, same_answers};
use crate::fixture::{Filled, Population};
use crate::load;
use crate::opponent::{MEMBERS_RUSQLITE, MEMBERS_SQLX_POSTGRES, MEMBERS_SQLX_SQLITE};
use crate::report::{Goal, Row, Unit};

/// Organisations of 20, each asked in turn.
const POPULATION: Population = Population {
    organisations: 100,
    people: 2_000,
    watched: 100,
    members: 20,
};

const PATH: &str = "/v1/organisations/members";
const SQLITE: &str = "list members, 20, by key, SQLite";
const POSTGRES: &str = "list members, 20, by key, PostgreSQL";
const BY_HAND: &str = "axum + sqlx by hand, two queries";

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let mut rows = on_sqlite(bench)?;
    let goal = Goal::AtMost(1.05, Unit::Times);
    rows.push(match &bench.postgres {
        Some(server) => on_postgres(bench, server, goal)?,
        None => Row::not_measured(POSTGRES, BY_HAND, goal, "no PostgreSQL server is named"),
    });
    Ok(rows)
}

fn on_sqlite(bench: &Bench) -> Result<Vec<Row>, Error> {
    let database = Filled::sqlite(bench, POPULATION)?;
    let charter = bench.serve_charter(&database.url, database.folder())?;
    let sqlx = bench.serve(&MEMBERS_SQLX_SQLITE, &database.url)?;
    let rusqlite = bench.serve(&MEMBERS_RUSQLITE, &database.url)?;
    let loads = [(); 3].map(|()| database.load(PATH));
    let contenders = [
        Contender {
            name: "charter",
            server: &charter,
            load: &loads[0],
        },
        Contender {
            name: "sqlx",
            server: &sqlx,
            load: &loads[1],
        },
        Contender {
            name: "rusqlite",
            server: &rusqlite,
            load: &loads[2],
        },
    ];
    same_answers(&contenders)?;
    let contest = contest(bench, &contenders)?;
    Ok(vec![
        Row::new(
            SQLITE,
            BY_HAND,
            Goal::AtMost(0.7, Unit::Times),
            contest.cpu_ratio(0, 1),
        )
        .details(contest.details_of(0))
        .details(contest.details_of(1)),
        Row::new(
            SQLITE,
            "axum + rusqlite called in place, by hand (the floor)",
            Goal::AtMost(1.4, Unit::Times),
            contest.cpu_ratio(0, 2),
        )
        .details(contest.details_of(0))
        .details(contest.details_of(2)),
    ])
}

fn on_postgres(bench: &Bench, server: &str, goal: Goal) -> Result<Row, Error> {
    let database = Filled::postgres(server, POPULATION)?;
    let charter = bench.serve_charter(&database.url, database.folder())?;
    let sqlx = bench.serve(&MEMBERS_SQLX_POSTGRES, &database.url)?;
    let loads = [(); 2].map(|()| database.load(PATH));
    let contenders = [
        Contender {
            name: "charter",
            server: &charter,
            load: &loads[0],
        },
        Contender {
            name: "sqlx",
            server: &sqlx,
            load: &loads[1],
        },
    ];
    same_answers(&contenders)?;
    for contender in &contenders {
        // Opens all connections of its pool.
        let window = Duration::from_millis(500);
        load::run(
            contender.server.address,
            contender.load,
            window,
            window,
            || contender.server.cpu(),
        )?;
    }
    make_room(bench, &database.url)?;
    let contest = contest(bench, &contenders)?;
    Ok(Row::new(POSTGRES, BY_HAND, goal, contest.cpu_ratio(0, 1)).details(contest.details()))
}

/// Moves the database server's processes to our core, so that the servers on the other one are not
/// interrupted by them. One on another machine is not there anyway.
fn make_room(bench: &Bench, database: &str) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pids: Vec<i32> = runtime.block_on(async {
        let mut connection = PgConnection::connect(database).await?;
        let backends = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()";
        sqlx::query_scalar(backends)
            .fetch_all(&mut connection)
            .await
    })?;
    for pid in pids {
        if let Err(error) = bench.cores.move_to_ours(pid) {
            eprintln!("  PostgreSQL stays on the servers' core: {error}");
            break;
        }
    }
    Ok(())
}
