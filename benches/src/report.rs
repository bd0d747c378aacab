//! What was measured: rows, and how they are told.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::bench::Bench;
use crate::measure::Measure;

mod document;
mod machine;

pub(crate) use self::document::record;
pub(crate) use self::machine::busy;

/// One line of the table: a figure and the goal it has.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    /// The name of its measure: what `cargo xtask bench` is called with.
    #[serde(default)]
    measure: String,
    /// When, and with how many rounds.
    #[serde(default)]
    run: String,
    /// What was done.
    pub(crate) name: String,
    /// Against whom.
    pub(crate) opponent: String,
    /// What is to be reached.
    pub(crate) goal: Goal,
    /// What was reached; nothing when it could not be measured.
    pub(crate) measured: Option<Measured>,
    /// Absolute figures, for orientation.
    pub(crate) details: Vec<Detail>,
    /// Why the goal is missed, or why nothing was measured.
    pub(crate) reason: Option<String>,
}

impl Row {
    /// A row with its figure.
    pub(crate) fn new(name: &str, opponent: &str, goal: Goal, measured: Measured) -> Self {
        Self {
            measure: String::new(),
            run: String::new(),
            name: name.to_owned(),
            opponent: opponent.to_owned(),
            goal,
            measured: Some(measured),
            details: Vec::new(),
            reason: None,
        }
    }

    /// A row that could not be measured on this machine, and why.
    pub(crate) fn not_measured(name: &str, opponent: &str, goal: Goal, reason: &str) -> Self {
        Self {
            measure: String::new(),
            run: String::new(),
            name: name.to_owned(),
            opponent: opponent.to_owned(),
            goal,
            measured: None,
            details: Vec::new(),
            reason: Some(reason.to_owned()),
        }
    }

    /// With absolute figures.
    pub(crate) fn details(mut self, details: impl IntoIterator<Item = Detail>) -> Self {
        self.details.extend(details);
        self
    }

    /// With the reason that profiling found, which is told when the goal is missed.
    pub(crate) fn if_missed(mut self, reason: &str) -> Self {
        if self.verdict() == Verdict::Missed {
            self.reason = Some(reason.to_owned());
        }
        self
    }

    /// As a row of this measure in this run.
    pub(crate) fn of(mut self, measure: &Measure, bench: &Bench) -> Self {
        measure.name.clone_into(&mut self.measure);
        self.run = machine::run(bench);
        self
    }

    fn verdict(&self) -> Verdict {
        match &self.measured {
            None => Verdict::NotMeasured,
            Some(measured) if self.goal.is_reached(measured.median) => Verdict::Reached,
            Some(_) => Verdict::Missed,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    Reached,
    Missed,
    NotMeasured,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Reached => "reached",
            Self::Missed => "missed",
            Self::NotMeasured => "not measured",
        })
    }
}

/// What is to be reached.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) enum Goal {
    /// Less is better.
    AtMost(f64, Unit),
    /// More is better.
    AtLeast(f64, Unit),
}

impl Goal {
    fn is_reached(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bound, _) => figure <= bound,
            Self::AtLeast(bound, _) => figure >= bound,
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::AtMost(_, unit) | Self::AtLeast(_, unit) => unit,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound, unit) => write!(out, "at most {bound} {unit}"),
            Self::AtLeast(bound, unit) => write!(out, "at least {bound} {unit}"),
        }
    }
}

/// Of what a figure is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Unit {
    /// A ratio.
    Times,
    /// us
    Microseconds,
    /// ms
    Milliseconds,
    /// s
    Seconds,
    /// MB, of a million bytes.
    Megabytes,
    /// /s
    PerSecond,
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Times => "x",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Megabytes => "MB",
            Self::PerSecond => "/s",
        })
    }
}

/// A figure with its spread over the rounds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Measured {
    /// The middle one.
    pub(crate) median: f64,
    /// A quarter of the rounds is at most this.
    pub(crate) lower: f64,
    /// A quarter of the rounds is at least this.
    pub(crate) upper: f64,
}

impl Measured {
    /// Of the figures of all rounds.
    pub(crate) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self {
            median: quantile(&figures, 0.5),
            lower: quantile(&figures, 0.25),
            upper: quantile(&figures, 0.75),
        }
    }

    /// Of the ratios of two contenders' figures, round by round.
    pub(crate) fn ratios(of: &[f64], over: &[f64]) -> Self {
        Self::of(of.iter().zip(over).map(|(of, over)| of / over).collect())
    }
}

/// Between neighbours where it falls between two.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = part * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

/// An absolute figure beside a ratio.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Detail {
    of: String,
    what: String,
    value: f64,
    unit: Unit,
}

impl Detail {
    /// `what` of `of`: "CPU per request" of "charter".
    pub(crate) fn new(of: &str, what: &str, value: f64, unit: Unit) -> Self {
        Self {
            of: of.to_owned(),
            what: what.to_owned(),
            value,
            unit,
        }
    }
}

/// So many digits that a difference of a percent shows.
fn figure(value: f64, unit: Unit) -> String {
    let decimals = match value.abs() {
        small if small < 10.0 => 2,
        middle if middle < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// `1.03 x (1.01 to 1.06)`.
fn shown(row: &Row) -> String {
    let Some(Measured {
        median,
        lower,
        upper,
    }) = row.measured
    else {
        return "-".to_owned();
    };
    let unit = row.goal.unit();
    let median = figure(median, unit);
    format!(
        "{median} ({} to {})",
        figure(lower, unit),
        figure(upper, unit)
    )
}

/// The rows for a terminal.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut lines = vec![["measure", "opponent", "goal", "measured", ""].map(str::to_owned)];
    lines.extend(rows.iter().map(|row| {
        [
            row.name.clone(),
            row.opponent.clone(),
            row.goal.to_string(),
            shown(row),
            row.verdict().to_string(),
        ]
    }));
    let widths: [usize; 5] = std::array::from_fn(|column| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    });
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if let Some(row) = index.checked_sub(1).and_then(|row| rows.get(row)) {
            for line in detail_lines(row) {
                text.push_str(&format!("    {line}\n"));
            }
        }
    }
    text
}

/// `charter: CPU per request 23.1 us, p99 0.61 ms`, a line for each whose figures they are, and
/// the reason.
fn detail_lines(row: &Row) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for detail in &row.details {
        let told = format!("{} {}", detail.what, figure(detail.value, detail.unit));
        match lines.last_mut() {
            Some((of, all)) if *of == detail.of => all.push(told),
            _ => lines.push((detail.of.clone(), vec![told])),
        }
    }
    lines
        .into_iter()
        .map(|(of, all)| format!("{of}: {}", all.join(", ")))
        .chain(row.reason.clone())
        .collect()
}

/// Writes the rows as JSON.
pub(crate) fn write_json(file: &Path, rows: &[Row]) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(rows)?;
    text.push('\n');
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}
