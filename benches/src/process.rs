//! Servers as child processes, each kept on one core.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use crate::Error;

/// How long a server may take to listen.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// What a server says when it listens.
const LISTENING: &str = "listening on http://";

/// The core of the servers and the core of the load generator. The same one where there is no other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    servers: usize,
    ours: usize,
    all: CpuSet,
}

impl Cores {
    /// The first two that this process may use.
    pub(crate) fn find() -> Result<Self, Error> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        let mut cores =
            (0..CpuSet::count()).filter(|core| allowed.is_set(*core).is_ok_and(|set| set));
        let servers = cores.next().ok_or("there is no core to run on")?;
        let ours = cores.next().unwrap_or(servers);
        Ok(Self {
            servers,
            ours,
            all: allowed,
        })
    }

    /// Keeps the calling thread, and those it starts, on our core.
    pub(crate) fn take_ours(&self) -> Result<(), Error> {
        keep_on(Pid::from_raw(0), self.ours)
    }

    /// Runs `start` on the servers' core: what it starts stays there, and finds one core when it
    /// asks how many there are.
    pub(crate) fn for_servers<T>(&self, start: impl FnOnce() -> T) -> Result<T, Error> {
        keep_on(Pid::from_raw(0), self.servers)?;
        let started = start();
        self.take_ours()?;
        Ok(started)
    }

    /// Runs `start` on all cores: what it starts may use them. For builds and generators.
    pub(crate) fn everywhere<T>(&self, start: impl FnOnce() -> T) -> Result<T, Error> {
        sched_setaffinity(Pid::from_raw(0), &self.all)?;
        let started = start();
        self.take_ours()?;
        Ok(started)
    }

    /// Moves a thread of another process to our core, such as one of a database server.
    pub(crate) fn move_to_ours(&self, pid: i32) -> Result<(), Error> {
        keep_on(Pid::from_raw(pid), self.ours)
    }
}

fn keep_on(pid: Pid, core: usize) -> Result<(), Error> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(pid, &set)?)
}

/// A running server. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process until it said so.
    pub(crate) ready_after: Duration,
    clock: ClockId,
    process: Child,
}

impl Server {
    /// Starts it and waits for `listening on http://HOST:PORT`. Everything it prints goes into `log`.
    pub(crate) fn start(cores: &Cores, mut command: Command, log: &Path) -> Result<Self, Error> {
        let output = File::create(log)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(output.try_clone()?);
        let started = Instant::now();
        let process = cores
            .for_servers(|| command.spawn())?
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let mut ending = Ending(Some(process));
        let process = ending.process()?;
        let clock = clock_getcpuclockid(pid(process)?)?;
        let printed = process.stdout.take().ok_or("its output is not ours")?;
        let address = listening(printed, output, log)?;
        let ready_after = started.elapsed();
        Ok(Self {
            address,
            ready_after,
            clock,
            process: ending.keep()?,
        })
    }

    /// The CPU time that the whole process has used so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Error> {
        Ok(clock_gettime(self.clock)?.into())
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Error> {
        self.status("VmRSS:")
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    fn status(&self, name: &str) -> Result<u64, Error> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let kilobytes = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|value| value.trim().strip_suffix(" kB"))
            .ok_or_else(|| format!("the process has no {name}"))?;
        Ok(kilobytes.trim().parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends a process that has not become a server.
struct Ending(Option<Child>);

impl Ending {
    fn process(&mut self) -> Result<&mut Child, Error> {
        self.0.as_mut().ok_or_else(|| "the process is gone".into())
    }

    fn keep(mut self) -> Result<Child, Error> {
        self.0.take().ok_or_else(|| "the process is gone".into())
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(process) = &mut self.0 {
            end(process);
        }
    }
}

/// Nothing that a server keeps outlives its measure: it need not say goodbye.
fn end(process: &mut Child) {
    // Both fail only when the process has ended by itself.
    let _ = process.kill();
    let _ = process.wait();
}

fn pid(process: &Child) -> Result<Pid, Error> {
    Ok(Pid::from_raw(i32::try_from(process.id())?))
}

/// Waits for the line, and goes on taking what is printed so that the server never waits for us.
fn listening(
    printed: impl Read + Send + 'static,
    mut output: File,
    log: &Path,
) -> Result<SocketAddr, Error> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(printed).lines().map_while(Result::ok) {
            // The log is for a person who looks for a cause; without it the measure still stands.
            let _ = writeln!(output, "{line}");
            let _ = sender.send(line);
        }
    });
    let started = Instant::now();
    loop {
        match lines.recv_timeout(READY_WITHIN.saturating_sub(started.elapsed())) {
            Ok(line) => {
                if let Some((_, address)) = line.split_once(LISTENING) {
                    return Ok(address.trim().trim_end_matches('/').parse()?);
                }
            }
            Err(RecvTimeoutError::Timeout) => return Err(silent("did not listen in time", log)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(silent("ended before it listened", log));
            }
        }
    }
}

fn silent(what: &str, log: &Path) -> Error {
    let printed = std::fs::read_to_string(PathBuf::from(log)).unwrap_or_default();
    let lines: Vec<&str> = printed.lines().collect();
    let last = lines[lines.len().saturating_sub(10)..].join("\n");
    format!("the server {what} ({}):\n{last}", log.display()).into()
}
