//! What steps share: made when first needed, and put away at the end.

use std::cell::OnceCell;
use std::env;
use std::path::{Path, PathBuf};

use crate::environment::{Node, Python};
use crate::failure::Failure;
use crate::postgres::Cluster;
use crate::step::Step;
use crate::workspace;

/// What to do when the machine lacks a program that could not be installed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum OnMissing {
    /// Say so and go on with the rest.
    Skip,
    /// A check that did not run did not pass.
    Fail,
}

/// The tools and services of one run. Dropping it stops what runs.
pub(crate) struct Workshop {
    pub(crate) on_missing: OnMissing,
    python: OnceCell<Python>,
    pysaml2: OnceCell<Python>,
    node: OnceCell<Node>,
    cluster: OnceCell<Cluster>,
    charter: OnceCell<PathBuf>,
}

impl Workshop {
    /// With `CI` set, what is missing fails.
    pub(crate) fn open() -> Self {
        let ci = env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        Self {
            on_missing: if ci { OnMissing::Fail } else { OnMissing::Skip },
            python: OnceCell::new(),
            pysaml2: OnceCell::new(),
            node: OnceCell::new(),
            cluster: OnceCell::new(),
            charter: OnceCell::new(),
        }
    }

    pub(crate) fn python(&self, step: &Step) -> Result<&Python, Failure> {
        once(&self.python, || Python::prepare(step))
    }

    /// An identity provider that other people have written, for the tests of single sign-on.
    pub(crate) fn pysaml2(&self, step: &Step) -> Result<&Python, Failure> {
        once(&self.pysaml2, || Python::pysaml2(step))
    }

    pub(crate) fn node(&self, step: &Step) -> Result<&Node, Failure> {
        once(&self.node, || Node::prepare(step))
    }

    /// A PostgreSQL cluster of our own.
    pub(crate) fn postgres(&self, step: &Step) -> Result<&Cluster, Failure> {
        once(&self.cluster, || Cluster::start(step))
    }

    /// The service's binary, as the last change left it.
    pub(crate) fn charter(&self, step: &Step) -> Result<&Path, Failure> {
        once(&self.charter, || {
            step.run(workspace::cargo().args([
                "build",
                "--locked",
                "--package",
                "charter-server",
            ]))?;
            Ok(built())
        })
        .map(PathBuf::as_path)
    }

    /// Builds everything that tests and contract runs use, in one go: one set of features, nothing twice.
    pub(crate) fn build(&self, step: &Step) -> Result<(), Failure> {
        let build = || {
            step.run(workspace::cargo().args([
                "build",
                "--locked",
                "--workspace",
                "--all-targets",
                // What is measured is built in release, and only then.
                "--exclude",
                "charter-benches",
            ]))?;
            Ok(built())
        };
        once(&self.charter, build).map(drop)
    }
}

fn built() -> PathBuf {
    workspace::target().join("debug/charter")
}

/// `OnceCell::get_or_try_init`, which is not stable yet.
fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Failure>) -> Result<&T, Failure> {
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}
