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

/// An answer that a snapshot shows.
pub(crate) struct Shown {
    /// The operation's name in snake case, as its file has it.
    pub(crate) operation: String,
    pub(crate) case: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// The answers that the snapshots of a document show.
pub(crate) fn of(document: &str) -> Result<Vec<Shown>, Failure> {
    let folder = workspace::root().join("snapshots").join(document);
    let mut shown = Vec::new();
    for path in workspace::files(&folder, &["snap"])? {
        let text = fs::read_to_string(&path).context(path.display())?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let (Some((operation, case)), Some(status)) = (name.split_once('@'), status(&text)) else {
            return wrong(format!("{} shows no answer", path.display()));
        };
        shown.push(Shown {
            operation: operation.to_owned(),
            case: case.to_owned(),
            status,
            body: body(&text).to_owned(),
        });
    }
    Ok(shown)
}

/// `list_team` of `listTeam`, `legal_documents` of `Legal documents`: snapshots are named so.
pub(crate) fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text.replace(' ', "_")
}

/// The body of the answer in a snapshot: what stands behind the header fields.
fn body(snapshot: &str) -> &str {
    let answer = snapshot.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some((*end, line))
    });
    let mut after_status = answer.skip_while(|(_, line)| status(line).is_none());
    let end_of_header = after_status.find(|(_, line)| line.trim().is_empty());
    end_of_header.map_or("", |(end, _)| &snapshot[end..])
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

/// The status of the answer in a snapshot, on a line such as `404 Not Found`.
fn status(snapshot: &str) -> Option<u16> {
    snapshot.lines().find_map(|line| {
        let (status, phrase) = line.split_once(' ')?;
        let status = status.parse().ok()?;
        let is_status = (100..600).contains(&status) && phrase.starts_with(char::is_uppercase);
        is_status.then_some(status)
    })
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
    use super::{body, snake_case, status};

    #[test]
    fn the_status_stands_on_a_line_with_its_phrase() {
        let snapshot = "GET /v1/usage/history?days=400\n\n400 Bad Request\ndate: 1 Jan\n\n{\n";
        assert_eq!(status(snapshot), Some(400));
        assert_eq!(status("404 times\n"), None);
    }

    #[test]
    fn the_body_stands_behind_the_header() {
        let snapshot =
            "POST /v1/plans\n{\"a\":1}\n\n409 Conflict\netag: \"1\"\n\n{\n  \"b\": 2\n}\n";
        assert_eq!(body(snapshot), "{\n  \"b\": 2\n}\n");
        assert_eq!(body("DELETE /v1/plans\n\n204 No Content\n"), "");
    }

    #[test]
    fn operations_are_found_by_their_names() {
        assert_eq!(snake_case("listTeam"), "list_team");
        assert_eq!(snake_case("Legal documents"), "legal_documents");
    }
}
