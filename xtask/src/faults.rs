//! Faults planted into the documents, the generated code and the store, one at a time, to see
//! that something complains about each.
//!
//! They are planted into a copy of the last commit, which shares the build of this one. The checks
//! come in the order in which `cargo xtask test` has them, and the first that fails has found the
//! fault. Tests that know the place come before all others, for these take minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::failure::{Context, Failure, wrong};
use crate::progress::seconds;
use crate::step::{Step, Tally};
use crate::table::table;
use crate::test;
use crate::workshop::Workshop;
use crate::workspace;

/// Where the faults are described.
const FOLDER: &str = "tests/faults";

/// Plant faults one at a time, and see that the proof finds each.
///
/// They stand in `tests/faults/`: what is changed where, and which tests know the place. The last
/// commit is copied, and the copy spoilt; the work tree stays as it is. Each fault in the store is
/// a build and a run of tests: allow an hour for all of them.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// These faults instead of all, by their names.
    #[arg(value_name = "FAULT")]
    faults: Vec<String>,
    /// Only those of one file in `tests/faults`: documents, generated or store.
    #[arg(long, value_name = "FILE")]
    only: Option<String>,
    /// Say which faults there are.
    #[arg(long)]
    list: bool,
    /// Print the results as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// A fault, as its file describes it.
struct Fault {
    /// The file's name: `documents`.
    group: String,
    name: String,
    /// What is wrong then.
    what: String,
    /// Where it is planted.
    file: PathBuf,
    /// What stands there once.
    find: String,
    replace: String,
    /// Filters of tests that know the place.
    tests: Vec<String>,
}

/// What became of a fault.
struct Found {
    fault: Fault,
    /// The check that complained.
    by: Option<String>,
    time: Duration,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let faults = match chosen(arguments) {
        Ok(faults) => faults,
        Err(failure) => {
            eprintln!("{failure}");
            return ExitCode::FAILURE;
        }
    };
    if arguments.list {
        for fault in faults {
            println!("{:<10} {:<28} {}", fault.group, fault.name, fault.what);
        }
        return ExitCode::SUCCESS;
    }
    test::alone("faults", |step, shop| {
        let found = plant(step, shop, faults)?;
        if arguments.json {
            println!("{:#}", Value::from_iter(found.iter().map(Found::as_value)));
        } else {
            let rows: Vec<_> = found.iter().map(Found::as_row).collect();
            println!("\n{}", table(["fault", "what", "found by", "time"], &rows));
        }
        let missed: Vec<&str> = found
            .iter()
            .filter(|found| found.by.is_none())
            .map(|found| found.fault.name.as_str())
            .collect();
        if missed.is_empty() {
            return Ok(Tally::of(found.len(), "planted faults found"));
        }
        wrong(format!("nothing complained about {}", missed.join(", ")))
    })
}

fn chosen(arguments: &Arguments) -> Result<Vec<Fault>, Failure> {
    let mut faults = Vec::new();
    for path in workspace::files(&workspace::root().join(FOLDER), &["yaml"])? {
        faults.extend(read(&path)?);
    }
    if let Some(group) = &arguments.only {
        faults.retain(|fault| fault.group == *group);
    }
    for name in &arguments.faults {
        if !faults.iter().any(|fault| fault.name == *name) {
            return wrong(format!(
                "there is no fault {name}; --list says which there are"
            ));
        }
    }
    if !arguments.faults.is_empty() {
        faults.retain(|fault| arguments.faults.contains(&fault.name));
    }
    if faults.is_empty() {
        return wrong("there is no such fault; --list says which there are");
    }
    Ok(faults)
}

fn read(path: &Path) -> Result<Vec<Fault>, Failure> {
    let text = fs::read_to_string(path).context(path.display())?;
    let shown = path.display().to_string();
    let value = match charter_codegen::yaml(&shown, &text) {
        Ok(value) => value,
        Err(found) => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            return wrong(found.join("\n"));
        }
    };
    let group = path.file_stem().unwrap_or_default().to_string_lossy();
    let entries = value["faults"].as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let member = |name: &str| match entry[name].as_str() {
                Some(text) => Ok(text.trim_end_matches('\n').to_owned()),
                None => wrong(format!("{shown}: a fault has no {name}: {entry}")),
            };
            Ok(Fault {
                group: group.clone().into_owned(),
                name: member("name")?,
                what: member("what")?,
                file: member("file")?.into(),
                find: member("find")?,
                replace: member("replace")?,
                tests: entry["tests"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|filter| filter.as_str().map(str::to_owned))
                    .collect(),
            })
        })
        .collect()
}

