//! A private PostgreSQL cluster: made for one run, on a free loopback port, gone afterwards.
//!
//! The server's programs refuse to run as root, so root hands the cluster to the user
//! `postgres`. That user may not see into the repository, which is why the cluster lives in
//! the system's folder for temporary files.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::environment::find_or_install;
use crate::failure::{Context, Failure, wrong};
use crate::interrupt;
use crate::step::{self, Step};
use crate::workspace;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A running cluster. Dropping it stops the server and removes its files.
pub(crate) struct Cluster {
    programs: PathBuf,
    port: u16,
    server: Child,
    folder: TempDir,
}

impl Cluster {
    /// Makes a cluster and waits until it answers.
    pub(crate) fn start(step: &Step) -> Result<Self, Failure> {
        let programs = server_programs(step)?;
        let owner = Owner::find()?;
        stop_left_over(step, &programs, &owner)?;

        step.note("starting a private PostgreSQL cluster");
        let folder = tempfile::Builder::new()
            .prefix("charter-postgres-")
            .tempdir()
            .context("a folder for PostgreSQL")?;
        owner.give(folder.path())?;
        // Found by the next run if this one is killed before it can put the cluster away.
        fs::write(left_over(), folder.path().display().to_string()).context("a note")?;

        let data = folder.path().join("data");
        step.run(
            owner
                .command(&programs.join("initdb"), folder.path())
                .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
                .args(["--no-locale", "--no-sync", "--no-instructions", "--pgdata"])
                .arg(&data),
        )?;
        let port = free_port()?;
        let log = fs::File::options()
            .append(true)
            .open(step.log())
            .context(step.log().display())?;
        let server = owner
            .command(&programs.join("postgres"), folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c"])
            .arg(format!("port={port}"))
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=500",
            ])
            // Nothing here outlives a power cut, and nothing has to.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("the log")?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("postgres could not be started")?;
        let mut cluster = Self {
            programs,
            port,
            server,
            folder,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The address of one of its databases, for the superuser.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database, in place of one of the same name.
    pub(crate) fn create_database(&self, step: &Step, database: &str) -> Result<String, Failure> {
        for (program, options) in [
            ("dropdb", ["--if-exists", "--force"].as_slice()),
            ("createdb", &[]),
        ] {
            step.run(self.client(program).args(options).arg(database))?;
        }
        Ok(self.url(database))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["--host=127.0.0.1", "--username=postgres"]);
        command.arg(format!("--port={}", self.port));
        command
    }

    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            if interrupt::requested() {
                return Err(Failure::Interrupted);
            }
            if let Some(status) = self.server.try_wait().context("postgres")? {
                return wrong(format!("postgres ended with {status} while starting"));
            }
            let answer = self
                .client("pg_isready")
                .stdout(Stdio::null())
                .status()
                .context("pg_isready")?;
            if answer.success() {
                return Ok(());
            }
            if started.elapsed() > READY_WITHIN {
                return wrong("postgres did not answer within 30 s");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGQUIT is PostgreSQL's immediate shutdown: there is nothing to save.
        if let Some(server) = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(server, Signal::QUIT);
        }
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(5) {
            if !matches!(self.server.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        step::end(&mut self.server);
        let _ = fs::remove_dir_all(self.folder.path());
        let _ = fs::remove_file(left_over());
    }
}

/// The folder of the newest installed server's programs; installs one where that is possible.
fn server_programs(step: &Step) -> Result<PathBuf, Failure> {
    find_or_install(step, "PostgreSQL's server", "postgresql", || {
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_string_lossy().parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .chain(configured())
            .filter(|(_, bin)| {
                ["initdb", "postgres", "psql"]
                    .iter()
                    .all(|program| bin.join(program).is_file())
            })
            .collect();
        versions.sort();
        versions.pop().map(|(_, bin)| bin)
    })
}

/// Where `pg_config` says the programs are, for systems that do not follow Debian's layout.
fn configured() -> Option<(u32, PathBuf)> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some((0, PathBuf::from(folder.trim())))
}

/// Who runs the server.
enum Owner {
    /// Whoever runs this.
    Caller,
    /// Root does, so an unprivileged user.
    Other { uid: u32, gid: u32 },
}

impl Owner {
    fn find() -> Result<Self, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Caller);
        }
        let users = fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
        for wanted in ["postgres", "nobody"] {
            for user in users.lines() {
                let mut fields = user.split(':');
                if fields.next() != Some(wanted) {
                    continue;
                }
                // name:password:uid:gid:...
                let mut ids = fields.skip(1).map_while(|field| field.parse().ok());
                if let (Some(uid), Some(gid)) = (ids.next(), ids.next()) {
                    return Ok(Self::Other { uid, gid });
                }
            }
        }
        wrong("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
    }

    fn give(&self, folder: &Path) -> Result<(), Failure> {
        match self {
            Self::Caller => Ok(()),
            Self::Other { uid, gid } => {
                chown(folder, Some(*uid), Some(*gid)).context(folder.display())
            }
        }
    }

    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C");
        if let Self::Other { uid, gid } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }
}

/// Stops the cluster of a run that was killed.
fn stop_left_over(step: &Step, programs: &Path, owner: &Owner) -> Result<(), Failure> {
    let Ok(folder) = fs::read_to_string(left_over()) else {
        return Ok(());
    };
    let folder = PathBuf::from(folder);
    if folder.join("data/postmaster.pid").is_file() {
        step.note("stopping the cluster of a run that was killed");
        step.attempt(
            owner
                .command(&programs.join("pg_ctl"), &folder)
                .args(["stop", "--mode=immediate", "--pgdata"])
                .arg(folder.join("data")),
        )?;
    }
    let _ = fs::remove_dir_all(&folder);
    fs::remove_file(left_over()).context("a note")
}

fn left_over() -> PathBuf {
    workspace::scratch().join("postgres-folder")
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").context("a free port")?;
    Ok(listener.local_addr().context("a free port")?.port())
}
