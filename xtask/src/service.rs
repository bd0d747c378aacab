//! The `charter` binary as a running service.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure, wrong};
use crate::interrupt;
use crate::step::{self, Step};

/// `--demo` fills a database first, without optimisation.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A running service. Dropping it ends the process.
pub(crate) struct Service {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    /// Standard output so far, and what is still to come.
    printed: String,
    lines: Receiver<String>,
    log: PathBuf,
    process: Child,
}

impl Service {
    /// Starts `charter serve` on a free port and waits for the line that says it listens.
    pub(crate) fn start(
        step: &Step,
        charter: &Path,
        database: &str,
        configure: impl FnOnce(&mut Command),
    ) -> Result<Self, Failure> {
        let log = step.log().with_extension("server.log");
        let output = File::create(&log).context(log.display())?;
        let mut command = Command::new(charter);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database])
            .env("NO_COLOR", "1");
        without_settings(&mut command);
        configure(&mut command);
        step.note(&format!("$ {}", step::shown(&command)));
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(output.try_clone().context("the log")?)
            .process_group(0)
            .spawn()
            .context("charter could not be started")?;
        let lines = follow(&mut process, output);
        let mut service = Self {
            address: String::new(),
            printed: String::new(),
            lines,
            log,
            process,
        };
        let said = service.wait_for("listening on ")?;
        said.trim().clone_into(&mut service.address);
        Ok(service)
    }

    /// Ends the service as an operator would and fails when it did not end well or panicked on the way.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        step::end(&mut self.process);
        let status = self.process.wait().context("charter")?;
        let printed = fs::read(&self.log).context(self.log.display())?;
        let printed = String::from_utf8_lossy(&printed);
        if let Some(line) = printed.lines().find(|line| line.contains("panicked at")) {
            return wrong(format!(
                "the service panicked: {line} ({})",
                self.log.display()
            ));
        }
        if !status.success() {
            return wrong(format!(
                "the service ended with {status} when asked to stop ({})",
                self.log.display()
            ));
        }
        Ok(())
    }

    /// Waits until it has printed this, and returns what follows on the same line.
    pub(crate) fn wait_for(&mut self, words: &str) -> Result<String, Failure> {
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if let Some((_, said)) = self.printed.split_once(words) {
                return Ok(said.lines().next().unwrap_or_default().to_owned());
            }
            if interrupt::requested() {
                return Err(Failure::Interrupted);
            }
            match self.lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => {
                    self.printed.push_str(&line);
                    self.printed.push('\n');
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        wrong(format!(
            "the service did not print {words:?}:\n{}",
            step::tail(&self.log, 20)
        ))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        step::end(&mut self.process);
    }
}

/// Takes the caller's own settings away: a run must not depend on them.
pub(crate) fn without_settings(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CHARTER_") {
            command.env_remove(name);
        }
    }
}

/// Hands on the lines of standard output, and keeps taking them so that the service never
/// waits for a reader. All go into the log as well.
fn follow(process: &mut Child, mut log: File) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    if let Some(output) = process.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = writeln!(log, "{line}");
                let _ = sender.send(line);
            }
        });
    }
    lines
}
