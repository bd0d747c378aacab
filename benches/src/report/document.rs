//! PERFORMANCE.md and the figures it is made from.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Row, detail_lines, machine, shown};
use crate::{Error, measure};

/// What stands between these lines is written by `cargo xtask bench`, the rest by people.
const BEGIN: &str = "<!-- cargo xtask bench: begin -->";
const END: &str = "<!-- cargo xtask bench: end -->";

/// All rows of the document.
#[derive(Default, Deserialize, Serialize)]
struct Recorded {
    machine: String,
    rows: Vec<Row>,
}

/// Puts `rows` in place of those of the same measures in `performance.json`, and writes
/// `PERFORMANCE.md` anew from it.
pub(crate) fn record(folder: &Path, rows: &[Row]) -> Result<(), Error> {
    let (figures, document) = (
        folder.join("performance.json"),
        folder.join("PERFORMANCE.md"),
    );
    let mut recorded: Recorded = match fs::read(&figures) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Recorded::default(),
        Err(error) => return Err(format!("{}: {error}", figures.display()).into()),
    };
    recorded
        .rows
        .retain(|old| rows.iter().all(|new| new.measure != old.measure));
    recorded.rows.extend(rows.iter().cloned());
    recorded.rows.retain(|row| place(row).is_some());
    recorded.rows.sort_by_key(place);
    recorded.machine = machine::description();

    let text = fs::read_to_string(&document)
        .map_err(|error| format!("{}: {error}", document.display()))?;
    let text = between(&text, &section(&recorded))
        .ok_or_else(|| format!("{} lacks the line {BEGIN} or {END}", document.display()))?;
    let mut json = serde_json::to_string_pretty(&recorded)?;
    json.push('\n');
    fs::write(&figures, json)?;
    fs::write(&document, text)?;
    Ok(())
}

/// Rows stand in the order of the measures, those of one measure as they came. A row whose measure
/// is gone has no place.
fn place(row: &Row) -> Option<usize> {
    measure::ALL
        .iter()
        .position(|measure| measure.name == row.measure)
}

fn between(text: &str, section: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{section}\n{END}{after}"))
}

fn section(recorded: &Recorded) -> String {
    let mut text = format!(
        "Machine: {}. Command: `cargo xtask bench`.\n\n\
         | `bench` | what | against | goal | measured (quartiles) | | when, rounds |\n\
         |---|---|---|---|---|---|---|\n",
        recorded.machine
    );
    for row in &recorded.rows {
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |\n",
            row.measure,
            cell(&row.name),
            cell(&row.opponent),
            row.goal,
            shown(row),
            row.verdict(),
            row.run,
        ));
    }
    text.push_str("\nThe medians behind the ratios, and why a goal is missed:\n\n");
    for row in &recorded.rows {
        let lines = detail_lines(row);
        if !lines.is_empty() {
            text.push_str(&format!("- **{}**, against {}\n", row.name, row.opponent));
            for line in lines {
                text.push_str(&format!("  - {line}\n"));
            }
        }
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