fn plant(step: &Step, shop: &Workshop, faults: Vec<Fault>) -> Result<Vec<Found>, Failure> {
    let copy = Copy::of_the_last_commit(step)?;
    // What the copy cannot do without a fault says nothing about one.
    if let Some(check) = copy.first_complaint(step, shop, &faults, None)? {
        return wrong(format!("{check} complains although nothing is planted"));
    }
    let mut found = Vec::new();
    for fault in faults {
        let begun = Instant::now();
        step.note(&format!("{}: {}", fault.name, fault.what));
        copy.spoil(&fault)?;
        let by = copy.first_complaint(step, shop, &[], Some(&fault));
        copy.mend(step)?;
        found.push(Found {
            by: by?,
            fault,
            time: begun.elapsed(),
        });
    }
    Ok(found)
}

/// A copy of the repository.
struct Copy {
    folder: PathBuf,
}

impl Copy {
    fn of_the_last_commit(step: &Step) -> Result<Self, Failure> {
        let folder = workspace::scratch().join("faults");
        if folder.is_dir() {
            fs::remove_dir_all(&folder).context(folder.display())?;
        }
        step.run(
            Command::new("git")
                .args(["clone", "--quiet"])
                .arg(workspace::root())
                .arg(&folder),
        )?;
        Ok(Self { folder })
    }

    /// Plants a fault, which must still have its place.
    fn spoil(&self, fault: &Fault) -> Result<(), Failure> {
        let path = self.folder.join(&fault.file);
        let text = fs::read_to_string(&path).context(path.display())?;
        if text.matches(&fault.find).count() != 1 {
            return wrong(format!(
                "{}: {} does not have exactly one place like this:\n{}",
                fault.name,
                fault.file.display(),
                fault.find
            ));
        }
        let spoilt = text.replacen(&fault.find, &fault.replace, 1);
        fs::write(&path, spoilt).context(path.display())
    }

    /// As it was committed.
    fn mend(&self, step: &Step) -> Result<(), Failure> {
        step.run(
            Command::new("git")
                .current_dir(&self.folder)
                .args(["checkout", "--quiet", "--", "."]),
        )?;
        Ok(())
    }

    /// The first check that complains: about one fault, or, without one, any that the tests of
    /// `faults` would have.
    fn first_complaint(
        &self,
        step: &Step,
        shop: &Workshop,
        faults: &[Fault],
        fault: Option<&Fault>,
    ) -> Result<Option<String>, Failure> {
        let is_document = fault.is_some_and(|fault| fault.group == "documents");
        // Whoever changes a document generates what follows from it.
        let generate: &[&str] = if is_document {
            &["generate"]
        } else {
            &["generate", "--check"]
        };
        for verb in [generate, &["compare-documents"]] {
            let mut xtask = self.cargo();
            xtask
                .args(["run", "--quiet", "--package", "xtask", "--"])
                .args(verb);
            if !step.attempt(&mut xtask)?.0.success() {
                return Ok(Some(verb.join(" ")));
            }
        }
        let of_one = fault.into_iter().flat_map(|fault| &fault.tests);
        let of_all = faults.iter().flat_map(|fault| &fault.tests);
        let filters: Vec<&String> = of_one.chain(of_all).collect();
        if !filters.is_empty()
            && let Some(test) = self.failing_test(step, shop, &filters)?
        {
            return Ok(Some(test));
        }
        match fault {
            Some(_) => self.failing_test(step, shop, &[]),
            None => Ok(None),
        }
    }

    /// The first test that fails, among those that the filters let through.
    fn failing_test(
        &self,
        step: &Step,
        shop: &Workshop,
        filters: &[&String],
    ) -> Result<Option<String>, Failure> {
        let mut cargo = self.cargo();
        cargo
            .args([
                "test",
                "--locked",
                "--workspace",
                "--exclude",
                "charter-benches",
            ])
            .args(["--lib", "--"])
            .args(filters)
            .env("INSTA_UPDATE", "no")
            .env("CHARTER_NODE_PACKAGES", shop.node(step)?.folder())
            .env("CHARTER_PYSAML2", shop.pysaml2(step)?.folder())
            .env(
                "CHARTER_TEST_POSTGRES",
                shop.postgres(step)?.url("postgres"),
            );
        let (status, printed) = step.attempt(&mut cargo)?;
        if status.success() {
            return Ok(None);
        }
        let mut lines = printed.lines();
        let failed = lines.find_map(|line| {
            let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
            Some(name.to_owned())
        });
        Ok(Some(failed.unwrap_or_else(|| "the compiler".to_owned())))
    }

    /// `cargo` in the copy, with what was built of other people's crates here.
    fn cargo(&self) -> Command {
        let mut cargo = workspace::cargo();
        cargo
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", workspace::target());
        cargo
    }
}

impl Found {
    fn as_row(&self) -> [String; 4] {
        [
            self.fault.name.clone(),
            self.fault.what.clone(),
            self.by.clone().unwrap_or_else(|| "NOTHING".to_owned()),
            seconds(self.time),
        ]
    }

    fn as_value(&self) -> Value {
        json!({
            "group": self.fault.group,
            "fault": self.fault.name,
            "what": self.fault.what,
            "file": self.fault.file,
            "found_by": self.by,
            "seconds": self.time.as_secs_f64(),
        })
    }
}
