//! From a changed line of a document to a server that answers by it: generating, building without
//! optimisation, starting. In a copy of the work tree, so that nothing of the real one is touched.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Error;
use crate::bench::Bench;
use crate::fixture::{Filled, Population};
use crate::load::{self, Request};
use crate::process::Server;
use crate::report::{Detail, Goal, Measured, Row, Unit};

const POPULATION: Population = Population {
    organisations: 1,
    people: 20,
    watched: 1,
    members: 20,
};

const DOCUMENT: &str = "openapi/organisations.yaml";

/// The schema whose first text is changed.
const SCHEMA: &str = "    Member:\n";
const KEYWORD: &str = "maxLength: ";

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let tree = Tree::copy(bench)?;
    let database = Filled::sqlite(bench, POPULATION)?;
    let request = Request::get("/v1/organisations/members").bearer(database.admin_key()?);
    // What was never built takes minutes, and is no edit.
    tree.until_it_answers(bench, &database, &request)?;
    let mut cycles = Vec::new();
    for round in 1..=bench.rounds {
        tree.edit(round)?;
        let cycle = tree.until_it_answers(bench, &database, &request)?;
        eprintln!("  {round}/{} {:.1} s", bench.rounds, cycle.whole());
        cycles.push(cycle);
    }
    let median = |figure: fn(&Cycle) -> Duration| {
        let figures = cycles.iter().map(figure).map(|time| time.as_secs_f64());
        Measured::of(figures.collect())
    };
    let detail =
        |what, measured: Measured| Detail::new("charter", what, measured.median, Unit::Seconds);
    Ok(vec![
        Row::new(
            "one line of a document changed: generate, build, start, until it answers, debug",
            "itself",
            Goal::AtMost(25.0, Unit::Seconds),
            Measured::of(cycles.iter().map(Cycle::whole).collect()),
        )
        .details([
            detail("cargo xtask generate", median(|cycle| cycle.generate)),
            detail("cargo build", median(|cycle| cycle.build)),
            detail("start to the first 200", median(|cycle| cycle.start)),
        ]),
    ])
}

/// What follows an edit.
struct Cycle {
    generate: Duration,
    build: Duration,
    start: Duration,
}

impl Cycle {
    fn whole(&self) -> f64 {
        (self.generate + self.build + self.start).as_secs_f64()
    }
}

/// A copy of the work tree with a target folder of its own.
struct Tree {
    folder: PathBuf,
}

impl Tree {
    /// Brings the copy up to date. What was built in it stays.
    fn copy(bench: &Bench) -> Result<Self, Error> {
        let root = bench.root();
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        let folder = target.join("xtask/edit/tree");
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()?;
        if !listed.status.success() {
            return Err("git does not list the files of the work tree".into());
        }
        let names = String::from_utf8(listed.stdout)?;
        let mut wanted = BTreeSet::new();
        for name in names.split_terminator('\0') {
            // Deleted, but not yet for git.
            if root.join(name).is_file() {
                bring(&root.join(name), &folder.join(name))?;
                wanted.insert(folder.join(name));
            }
        }
        remove_others(&folder, &wanted)?;
        Ok(Self { folder })
    }

    /// Changes one line of the document.
    fn edit(&self, round: usize) -> Result<(), Error> {
        let file = self.folder.join(DOCUMENT);
        let text = fs::read_to_string(&file)?;
        let line = text
            .find(SCHEMA)
            .and_then(|schema| Some(schema + text[schema..].find(KEYWORD)?))
            .ok_or("the document has no such schema")?;
        let value = line + KEYWORD.len();
        let end = value + text[value..].find('\n').ok_or("the line has no end")?;
        let edited = format!("{}{}{}", &text[..value], 200 + round, &text[end..]);
        if edited == text {
            return Err("the edit changes nothing".into());
        }
        Ok(fs::write(&file, edited)?)
    }

    /// What a person does after an edit.
    fn until_it_answers(
        &self,
        bench: &Bench,
        database: &Filled,
        request: &Request,
    ) -> Result<Cycle, Error> {
        let generate = self.cargo(bench, &["xtask", "generate"])?;
        let build = self.cargo(bench, &["build"])?;
        let begun = Instant::now();
        let server = self.serve(bench, database)?;
        let answer = load::ask(server.address, &request.bytes())?;
        let start = begun.elapsed();
        if answer.status != 200 {
            return Err(format!("the first answer has status {}", answer.status).into());
        }
        Ok(Cycle {
            generate,
            build,
            start,
        })
    }

    /// Runs cargo in the copy, on all cores.
    fn cargo(&self, bench: &Bench, arguments: &[&str]) -> Result<Duration, Error> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        // What the cargo that started us says about its own build is not for this one.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO") && name != "CARGO_HOME" {
                cargo.env_remove(name);
            }
        }
        let begun = Instant::now();
        let output = bench.cores.everywhere(|| cargo.output())??;
        let took = begun.elapsed();
        if !output.status.success() {
            return Err(format!(
                "cargo {} ended with {}: {}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        Ok(took)
    }

    fn serve(&self, bench: &Bench, database: &Filled) -> Result<Server, Error> {
        let mut charter = bench.charter();
        let mut command = Command::new(self.folder.join("target/debug/charter"));
        for (name, value) in charter.env("CHARTER_LOG_FILTER", "warn").get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database",
                &database.url,
            ])
            .current_dir(database.folder());
        bench.start("edit", command)
    }
}

/// Copies a file unless it is there: cargo builds what is newer than what was built.
fn bring(from: &Path, to: &Path) -> Result<(), Error> {
    let wanted = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(to, wanted)?)
}

/// Removes every file below `folder` that is not wanted, except what was built.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.ends_with("edit/tree/target") {
            continue;
        }
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
