//! Pages of 20 members by key in databases that differ in size alone: what is not asked for costs
//! nothing. Each document has a list of members of its own.

use serde_json::Value;

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
    /// Which lists are asked for.
    lists: &'static [List],
}

#[derive(Clone, Copy)]
enum Pages {
    First,
    Any,
}

/// A list of members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// `listMembers` of /v1, in the order of ids.
    Members,
    /// `listTeam` of the directory, in the order of joining.
    Team,
    /// `listOrganizationMembers` of governance, in the order of joining, by offset: passing
    /// members over is linear, so any page is one of the first ten.
    OrganizationMembers,
}

const LISTS: [List; 3] = [List::Members, List::Team, List::OrganizationMembers];

impl List {
    const fn row(self) -> &'static str {
        match self {
            Self::Members => "list members, a page of 20, in small and large databases, SQLite",
            Self::Team => "list the team, a page of 20, in small and large databases, SQLite",
            Self::OrganizationMembers => {
                "list members by offset, a page of 20, in small and large databases, SQLite"
            }
        }
    }

    fn load(self, database: &Filled, pages: Pages) -> Load {
        match (self, pages) {
            (Self::Members, Pages::First) => database.load("/v1/organisations/members?limit=20"),
            (Self::Members, Pages::Any) => database.load_of_pages(20),
            (Self::Team, Pages::First) => database.load("/api/v1/public/org/team/?page_size=20"),
            (Self::Team, Pages::Any) => database.load_of_team_pages(20),
            (Self::OrganizationMembers, Pages::First) => database.load_by_offset(20, 1),
            (Self::OrganizationMembers, Pages::Any) => database.load_by_offset(20, 10),
        }
    }

    /// What profiles of the servers say.
    const fn growth(self) -> &'static str {
        match self {
            Self::Members | Self::Team => {
                "a rough profile, not of this list alone, shows the same functions growing as in \
                 the list by offset, each by about 1 us: finding pages (sqlite3BtreeIndexMoveto) \
                 and reading their heads (btreeInitPage). Why they take longer was not measured: \
                 this machine has no counters of cache misses."
            }
            Self::OrganizationMembers => {
                "20 users of a page lie anywhere among a million: of 92 us more than with 100 \
                 members, 26 go to searching trees (sqlite3BtreeIndexMoveto), 24 to reading the \
                 heads of pages (btreeInitPage), 9 to comparing ids. In one organisation of \
                 1,000,000, whose users lie together, a page takes 1.19 times that of 100."
            }
        }
    }

    /// Where an answer has its items, and the next page.
    const fn members(self) -> [&'static str; 2] {
        match self {
            Self::Members => ["members", "next_cursor"],
            Self::Team | Self::OrganizationMembers => ["results", "next"],
        }
    }
}

static SIZES: [Size; 5] = [
    Size {
        name: "100 members, 1 organisation, any page",
        population: Population {
            organisations: 1,
            people: 100,
            watched: 1,
            members: 100,
        },
        // As in the largest organisation: what differs is the size alone.
        pages: Pages::Any,
        lists: &LISTS,
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
        lists: &LISTS,
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
        lists: &LISTS,
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
        lists: &[List::Members],
    },
    Size {
        name: "1,000,000 members, 1 organisation, any page",
        population: Population {
            organisations: 1,
            people: 1_000_000,
            watched: 1,
            members: 1_000_000,
        },
        pages: Pages::Any,
        lists: &[List::Team, List::OrganizationMembers],
    },
];

/// A size, filled and served. The server goes before its database.
struct Served {
    size: &'static Size,
    server: Server,
    database: Filled,
}

impl Size {
    fn serve(&'static self, bench: &Bench) -> Result<Served, Error> {
        eprintln!("  filling: {}", self.name);
        let database = Filled::sqlite(bench, self.population)?;
        Ok(Served {
            size: self,
            server: bench.serve_charter(&database.url, database.folder())?,
            database,
        })
    }
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let served: Vec<Served> = SIZES
        .iter()
        .map(|size| size.serve(bench))
        .collect::<Result<_, Error>>()?;
    LISTS
        .into_iter()
        .map(|list| row(bench, list, &served))
        .collect()
}

fn row(bench: &Bench, list: List, served: &[Served]) -> Result<Row, Error> {
    let served: Vec<(&Served, Load)> = served
        .iter()
        .filter(|served| served.size.lists.contains(&list))
        .map(|served| (served, list.load(&served.database, served.size.pages)))
        .collect();
    let contenders: Vec<Contender<'_>> = served
        .iter()
        .map(|(served, load)| Contender {
            name: served.size.name,
            server: &served.server,
            load,
        })
        .collect();
    for contender in &contenders {
        expect_a_page(list, contender)?;
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
        .map(|(served, _)| {
            let file = served.database.megabytes()?;
            Ok(Detail::new(served.size.name, "file", file, Unit::Megabytes))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(Row::new(
        list.row(),
        "itself: the dearest database over the cheapest",
        Goal::AtMost(1.2, Unit::Times),
        contest.cpu_ratio(*largest, *smallest),
    )
    .if_missed(list.growth())
    .details(contest.details())
    .details(sizes))
}

/// Every database answers the same kind of page, or the comparison says nothing.
fn expect_a_page(list: List, contender: &Contender<'_>) -> Result<(), Error> {
    let answer = crate::load::ask(contender.server.address, &contender.load.request())?.json()?;
    let [members, next] = list.members().map(|name| &answer[name]);
    if members.as_array().map_or(0, Vec::len) == 20 && matches!(next, Value::String(_)) {
        Ok(())
    } else {
        Err(format!("{}: no page of 20: {answer}", contender.name).into())
    }
}
