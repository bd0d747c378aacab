//! The `charter` binary as a process that can be killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How to start the service.
pub struct Charter {
    database: String,
    settings: Vec<(&'static str, String)>,
    folder: tempfile::TempDir,
}

impl Charter {
    /// On `database`, with settings by their `CHARTER_` variables.
    pub fn new(database: &str, settings: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("server.key").display().to_string();
        let mut settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        settings.push(("CHARTER_SERVER_KEY_FILE", key));
        Self {
            database: database.to_owned(),
            settings,
            folder,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        // The settings of whoever runs the tests are not the service's.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CHARTER_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .args(["--database", &self.database])
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command that prints JSON.
    pub async fn run(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.print(arguments).await).unwrap()
    }

    /// Runs a command that prints for people.
    pub async fn print(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().await.unwrap();
        let failure = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {failure}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that fails; why.
    pub async fn refuse(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().await.unwrap();
        let failure = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        failure
    }

    /// Starts serving on a free port; returns once it listens.
    pub async fn serve(&self) -> Serving {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(address) = line.strip_prefix("listening on ") {
                    return address.to_owned();
                }
            }
            panic!("it ended: {}", self.said());
        };
        let address = tokio::time::timeout(Duration::from_secs(60), listening)
            .await
            .unwrap_or_else(|_| panic!("it does not listen: {}", self.said()));
        Serving { address, child }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What it has logged.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

/// The service while it runs.
pub struct Serving {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    child: Child,
}

impl Serving {
    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// SIGKILL: nothing is finished, nothing is flushed.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM: it ends by itself, and well.
    pub async fn stop(mut self) {
        let id = self.child.id().unwrap().to_string();
        let asked = Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap();
        assert!(asked.success());
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait())
            .await
            .expect("it does not stop")
            .unwrap();
        assert!(ended.success(), "{ended}");
    }
}

/// What `CHARTER_BINARY` names, or what the workspace has built.
fn binary() -> PathBuf {
    let binary = std::env::var_os("CHARTER_BINARY").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/charter"),
        PathBuf::from,
    );
    assert!(
        binary.is_file(),
        "{} is not there: `cargo build --package charter-server` makes it",
        binary.display()
    );
    binary
}
