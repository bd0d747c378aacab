//! A client at work: a program that takes one call on each line and prints one answer for it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::PATIENCE;
use crate::failure::{Context, Failure, wrong};
use crate::interrupt;
use crate::step::{self, Step};

/// A running client. Dropping it ends the program.
pub(super) struct Driver {
    calls: ChildStdin,
    answers: Receiver<String>,
    process: Child,
}

impl Driver {
    /// Starts it. What it says beside its answers goes into the log.
    pub(super) fn start(step: &Step, mut command: Command, address: &str) -> Result<Self, Failure> {
        let log = step.append()?;
        step.note(&format!("$ {}", step::shown(&command)));
        let mut process = command
            .env("CHARTER_ADDRESS", address)
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0)
            .spawn()
            .context(step::shown(&command))?;
        let (Some(calls), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return wrong("a client without input and output");
        };
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Ok(Self {
            calls,
            answers,
            process,
        })
    }

    /// Has the client make a call, and waits for what it makes of the answer.
    pub(super) fn call(&mut self, call: &Value) -> Result<Value, Failure> {
        writeln!(self.calls, "{call}")
            .and_then(|()| self.calls.flush())
            .context("the client takes no more calls")?;
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            match self.answers.recv_timeout(Duration::from_millis(100)) {
                // Anything else is a word of some library's.
                Ok(line) if line.starts_with('{') => {
                    return serde_json::from_str(&line).or_else(|error| {
                        wrong(format!("the client prints no JSON ({error}): {line}"))
                    });
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return wrong("the client has ended"),
            }
            if interrupt::requested() {
                return Err(Failure::Interrupted);
            }
        }
        wrong("the client does not answer")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        step::end(&mut self.process);
    }
}
