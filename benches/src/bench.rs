//! One run: how long, on which cores, with which programs, in which folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::Error;
use crate::opponent::Opponent;
use crate::process::{Cores, Server};

/// What every measure needs.
pub(crate) struct Bench {
    /// How often each contender has its turn.
    pub(crate) rounds: usize,
    /// How long a turn lasts, after its warm-up.
    pub(crate) window: Duration,
    /// How long a contender is loaded before its turn counts.
    pub(crate) warm_up: Duration,
    /// A PostgreSQL database that may be filled and emptied, if there is one.
    pub(crate) postgres: Option<String>,
    /// Where servers run and where we run.
    pub(crate) cores: Cores,
    programs: PathBuf,
    scratch: PathBuf,
}

impl Bench {
    /// Takes one core for ourselves and leaves another to the servers.
    pub(crate) fn new(
        rounds: usize,
        window: Duration,
        postgres: Option<String>,
    ) -> Result<Self, Error> {
        let ourselves = env::current_exe()?;
        let programs = ourselves
            .parent()
            .ok_or("this program is in no folder")?
            .to_path_buf();
        let scratch = programs.with_file_name("benches");
        fs::create_dir_all(&scratch)?;
        let cores = Cores::find()?;
        cores.take_ours()?;
        Ok(Self {
            rounds: rounds.max(1),
            window,
            warm_up: (window / 3).max(Duration::from_millis(200)),
            postgres,
            cores,
            programs,
            scratch,
        })
    }

    /// An empty folder on the disk of the build, gone when it is dropped.
    pub(crate) fn folder(&self) -> Result<TempDir, Error> {
        Ok(tempfile::tempdir_in(&self.scratch)?)
    }

    /// Where the logs of servers are.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.scratch.join(format!("{name}.log"))
    }

    /// The repository.
    pub(crate) fn root(&self) -> &'static Path {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        own.parent().unwrap_or(own)
    }

    /// `charter`, without the caller's own settings.
    pub(crate) fn charter(&self) -> Command {
        let mut command = Command::new(self.programs.join("charter"));
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CHARTER_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// A running `charter serve` on this database, without a limit on requests and with a log of
    /// warnings alone. Its server key is beside the database, or in `folder` for PostgreSQL.
    pub(crate) fn serve_charter(&self, database: &str, folder: &Path) -> Result<Server, Error> {
        let mut command = self.charter();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--rate-limit", "off"])
            .args(["--database", database])
            .env("CHARTER_LOG_FILTER", "warn")
            .current_dir(folder);
        self.start("charter", command)
    }

    /// A running hand-written opponent.
    pub(crate) fn serve(&self, opponent: &Opponent, database: &str) -> Result<Server, Error> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve", opponent.name, "--database", database]);
        self.start(opponent.name, command)
    }

    /// Starts any server that prints `listening on http://HOST:PORT` on standard output, on the
    /// servers' core. `name` names its log.
    pub(crate) fn start(&self, name: &str, command: Command) -> Result<Server, Error> {
        Server::start(&self.cores, command, &self.log(name))
    }
}
