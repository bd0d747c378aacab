//! Other people's stacks that do the same on the same machine: better-auth on Node, and FastAPI with
//! SQLAlchemy. Each fills a SQLite database of its own as [`POPULATION`] fills Charter's, and prints
//! what it may be called with.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, Contest, contest};
use crate::fixture::{Filled, Population};
use crate::load::{self, Load, Request};
use crate::process::Server;
use crate::report::{Detail, Goal, Row, Unit};

/// Organisations of 20, each asked in turn by its admin.
const POPULATION: Population = Population {
    organisations: 100,
    people: 2_000,
    watched: 100,
    members: 20,
};
const MEMBERS: usize = 20;
const CALLERS: usize = 100;

/// How long a peer is loaded before anything counts: machine code comes late to JavaScript.
const WARMED_UP_AFTER: Duration = Duration::from_secs(12);

const BETTER_AUTH: &str = "better-auth, by session, Node, SQLite";
const FASTAPI: &str = "FastAPI + SQLAlchemy 2 + uvicorn, SQLite";

const LIST: &str = "list members, 20, SQLite: CPU of the peer";
const CURRENT: &str = "get current organisation, 20 members, SQLite: CPU of the peer";
const INVITE: &str = "create invite, SQLite: CPU of the peer";

/// For each operation: how many times Charter's CPU per request a peer takes.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let database = Filled::sqlite(bench, POPULATION)?;
    let charter = bench.serve_charter(&database.url, database.folder())?;
    let charter = Charter {
        server: &charter,
        keys: admins(&database)?,
    };
    let better_auth = match installed("BETTER_AUTH") {
        Ok(packages) => Ok(BetterAuth::start(bench, &packages)?),
        Err(reason) => Err(reason),
    };
    let fastapi = match installed("FASTAPI") {
        Ok(environment) => Ok(FastApi::start(bench, &environment)?),
        Err(reason) => Err(reason),
    };

    let goal = Goal::AtLeast(20.0, Unit::Times);
    let mut rows = vec![match &fastapi {
        Ok(peer) => peer.against(bench, &charter, goal)?,
        Err(reason) => Row::not_measured(LIST, FASTAPI, goal, reason),
    }];
    // Invites last: better-auth shows them with the current organisation.
    for (name, operation, goal) in [
        (LIST, Operation::ListMembers, 25.0),
        (CURRENT, Operation::CurrentOrganisation, 25.0),
        (INVITE, Operation::CreateInvite, 10.0),
    ] {
        let goal = Goal::AtLeast(goal, Unit::Times);
        rows.push(match &better_auth {
            Ok(peer) => peer.against(bench, &charter, name, operation, goal)?,
            Err(reason) => Row::not_measured(name, BETTER_AUTH, goal, reason),
        });
    }
    Ok(rows)
}

#[derive(Clone, Copy)]
enum Operation {
    ListMembers,
    CurrentOrganisation,
    CreateInvite,
}

/// Charter on a database with one admin in each organisation.
struct Charter<'a> {
    server: &'a Server,
    keys: Vec<String>,
}

impl Charter<'_> {
    fn load(&self, operation: Operation) -> Load {
        let keys = self.keys.clone();
        let load = Load::numbered(move |number, buffer| {
            let request = match operation {
                Operation::ListMembers => Request::get("/v1/organisations/members"),
                Operation::CurrentOrganisation => Request::get("/v1/organisations/current"),
                Operation::CreateInvite => {
                    let body = format!(r#"{{"email":"{}","role":"member"}}"#, invited(number));
                    Request::post("/v1/organisations/invites", body)
                }
            };
            let request = request.bearer(turn::<String>(&keys, number));
            buffer.extend_from_slice(&request.bytes());
        });
        match operation {
            Operation::CreateInvite => load.expecting(201),
            Operation::ListMembers | Operation::CurrentOrganisation => load,
        }
    }
}

/// How better-auth knows who calls.
#[derive(Clone, Copy)]
enum Credential {
    /// A session, read only: the fair comparison.
    Session,
    /// A key, whose last use is written with every request.
    Key,
}

/// better-auth, running.
struct BetterAuth {
    server: Server,
    told: BetterAuthTold,
    _folder: TempDir,
}

/// What it prints.
#[derive(Clone, Deserialize)]
struct BetterAuthTold {
    callers: Vec<BetterAuthCaller>,
    origin: String,
}

