//! What is wrong with a document, and where.

use std::cell::RefCell;
use std::fmt;

use crate::source::Place;

/// One problem of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, as it was named to the generator.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// JSON pointer of the value within its file.
    pub pointer: String,
    /// What is wrong, and what to write instead where that is known.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            pointer,
            message,
        } = self;
        write!(f, "{file}:{line}:{column}: ")?;
        if !pointer.is_empty() {
            write!(f, "{pointer}: ")?;
        }
        f.write_str(message)
    }
}

/// Collects problems. Reading goes on after each one, so that an author sees
/// all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: RefCell<Vec<Diagnostic>>,
}

impl Diagnostics {
    /// Adds a problem.
    pub(crate) fn report(&self, at: &Place, message: impl Into<String>) {
        self.found.borrow_mut().push(Diagnostic {
            file: at.file.to_string(),
            line: at.line,
            column: at.column,
            pointer: at.pointer.to_string(),
            message: message.into(),
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// The problems in the order of the files. A shared component is read once
    /// for each place that refers to it; its problems are told once.
    pub(crate) fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort();
        found.dedup();
        found
    }
}
