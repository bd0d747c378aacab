//! openapi-generator, as its package on PyPI brings it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::json;

use super::documents::Documents;
use super::write;
use crate::Error;
use crate::bench::Bench;

const REQUIREMENT: &str = "openapi-generator-cli==7.26.0";

/// It, ready to run.
pub(super) struct OpenapiGenerator {
    jar: PathBuf,
}

impl OpenapiGenerator {
    /// Installs it below `folder` unless it is there. What keeps it from running on this machine is
    /// no failure.
    pub(super) fn prepare(folder: &Path) -> Result<Result<Self, String>, Error> {
        if !succeeds(Command::new("java").arg("-version")) {
            return Ok(Err(
                "Java is not on this machine; it runs openapi-generator".into(),
            ));
        }
        let environment = folder.join("openapi-generator");
        let pip = environment.join("bin/pip");
        if !pip.exists()
            && !succeeds(
                Command::new("python3")
                    .args(["-m", "venv"])
                    .arg(&environment),
            )
        {
            return Ok(Err(
                "Python makes no environment for openapi-generator".into()
            ));
        }
        let installs = succeeds(Command::new(&pip).args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            REQUIREMENT,
        ]));
        if !installs {
            return Ok(Err(format!("{REQUIREMENT} cannot be installed")));
        }
        match jar(&environment.join("lib"))? {
            Some(jar) => Ok(Ok(Self { jar })),
            None => Ok(Err(format!("{REQUIREMENT} has no jar"))),
        }
    }

    /// Generates all documents in one process, with a thread for each core: faster than a process
    /// for each document, most of which would be the start of Java.
    pub(super) fn command(&self, bench: &Bench, set: &Documents) -> Result<Command, Error> {
        let out = out(set);
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        let configurations = set.folder().join("openapi-generator");
        fs::create_dir_all(&configurations)?;
        let cores = bench.cores.everywhere(thread::available_parallelism)??;
        let mut command = Command::new("java");
        command
            .arg("-jar")
            .arg(&self.jar)
            .args(["batch", "--fail-fast", "--threads"])
            .arg(cores.to_string())
            .current_dir(set.folder());
        for file in set.files()? {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let configuration = configurations.join(format!("{name}.json"));
            let settings = json!({
                "generatorName": "rust-axum",
                "inputSpec": file,
                "outputDir": out.join(&*name),
                // It takes the values that a link gives to a request body for an error.
                "validateSpec": false,
            });
            write(&configuration, &settings.to_string())?;
            command.arg(configuration);
        }
        Ok(command)
    }

    /// Fails when a document has become no crate: it does not say so by its exit code.
    pub(super) fn expect_crates(&self, set: &Documents) -> Result<(), Error> {
        for file in set.files()? {
            let name = file.file_stem().unwrap_or_default();
            if !out(set).join(name).join("src/models.rs").exists() {
                return Err(format!("openapi-generator made nothing of {}", file.display()).into());
            }
        }
        Ok(())
    }
}

fn out(set: &Documents) -> PathBuf {
    set.folder().join("rust-axum")
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The jar somewhere below `folder`.
fn jar(folder: &Path) -> Result<Option<PathBuf>, Error> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if let Some(jar) = jar(&path)? {
                return Ok(Some(jar));
            }
        } else if path.ends_with("openapi_generator_cli/openapi-generator.jar") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
