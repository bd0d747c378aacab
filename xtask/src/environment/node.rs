//! Node packages: the document linter, the browser's driver, and what others need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{find_or_install, in_path, plain};
use crate::failure::{Context, Failure, Missing};
use crate::step::Step;
use crate::workspace;

/// Exactly the packages of a `package-lock.json`.
pub(crate) struct Node {
    node: PathBuf,
    folder: PathBuf,
    pub(crate) packages: usize,
}

impl Node {
    /// The packages of `tests/tools`, which nearly every step needs.
    pub(crate) fn prepare(step: &Step) -> Result<Self, Failure> {
        let source = workspace::root().join("tests/tools");
        Self::install(step, &source, workspace::scratch().join("node"), &[])
    }

    /// Installs the packages of `source` into `folder`, unless they are there already. No package
    /// may run a script of its own but those that are `native`: they fetch or build machine code.
    pub(crate) fn install(
        step: &Step,
        source: &Path,
        folder: PathBuf,
        native: &[&str],
    ) -> Result<Self, Failure> {
        let lock = source.join("package-lock.json");
        let wanted = fs::read_to_string(&lock).context(lock.display())?;
        let tools = Self {
            node: find_or_install(step, "Node", "nodejs", || in_path(&["node", "nodejs"]))?,
            folder,
            packages: wanted.matches("\"node_modules/").count(),
        };
        let stamp = tools.folder.join("installed.json");
        if fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
            return Ok(tools);
        }
        step.note("installing Node packages");
        fs::create_dir_all(&tools.folder).context(tools.folder.display())?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), tools.folder.join(file)).context(file)?;
        }
        let npm = in_path(&["npm"]).ok_or_else(|| {
            Failure::Missing(Missing {
                what: "npm".to_owned(),
                install: "sudo apt-get install npm".to_owned(),
            })
        })?;
        step.run(
            plain(&npm)
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&tools.folder),
        )?;
        if !native.is_empty() {
            step.note("building Node packages");
            step.run(
                plain(&npm)
                    .args(["rebuild", "--foreground-scripts"])
                    .args(native)
                    .current_dir(&tools.folder),
            )?;
        }
        fs::write(&stamp, wanted).context(stamp.display())?;
        Ok(tools)
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A script run by Node, with the folder of its packages in `CHARTER_NODE_PACKAGES`.
    pub(crate) fn script(&self, script: impl Into<PathBuf>) -> Command {
        let mut command = plain(&self.node);
        command
            .arg(script.into())
            .env("CHARTER_NODE_PACKAGES", &self.folder);
        command
    }

    /// The linter for OpenAPI documents.
    pub(crate) fn redocly(&self) -> Command {
        let mut command = self.script(self.folder.join("node_modules/@redocly/cli/bin/cli.js"));
        command
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        command
    }
}