/// The owner of an organisation.
#[derive(Clone, Deserialize)]
struct BetterAuthCaller {
    cookie: String,
    key: String,
    organisation: String,
}

impl BetterAuth {
    fn start(bench: &Bench, packages: &Path) -> Result<Self, Error> {
        let folder = bench.folder()?;
        let mut command = Command::new("node");
        command
            .arg(bench.root().join("benches/peers/better-auth/server.mjs"))
            .args(["--port", "0", "--database"])
            .arg(folder.path().join("better-auth.db"))
            .env("CHARTER_NODE_PACKAGES", packages)
            .env("NODE_ENV", "production")
            .env("BETTER_AUTH_TELEMETRY", "0");
        let server = bench.start("better-auth", command)?;
        Ok(Self {
            told: told(bench, "better-auth")?,
            server,
            _folder: folder,
        })
    }

    fn against(
        &self,
        bench: &Bench,
        charter: &Charter<'_>,
        name: &str,
        operation: Operation,
        goal: Goal,
    ) -> Result<Row, Error> {
        let ours = charter.load(operation);
        let by_session = self.load(operation, Credential::Session);
        let by_key = self.load(operation, Credential::Key);
        let contenders = [
            Contender {
                name: "charter",
                server: charter.server,
                load: &ours,
            },
            Contender {
                name: "better-auth",
                server: &self.server,
                load: &by_session,
            },
            Contender {
                name: "by API key",
                server: &self.server,
                load: &by_key,
            },
        ];
        let contest = compare(bench, operation, &contenders)?;
        Ok(against_charter(
            name,
            BETTER_AUTH,
            goal,
            &contenders,
            &contest,
        ))
    }

    fn load(&self, operation: Operation, credential: Credential) -> Load {
        let BetterAuthTold { callers, origin } = self.told.clone();
        let path = match operation {
            Operation::ListMembers => "/api/auth/organization/list-members",
            Operation::CurrentOrganisation => "/api/auth/organization/get-full-organization",
            Operation::CreateInvite => "/api/auth/organization/invite-member",
        };
        Load::numbered(move |number, buffer| {
            let caller = turn(&callers, number);
            let request = match operation {
                Operation::ListMembers | Operation::CurrentOrganisation => {
                    Request::get(&credential.with_organisation(path, caller))
                }
                Operation::CreateInvite => Request::post(path, credential.invite(number, caller)),
            };
            let request = match credential {
                Credential::Session => request
                    .header("cookie", &caller.cookie)
                    .header("origin", &origin),
                Credential::Key => request.header("x-api-key", &caller.key),
            };
            buffer.extend_from_slice(&request.bytes());
        })
    }
}

impl Credential {
    /// A session has an active organisation, a key has none.
    fn with_organisation(self, path: &str, caller: &BetterAuthCaller) -> String {
        match self {
            Self::Session => path.to_owned(),
            Self::Key => format!("{path}?organizationId={}", caller.organisation),
        }
    }

    /// Both invite into the same organisations, so not the same people.
    fn invite(self, number: u64, caller: &BetterAuthCaller) -> String {
        let email = invited(number);
        match self {
            Self::Session => format!(r#"{{"email":"{email}","role":"member"}}"#),
            Self::Key => format!(
                r#"{{"email":"key.{email}","role":"member","organizationId":"{}"}}"#,
                caller.organisation
            ),
        }
    }
}

/// FastAPI, running.
struct FastApi {
    server: Server,
    told: FastApiTold,
    _folder: TempDir,
}

/// What it prints.
#[derive(Deserialize)]
struct FastApiTold {
    keys: Vec<String>,
}

impl FastApi {
    fn start(bench: &Bench, environment: &Path) -> Result<Self, Error> {
        let folder = bench.folder()?;
        let mut command = Command::new(environment.join("bin/python"));
        command
            .arg("-B")
            .arg(bench.root().join("benches/peers/fastapi/server.py"))
            .args(["--port", "0", "--database"])
            .arg(folder.path().join("fastapi.db"));
        let server = bench.start("fastapi", command)?;
        Ok(Self {
            told: told(bench, "fastapi")?,
            server,
            _folder: folder,
        })
    }

