//! Pages of 20 members by key in databases that differ in size alone: what is not asked for costs
//! nothing.

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, contest};
use crate::fixture::{Filled, KEYS, Population};
use crate::load::Load;
use crate::process::Server;
use crate::report::{Detail, Goal, Measured, Row, Unit};

/// One size.
struct Size {
    name: &'static str,
    population: Population,
    /// From the beginning, or from anywhere in the organisation.
    pages: Pages,
}

enum Pages {
    First,
    Any,
}

const SIZES: [Size; 4] = [
    Size {
        name: "100 members, 1 organisation",
        population: Population {
            organisations: 1,
            people: 100,
            watched: 1,
            members: 100,
        },
        pages: Pages::First,
    },
    Size {
        name: "10,000 members, 1,000 organisations",
        population: Population {
            organisations: 1_000,
            people: 10_000,
            watched: KEYS,
            members: 21,
        },
        pages: Pages::First,
    },
    Size {
        name: "1,000,000 members, 100,000 organisations",
        population: Population {
            organisations: 100_000,
            people: 1_000_000,
            watched: KEYS,
            members: 21,
        },
        pages: Pages::First,
    },
    Size {
        name: "100,000 members, 1 organisation, any page",
        population: Population {
            organisations: 1,
            people: 100_000,
            watched: 1,
            members: 100_000,
        },
        pages: Pages::Any,
    },
];

/// A size, filled and served. The server goes before its database.
struct Served {
    name: &'static str,
    server: Server,
    load: Load,
    database: Filled,
}

impl Size {
    fn serve(&self, bench: &Bench) -> Result<Served, Error> {
        eprintln!("  filling: {}", self.name);
        let database = Filled::sqlite(bench, self.population)?;
        Ok(Served {
            name: self.name,
            server: bench.serve_charter(&database.url, database.folder())?,
            load: match self.pages {
                Pages::First => database.load("/v1/organisations/members?limit=20"),
                Pages::Any => database.load_of_pages(20),
            },
            database,
        })
    }
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let served: Vec<Served> = SIZES
        .iter()
        .map(|size| size.serve(bench))
        .collect::<Result<_, Error>>()?;
    let contenders: Vec<Contender<'_>> = served
        .iter()
        .map(|served| Contender {
            name: served.name,
            server: &served.server,
            load: &served.load,
        })
        .collect();
    for contender in &contenders {
        expect_a_page(contender)?;
    }
    let contest = contest(bench, &contenders)?;
    let mut medians: Vec<(f64, usize)> = (0..contenders.len())
        .map(|index| {
            let figures = contest.all(index, |reading| reading.cpu);
            (Measured::of(figures).median, index)
        })
        .collect();
    medians.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (Some((_, smallest)), Some((_, largest))) = (medians.first(), medians.last()) else {
        return Err("there is no size".into());
    };
    let sizes = served
        .iter()
        .map(|served| {
            let file = served.database.megabytes()?;
            Ok(Detail::new(served.name, "file", file, Unit::Megabytes))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(vec![
        Row::new(
            "list members, a page of 20, in small and large databases, SQLite",
            "itself: the dearest database over the cheapest",
            Goal::AtMost(1.2, Unit::Times),
            contest.cpu_ratio(*largest, *smallest),
        )
        .details(contest.details())
        .details(sizes),
    ])
}

/// Every database answers the same kind of page, or the comparison says nothing.
fn expect_a_page(contender: &Contender<'_>) -> Result<(), Error> {
    let answer = crate::load::ask(contender.server.address, &contender.load.request())?.json()?;
    let members = answer["members"].as_array().map_or(0, Vec::len);
    if members == 20 && answer["next_cursor"].is_string() {
        Ok(())
    } else {
        Err(format!("{}: no page of 20: {answer}", contender.name).into())
    }
}
