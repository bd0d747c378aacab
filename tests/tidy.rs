//! Rules of this repository that no compiler knows.
//!
//! Each test is one rule and lists every place that breaks it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::document::{self, snake_case};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are in a folder of the repository")
}

/// Every file below these folders with this extension, by its path from the root.
fn files(folders: &[&str], extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = rest.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if path.is_dir() {
                if name != "target" && name != "node_modules" {
                    rest.push(path);
                }
            } else if name.ends_with(&format!(".{extension}")) {
                let below = path.strip_prefix(root()).expect("below the root");
                found.push(below.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every module; a snapshot of generated code is none.
fn rust_files() -> Vec<String> {
    let mut found = files(&["crates", "tests", "xtask"], "rs");
    found.retain(|path| !path.contains("/snapshots/"));
    found
}

fn is_generated(path: &str) -> bool {
    path.starts_with("crates/api/")
}

fn manifests() -> Vec<String> {
    let found = files(&["crates", "tests", "xtask"], "toml");
    let found: Vec<_> = found
        .into_iter()
        .filter(|path| path.ends_with("/Cargo.toml"))
        .collect();
    assert!(found.len() > 5, "{found:?}");
    found
}

/// `document`, `tag` and `operation`, in snake case, of every operation of every document.
fn operations() -> BTreeSet<[String; 3]> {
    document::operations()
        .iter()
        .map(|operation| {
            let document = operation.document.name.to_owned();
            [document, operation.tag(), snake_case(operation.id)]
        })
        .collect()
}

#[track_caller]
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn every_module_says_what_it_is() {
    let broken: Vec<String> = rust_files()
        .into_iter()
        .filter(|path| {
            let text = read(path);
            let said = text.lines().find_map(|line| line.strip_prefix("//!"));
            !text.starts_with("//!") || said.is_none_or(|said| said.trim().len() < 3)
        })
        .collect();
    none("a module begins with `//!` and a sentence", &broken);
}

#[test]
fn no_test_is_ignored() {
    let mark = ["#[", "ignore"].concat();
    let broken: Vec<String> = rust_files()
        .into_iter()
        .filter(|path| read(path).contains(&mark))
        .collect();
    none("a test runs, or it goes", &broken);
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["HA", "CK:"],
        ["todo", "!("],
        ["unimplemented", "!("],
        ["dbg", "!("],
    ]
    .map(|parts| parts.concat());
    let mut broken = Vec::new();
    let written = [
        rust_files(),
        files(&["openapi"], "yaml"),
        files(&["docs"], "md"),
        files(&["tests"], "py"),
        files(&["tests"], "mjs"),
    ];
    for path in written.concat() {
        for (number, line) in (1..).zip(read(&path).lines()) {
            for mark in marks.iter().filter(|mark| line.contains(*mark)) {
                broken.push(format!("{path}:{number}: {mark}"));
            }
        }
    }
    none(
        "what is not done stands in an issue, not in the code",
        &broken,
    );
}

#[test]
fn lints_are_switched_off_only_with_a_reason() {
    let mark = ["[", "allow("].concat();
    let mut broken = Vec::new();
    for path in rust_files() {
        let text = read(&path);
        for (at, _) in text.match_indices(&mark) {
            let attribute = text[at..].split(']').next().unwrap_or_default();
            if !attribute.contains("reason") {
                let number = text[..at].lines().count();
                broken.push(format!("{path}:{number}"));
            }
        }
    }
    none(
        "`#[expect(..., reason = \"...\")]` instead of a bare allow",
        &broken,
    );
}

#[test]
fn no_snapshot_waits_for_a_decision() {
    let folders = ["snapshots", "crates", "tests", "xtask"];
    let mut broken = files(&folders, "snap.new");
    broken.extend(files(&folders, "pending-snap"));
    none(
        "a snapshot is read, and then it is accepted or rejected",
        &broken,
    );
}

#[test]
fn snapshots_and_tests_bear_the_names_of_operations() {
    let operations = operations();
    let documents: BTreeSet<&str> = operations
        .iter()
        .map(|[document, ..]| &**document)
        .collect();
    let mut broken = Vec::new();
    let mut check = |path: &str, below: &str| {
        let parts: Vec<&str> = below.split('/').collect();
        match parts.as_slice() {
            [document, tag, operation] if documents.contains(document) => {
                let name = [document, tag, operation].map(|part| (*part).to_owned());
                if *operation != "mod" && !operations.contains(&name) {
                    broken.push(path.to_owned());
                }
            }
            // A folder's own module, and tests that are about no single operation.
            _ => {}
        }
    };
    for path in files(&["tests"], "rs") {
        check(
            &path,
            path.trim_start_matches("tests/").trim_end_matches(".rs"),
        );
    }
    for path in files(&["snapshots"], "snap") {
        let below = path.trim_start_matches("snapshots/");
        check(&path, below.split('@').next().unwrap_or(below));
    }
    none(
        "<document>/<tag>/<operation> in snake case, as the document has them",
        &broken,
    );
}

#[test]
fn files_are_named_for_what_they_hold() {
    let vague = [
        "util", "utils", "helper", "helpers", "common", "misc", "manager", "stuff", "shared",
    ];
    let mut broken = Vec::new();
    for path in rust_files() {
        for part in path.trim_end_matches(".rs").split('/') {
            let is_plain = part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if vague.contains(&part) || !is_plain {
                broken.push(path.clone());
            }
        }
    }
    none("snake_case, and no name that fits everything", &broken);
}

#[test]
fn every_crate_takes_what_the_workspace_decides() {
    let mut broken = Vec::new();
    for path in manifests() {
        let text = read(&path);
        for line in [
            "version.workspace = true",
            "edition.workspace = true",
            "rust-version.workspace = true",
            "license.workspace = true",
            "publish.workspace = true",
            "[lints]\nworkspace = true",
        ] {
            if !text.contains(line) {
                broken.push(format!("{path}: no {line:?}"));
            }
        }
        let mut in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && line.contains('=') && !line.contains("workspace = true") {
                broken.push(format!("{path}: {line}"));
            }
        }
    }
    none(
        "versions, lints and dependencies stand in the root Cargo.toml",
        &broken,
    );
}

#[test]
fn crates_bear_the_names_of_their_folders() {
    let mut broken = Vec::new();
    for path in manifests() {
        let folder = path.trim_end_matches("/Cargo.toml");
        let expected = match folder {
            "xtask" => "xtask".to_owned(),
            _ => format!(
                "charter-{}",
                folder.trim_start_matches("crates/").replace('/', "-")
            ),
        };
        let text = read(&path);
        if !text.contains(&format!("name = \"{expected}\"")) {
            broken.push(format!("{path}: not {expected}"));
        }
    }
    none(
        "crates/api/organisations is charter-api-organisations",
        &broken,
    );
}

#[test]
fn generated_files_say_so() {
    let mut broken = Vec::new();
    let mut generated = 0;
    for path in rust_files().into_iter().filter(|path| is_generated(path)) {
        generated += 1;
        let document = path
            .trim_start_matches("crates/api/")
            .split('/')
            .next()
            .unwrap_or_default();
        if !root().join(format!("openapi/{document}.yaml")).is_file() {
            broken.push(format!("{path}: there is no openapi/{document}.yaml"));
        }
        let text = read(&path);
        let preamble: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with("//"))
            .collect();
        let preamble = preamble.join("\n");
        if !preamble.contains("cargo xtask generate")
            || !preamble.contains(&format!("openapi/{document}.yaml"))
        {
            broken.push(format!("{path}: no preamble"));
        }
    }
    assert!(generated > 0, "crates/api is empty");
    none("command and source stand in the first lines", &broken);
}

#[test]
fn the_licence_is_in_the_repository() {
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
    assert!(read("LICENSE-MIT").starts_with("MIT License"));
    assert!(read("LICENSE-APACHE").contains("Apache License"));
}