    fn against(&self, bench: &Bench, charter: &Charter<'_>, goal: Goal) -> Result<Row, Error> {
        let ours = charter.load(Operation::ListMembers);
        let theirs = self.load("/members");
        let tuned = self.load("/tuned/members");
        let contenders = [
            Contender {
                name: "charter",
                server: charter.server,
                load: &ours,
            },
            Contender {
                name: "FastAPI",
                server: &self.server,
                load: &theirs,
            },
            Contender {
                name: "FastAPI, tuned",
                server: &self.server,
                load: &tuned,
            },
        ];
        let contest = compare(bench, Operation::ListMembers, &contenders)?;
        Ok(against_charter(LIST, FASTAPI, goal, &contenders, &contest))
    }

    fn load(&self, path: &'static str) -> Load {
        let keys = self.told.keys.clone();
        Load::numbered(move |number, buffer| {
            let request = Request::get(path).bearer(turn::<String>(&keys, number));
            buffer.extend_from_slice(&request.bytes());
        })
    }
}

/// Checks that all do the work that is compared, warms up those that need it, all but Charter, and
/// lets them compete.
fn compare(
    bench: &Bench,
    operation: Operation,
    contenders: &[Contender<'_>],
) -> Result<Contest, Error> {
    for contender in contenders {
        does_it(operation, contender)?;
    }
    for Contender { server, load, .. } in contenders.iter().skip(1) {
        load::run(server.address, load, WARMED_UP_AFTER, bench.window, || {
            server.cpu()
        })?;
    }
    contest(bench, contenders)
}

/// The products' answers have different shapes, but say the same: 20 members, or who was invited.
fn does_it(operation: Operation, contender: &Contender<'_>) -> Result<(), Error> {
    let answer = load::ask(contender.server.address, &contender.load.request())?;
    let body = answer.json()?;
    let says_it = match operation {
        Operation::ListMembers | Operation::CurrentOrganisation => {
            let members = body["members"].as_array().map_or(&[][..], Vec::as_slice);
            members.len() == MEMBERS
                && members.iter().all(|member| {
                    let person = member.get("user").unwrap_or(member);
                    person["email"].is_string() && member["role"].is_string()
                })
        }
        Operation::CreateInvite => body["email"]
            .as_str()
            .is_some_and(|email| email.ends_with(&invited(0)) && body["status"] == "pending"),
    };
    if answer.status == contender.load.status() && says_it {
        return Ok(());
    }
    Err(format!("{} answers {}: {body}", contender.name, answer.status).into())
}

/// The second contender's CPU over that of the first, Charter. That of the third stands beside it.
fn against_charter(
    name: &str,
    opponent: &str,
    goal: Goal,
    contenders: &[Contender<'_>],
    contest: &Contest,
) -> Row {
    let others = contenders.iter().enumerate().skip(2).map(|(place, other)| {
        let over_charter = contest.cpu_ratio(place, 0).median;
        Detail::new(other.name, "CPU over Charter's", over_charter, Unit::Times)
    });
    Row::new(name, opponent, goal, contest.cpu_ratio(1, 0))
        .details(contest.details())
        .details(others)
}

/// Keys of the admins, one in each organisation.
fn admins(database: &Filled) -> Result<Vec<String>, Error> {
    let keys = database.keys.get(..CALLERS);
    Ok(keys.ok_or("there are too few keys")?.to_vec())
}

fn turn<T>(all: &[T], number: u64) -> &T {
    let count = all.len() as u64;
    &all[usize::try_from(number % count).unwrap_or(0)]
}

/// Somebody whom nobody has invited before.
fn invited(number: u64) -> String {
    format!("invited.{number}@example.org")
}

/// Where `cargo xtask bench` has installed a peer, or why it has not.
fn installed(peer: &str) -> Result<PathBuf, String> {
    env::var_os(format!("CHARTER_BENCH_{peer}"))
        .map(PathBuf::from)
        .ok_or_else(|| {
            env::var(format!("CHARTER_BENCH_NO_{peer}"))
                .unwrap_or_else(|_| "it is not installed; `cargo xtask bench` does that".to_owned())
        })
}

/// The line of JSON that a server printed before it listened.
fn told<T: DeserializeOwned>(bench: &Bench, name: &str) -> Result<T, Error> {
    let log = bench.log(name);
    let printed = fs::read_to_string(&log)?;
    let line = printed
        .lines()
        .find(|line| line.starts_with('{'))
        .ok_or_else(|| format!("{} has no line of JSON", log.display()))?;
    Ok(serde_json::from_str(line)?)
}
