//! Python environments: the one that Schemathesis runs in, and what others need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{find_or_install, in_path, plain, xmlsec1};
use crate::failure::{Context, Failure};
use crate::step::Step;
use crate::workspace;

/// An environment with exactly the packages of a `requirements.txt`.
pub(crate) struct Python {
    folder: PathBuf,
    pub(crate) packages: usize,
}

impl Python {
    /// The environment of `tests/contract`.
    pub(crate) fn prepare(step: &Step) -> Result<Self, Failure> {
        let requirements = workspace::root().join("tests/contract/requirements.txt");
        Self::install(step, &requirements, workspace::scratch().join("venv"))
    }

    /// pysaml2, and xmlsec1, which it signs with.
    pub(crate) fn pysaml2(step: &Step) -> Result<Self, Failure> {
        xmlsec1(step)?;
        let requirements =
            workspace::root().join("crates/issuer/providers/pysaml2/requirements.txt");
        Self::install(step, &requirements, workspace::scratch().join("pysaml2"))
    }

    /// Makes an environment in `folder`, unless it stands already.
    pub(crate) fn install(
        step: &Step,
        requirements: &Path,
        folder: PathBuf,
    ) -> Result<Self, Failure> {
        let wanted = fs::read_to_string(requirements).context(requirements.display())?;
        let environment = Self {
            packages: wanted.lines().filter(|line| line.contains("==")).count(),
            folder,
        };
        // The stamp is written last: a half-made environment has none.
        let stamp = environment.folder.join("requirements.txt");
        let standing = fs::read_to_string(&stamp).is_ok_and(|had| had == wanted)
            && environment.program("python").is_file();
        if standing {
            return Ok(environment);
        }
        step.note("making a Python environment");
        environment.create(step)?;
        step.run(
            plain(environment.program("python"))
                .args(["-m", "pip", "install", "--disable-pip-version-check"])
                .args(["--quiet", "--no-deps", "--requirement"])
                .arg(requirements),
        )?;
        // Pinned by hand, so ask whether the pins fit together.
        step.run(plain(environment.program("python")).args([
            "-m",
            "pip",
            "check",
            "--disable-pip-version-check",
        ]))?;
        fs::write(&stamp, wanted).context(stamp.display())?;
        Ok(environment)
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program of the environment, such as `st`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn create(&self, step: &Step) -> Result<(), Failure> {
        let python = find_or_install(step, "Python 3", "python3-venv", || in_path(&["python3"]))?;
        let (status, _) = step.attempt(&mut create(&python, &self.folder))?;
        if status.success() {
            return Ok(());
        }
        // Debian keeps the module that makes environments in a package of its own.
        find_or_install(step, "Python's venv module", "python3-venv", || {
            plain(&python)
                .args(["-c", "import ensurepip"])
                .status()
                .ok()
                .filter(std::process::ExitStatus::success)
        })?;
        step.run(&mut create(&python, &self.folder)).map(drop)
    }
}

fn create(python: &Path, folder: &Path) -> Command {
    let mut command = plain(python);
    command.args(["-m", "venv", "--clear"]).arg(folder);
    command
}
