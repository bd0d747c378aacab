//! Why a step did not succeed.

use std::fmt;
use std::io;

/// Why a step did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong in the repository, or a program that ought to work did not.
    Wrong(String),
    /// The machine lacks a program, and it could not be installed from here.
    Missing(Missing),
    /// Ctrl-C, or a polite request to end.
    Interrupted,
}

/// A program that the machine lacks, and the command that would bring it.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) install: String,
}

/// `Err` with this sentence.
pub(crate) fn wrong<T>(sentence: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Wrong(sentence.into()))
}

/// Puts what was being done in front of an operating system's error.
pub(crate) trait Context<T> {
    fn context(self, doing: impl fmt::Display) -> Result<T, Failure>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::Wrong(format!("{doing}: {error}")))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(sentence) => out.write_str(sentence),
            Self::Missing(missing) => missing.fmt(out),
            Self::Interrupted => out.write_str("interrupted"),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} is not on this machine; install it with: {}",
            self.what, self.install
        )
    }
}
