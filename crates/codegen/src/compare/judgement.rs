//! What was found, and where.

use std::fmt;

use serde_json::{Value, json};

use super::rules::Rule;
use crate::source::Place;

/// One difference between two documents, judged.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule that judged it.
    pub rule: &'static Rule,
    /// What the rule says.
    pub verdict: Verdict,
    /// The `operationId` of each operation that meets it, in the old document's words; none when
    /// it is about the document as a whole.
    pub operations: Vec<String>,
    /// Where it was, or would have been.
    pub old: Spot,
    /// Where it is, or would be.
    pub new: Spot,
    /// What it was.
    pub was: String,
    /// What it is.
    pub is: String,
}

/// What a rule says about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Somebody who relies on the old document breaks.
    Breaks,
    /// Nobody does.
    Keeps,
    /// It is for readers.
    Annotation,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Keeps => "keeps",
            Self::Annotation => "annotation",
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The file, as it was named to the comparison.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// JSON pointer within the file.
    pub pointer: String,
}

impl From<&Place> for Spot {
    fn from(place: &Place) -> Self {
        Self {
            file: place.file.to_string(),
            line: place.line,
            column: place.column,
            pointer: place.pointer.to_string(),
        }
    }
}

impl Judgement {
    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let spot = |spot: &Spot| {
            json!({
                "file": spot.file,
                "line": spot.line,
                "column": spot.column,
                "pointer": spot.pointer,
            })
        };
        json!({
            "number": self.rule.number,
            "rule": self.rule.name,
            "verdict": self.verdict.as_str(),
            "who": self.rule.who.as_str(),
            "operations": self.operations,
            "old": spot(&self.old),
            "new": spot(&self.new),
            "was": self.was,
            "is": self.is,
        })
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            verdict,
            operations,
            old,
            new,
            was,
            is,
        } = self;
        write!(out, "{}:{}:{}: ", new.file, new.line, new.column)?;
        match verdict {
            Verdict::Breaks => writeln!(
                out,
                "{} {} breaks {}",
                rule.number,
                rule.name,
                rule.who.as_str()
            )?,
            Verdict::Keeps => writeln!(out, "{} {} is kept", rule.number, rule.name)?,
            Verdict::Annotation => writeln!(out, "for readers")?,
        }
        if !operations.is_empty() {
            writeln!(out, "  in   {}", operations.join(", "))?;
        }
        writeln!(out, "  old  {} ({}:{})", old.pointer, old.file, old.line)?;
        writeln!(out, "  new  {}", new.pointer)?;
        writeln!(out, "  was  {was}")?;
        write!(out, "  is   {is}")
    }
}
