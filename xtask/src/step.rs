//! One step: its log file, the programs it runs and what it counted.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::failure::{Context, Failure, wrong};
use crate::interrupt;
use crate::progress::Progress;
use crate::workspace;

/// How long a program may take to end once it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// A step at work.
pub(crate) struct Step {
    log: PathBuf,
    progress: Progress,
}

impl Step {
    /// Opens an empty log, `target/xtask/logs/<name>.log`, and shows that the step runs.
    pub(crate) fn start(name: &str) -> Result<Self, Failure> {
        let progress = Progress::start(name);
        Ok(Self {
            log: new_log(name)?,
            progress,
        })
    }

    /// A part of this step that runs at the same time as others and so needs a log of its own.
    pub(crate) fn part(&self, name: &str) -> Result<Self, Failure> {
        Ok(Self {
            log: new_log(name)?,
            progress: self.progress.clone(),
        })
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The log, for a program that writes into it by itself.
    pub(crate) fn append(&self) -> Result<File, Failure> {
        open_log(&self.log)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.progress.elapsed()
    }

    /// Shows, and keeps in the log, what is being done now.
    pub(crate) fn note(&self, doing: &str) {
        self.progress.note(doing);
        // A log that cannot be written shows itself at the next program.
        if let Ok(mut log) = open_log(&self.log) {
            let _ = writeln!(log, "{doing}");
        }
    }

    /// Replaces the sign of life by the result.
    pub(crate) fn finish(self, mark: &str, result: &str) {
        self.progress.finish(mark, result);
    }

    /// Runs a program to its end and returns what it printed; fails when the program does.
    pub(crate) fn run(&self, command: &mut Command) -> Result<String, Failure> {
        let (status, printed) = self.attempt(command)?;
        if status.success() {
            return Ok(printed);
        }
        wrong(format!("{} ended with {status}", shown(command)))
    }

    /// Runs a program to its end and returns how it ended and what it printed, which the log
    /// keeps as well.
    pub(crate) fn attempt(&self, command: &mut Command) -> Result<(ExitStatus, String), Failure> {
        if interrupt::requested() {
            return Err(Failure::Interrupted);
        }
        let mut log = open_log(&self.log)?;
        writeln!(log, "$ {}", shown(command)).context(self.log.display())?;
        let (reader, writer) = io::pipe().context("a pipe")?;
        let doing = format!("{} could not be started", shown(command));
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone().context("a pipe")?)
            .stderr(writer)
            // Its own group: Ctrl-C reaches us, and we end the whole group.
            .process_group(0);
        let mut child = command.spawn().context(doing)?;
        // The command holds the writing end, which must go for the reader to see the end.
        command.stdout(Stdio::null()).stderr(Stdio::null());

        let (lines, incoming) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
                if lines
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    break;
                }
            }
        });

        let mut printed = String::new();
        loop {
            match incoming.recv_timeout(Duration::from_millis(200)) {
                Ok(line) => {
                    writeln!(log, "{line}").context(self.log.display())?;
                    if !line.trim().is_empty() {
                        self.progress.note(&line);
                    }
                    printed.push_str(&line);
                    printed.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                // The program itself has ended; a grandchild keeps the pipe open.
                Err(RecvTimeoutError::Timeout) if ended(&mut child)? => break,
                Err(RecvTimeoutError::Timeout) => self.progress.note(last_line(&printed)),
            }
            if interrupt::requested() {
                end(&mut child);
                return Err(Failure::Interrupted);
            }
        }
        let status = child.wait().context(shown(command))?;
        Ok((status, printed))
    }
}

fn ended(child: &mut Child) -> Result<bool, Failure> {
    Ok(child.try_wait().context("waiting")?.is_some())
}

/// Asks the program's whole group to end, and makes it when it does not.
pub(crate) fn end(child: &mut Child) {
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    let _ = rustix::process::kill_process_group(group, Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = rustix::process::kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

/// A command line as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        line.push(' ');
        if argument.is_empty() || argument.contains([' ', '\'', '"', '$', '*']) {
            line.push_str(&format!("'{}'", argument.replace('\'', r"'\''")));
        } else {
            line.push_str(&argument);
        }
    }
    line
}

/// What a step counted, in the order in which it is told: `212 tests, 3 crates`.
#[derive(Clone, Default)]
pub(crate) struct Tally(Vec<(String, u64)>);

impl Tally {
    pub(crate) fn of(count: usize, what: &str) -> Self {
        Self::default().and(count, what)
    }

    #[must_use]
    pub(crate) fn and(mut self, count: usize, what: &str) -> Self {
        let count = count as u64;
        match self.0.iter_mut().find(|(known, _)| known == what) {
            Some((_, total)) => *total += count,
            None => self.0.push((what.to_owned(), count)),
        }
        self
    }

    #[must_use]
    pub(crate) fn plus(self, other: &Self) -> Self {
        other.0.iter().fold(self, |sum, (what, count)| {
            sum.and(usize::try_from(*count).unwrap_or(usize::MAX), what)
        })
    }

    pub(crate) fn entries(&self) -> &[(String, u64)] {
        &self.0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (what, count)) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            write!(out, "{count} {what}")?;
        }
        Ok(())
    }
}

/// The last lines of a log, for a person who wants to know why.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn last_line(text: &str) -> &str {
    text.lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("")
}

fn new_log(name: &str) -> Result<PathBuf, Failure> {
    let folder = workspace::scratch().join("logs");
    fs::create_dir_all(&folder).context(folder.display())?;
    let log = folder.join(format!("{name}.log"));
    File::create(&log).context(log.display())?;
    Ok(log)
}

fn open_log(log: &Path) -> Result<File, Failure> {
    File::options()
        .append(true)
        .create(true)
        .open(log)
        .context(log.display())
}
