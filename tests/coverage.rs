//! No documented answer without a snapshot, and no snapshot without an
//! operation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::document::{self, snake_case};

/// Answers that no snapshot shows, with the reason. This list may only shrink:
/// an entry that has its snapshot fails.
const NOT_SHOWN: &[(&str, u16, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots")
}

/// Every snapshot: its path below the root, and the status that it shows.
fn snapshots() -> BTreeMap<String, Option<u16>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, shown(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The status in a snapshot: the first line after the request, which an empty
/// line ends.
fn shown(snapshot: &str) -> Option<u16> {
    let (_, content) = snapshot.strip_prefix("---\n")?.split_once("\n---\n")?;
    let (_, answer) = content.split_once("\n\n")?;
    answer.split_once(' ')?.0.parse().ok()
}

#[test]
fn every_documented_answer_has_its_snapshot() {
    let snapshots = snapshots();
    let mut missing = BTreeSet::new();
    for operation in document::operations() {
        let prefix = format!(
            "{}/{}/{}@",
            operation.document.name,
            operation.tag(),
            snake_case(operation.id)
        );
        let statuses: BTreeSet<u16> = snapshots
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter_map(|(_, status)| *status)
            .collect();
        for status in operation.statuses() {
            if !statuses.contains(&status) {
                missing.insert((operation.id, status));
            }
        }
    }
    let not_shown = NOT_SHOWN
        .iter()
        .map(|(id, status, _)| (*id, *status))
        .collect();
    let unexpected: Vec<_> = missing.difference(&not_shown).collect();
    assert!(unexpected.is_empty(), "no snapshot shows {unexpected:?}");
    let stale: Vec<_> = not_shown.difference(&missing).collect();
    assert!(
        stale.is_empty(),
        "take off the list, for a snapshot shows it: {stale:?}"
    );
}

#[test]
fn every_snapshot_shows_a_documented_answer() {
    let statuses: BTreeMap<String, Vec<u16>> = document::operations()
        .into_iter()
        .map(|operation| {
            let place = format!(
                "{}/{}/{}",
                operation.document.name,
                operation.tag(),
                snake_case(operation.id)
            );
            (place, operation.statuses())
        })
        .collect();
    for (path, status) in snapshots() {
        let (operation, case) = path
            .split_once('@')
            .unwrap_or_else(|| panic!("{path} is no <document>/<tag>/<operation>@<case>.snap"));
        let documented = statuses
            .get(operation)
            .unwrap_or_else(|| panic!("{path} belongs to no operation"));
        assert!(
            case.ends_with(".snap"),
            "{path} waits for a decision, or is no snapshot"
        );
        let status = status.unwrap_or_else(|| panic!("{path} shows no status"));
        assert!(
            documented.contains(&status),
            "{path}: {status} is not documented"
        );
    }
}

#[test]
fn the_status_is_found() {
    let snapshot = "---\nsource: tests/x.rs\n---\nPOST /v1/plans\n{\"a\":1}\n\n409 Conflict\netag: \"1\"\n\n{}\n";
    assert_eq!(shown(snapshot), Some(409));
    assert_eq!(shown("---\nsource: tests/x.rs\n---\nnothing\n"), None);
}
