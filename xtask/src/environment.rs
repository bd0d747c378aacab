//! What the checks need from the machine, and how it gets there.
//!
//! Python and Node packages go into `target/xtask`, from files that pin every one of them.
//! PostgreSQL, Chromium and xmlsec1 come from the machine's own packages.

mod apt;
mod chromium;
mod java;
mod node;
mod python;
mod xmlsec1;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::failure::{Failure, Missing};
use crate::step::{Step, Tally};
use crate::test;
use crate::workshop::Workshop;

pub(crate) use chromium::chromium;
pub(crate) use java::java;
pub(crate) use node::Node;
pub(crate) use python::Python;
pub(crate) use xmlsec1::xmlsec1;

/// Prepare what the checks need: Python and Node packages, PostgreSQL, Chromium, xmlsec1.
///
/// Every other verb prepares what it needs by itself; this one is for doing it beforehand,
/// or for finding out what a machine lacks.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> ExitCode {
    test::only(&["environment"])
}

/// Prepares everything, so that no later step has to.
pub(crate) fn check(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    let mut packages = shop.python(step)?.packages + shop.node(step)?.packages;
    let mut programs = 2;
    let mut missing = Vec::new();
    let pysaml2 = shop.pysaml2(step).map(|python| packages += python.packages);
    for present in [
        shop.postgres(step).map(drop),
        chromium(step).map(drop),
        pysaml2,
    ] {
        match present {
            Ok(()) => programs += 1,
            Err(Failure::Missing(part)) => missing.push(part),
            Err(failure) => return Err(failure),
        }
    }
    if missing.is_empty() {
        return Ok(Tally::of(programs, "programs").and(packages, "packages"));
    }
    let (what, install): (Vec<_>, Vec<_>) = missing
        .into_iter()
        .map(|part| (part.what, part.install))
        .unzip();
    Err(Failure::Missing(Missing {
        what: what.join(" and "),
        install: install.join(" && "),
    }))
}

/// The first of these programs that is in `PATH`.
pub(crate) fn in_path(programs: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    programs.iter().find_map(|program| {
        env::split_paths(&path)
            .map(|folder| folder.join(program))
            .find(|candidate| candidate.is_file())
    })
}

/// Looks for a program; installs the Debian package that has it when that is possible.
pub(crate) fn find_or_install<T>(
    step: &Step,
    what: &str,
    package: &str,
    find: impl Fn() -> Option<T>,
) -> Result<T, Failure> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if apt::may_install() {
        apt::install(step, package)?;
        if let Some(found) = find() {
            return Ok(found);
        }
    }
    Err(Failure::Missing(Missing {
        what: what.to_owned(),
        install: format!("sudo apt-get install {package}"),
    }))
}

/// A command whose output has no colours.
fn plain(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.env("NO_COLOR", "1");
    command
}
