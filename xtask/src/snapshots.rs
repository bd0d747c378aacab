//! Snapshots: none waits for a decision, and none stands that no test compares.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure, wrong};
use crate::step::{Step, Tally};
use crate::workshop::Workshop;
use crate::workspace;

/// Where insta writes down every snapshot that a test compared.
pub(crate) fn references() -> PathBuf {
    workspace::scratch().join("snapshots-compared")
}

/// Every snapshot in the repository was compared by the tests that just ran.
pub(crate) fn check(_: &Step, _: &Workshop) -> Result<Tally, Failure> {
    let root = workspace::root();
    let pending = workspace::files(root, &["snap.new", "pending-snap"])?;
    if !pending.is_empty() {
        return wrong(format!(
            "these snapshots wait for a decision:\n{}",
            listed(root, &pending)
        ));
    }
    let references = references();
    let compared = fs::read_to_string(&references).context(references.display())?;
    let compared: BTreeSet<PathBuf> = compared
        .lines()
        .filter_map(|line| fs::canonicalize(root.join(line)).ok())
        .collect();
    let stored = workspace::files(root, &["snap"])?;
    let stale: Vec<PathBuf> = stored
        .iter()
        .filter(|path| fs::canonicalize(path).is_ok_and(|path| !compared.contains(&path)))
        .cloned()
        .collect();
    if !stale.is_empty() {
        return wrong(format!(
            "no test compares these snapshots:\n{}",
            listed(root, &stale)
        ));
    }
    if stored.is_empty() {
        return wrong("there is no snapshot");
    }
    Ok(tally(&root.join("snapshots"), &stored))
}

/// Snapshots of answers lie in `snapshots/<document>/<tag>/<operation>@<case>.snap`, with the
/// status inside.
fn tally(answers: &Path, stored: &[PathBuf]) -> Tally {
    let mut operations = BTreeSet::new();
    let mut statuses = BTreeSet::new();
    for path in stored {
        let Ok(below) = path.strip_prefix(answers) else {
            continue;
        };
        let below = below.to_string_lossy();
        let Some((operation, _)) = below.split_once('@') else {
            continue;
        };
        operations.insert(operation.to_owned());
        if let Some(status) = fs::read_to_string(path).ok().as_deref().and_then(status) {
            statuses.insert((operation.to_owned(), status));
        }
    }
    Tally::of(stored.len(), "snapshots")
        .and(operations.len(), "operations")
        .and(statuses.len(), "answers")
}

/// The first number between 100 and 599 on a line that names a status.
fn status(snapshot: &str) -> Option<u16> {
    snapshot
        .lines()
        .filter(|line| {
            let line = line.trim_start();
            line.starts_with("status") || line.starts_with("\"status\"") || line.starts_with("HTTP")
        })
        .flat_map(|line| line.split(|c: char| !c.is_ascii_digit()))
        .filter_map(|number| number.parse().ok())
        .find(|number| (100..600).contains(number))
}

fn listed(root: &Path, paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| format!("  {}", path.strip_prefix(root).unwrap_or(path).display()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn the_status_is_found_in_either_notation() {
        assert_eq!(status("body: 404\nstatus: 201 Created\n"), Some(201));
        assert_eq!(status("{\n  \"status\": 409,\n"), Some(409));
        assert_eq!(status("HTTP/1.1 204 No Content"), Some(204));
        assert_eq!(status("no answer"), None);
    }
}
