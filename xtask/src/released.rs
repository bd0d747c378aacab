//! `openapi/released/`: the documents as they were released. Each is whole, what it shares with
//! others included, lies at `<version>/<document>.yaml`, and is never edited: `SHA256SUMS` has what
//! `sha256sum --check` reads. Beside it may lie `<document>.changes.yaml`, what it declared to break.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use charter_codegen::compare::Version;
use sha2::{Digest, Sha256};

use crate::failure::{Context, Failure, wrong};
use crate::workspace;

const CHANGES: &str = ".changes";

/// A document at its newest release.
#[derive(Clone)]
pub(crate) struct Released {
    pub(crate) version: Version,
    /// From the root of the repository.
    pub(crate) path: String,
}

/// From the root of the repository.
pub(crate) fn path(version: Version, document: &str) -> String {
    format!("openapi/released/{version}/{document}.yaml")
}

/// Where the changes lie that came with a release.
pub(crate) fn path_of_changes(version: Version, document: &str) -> String {
    path(version, &format!("{document}{CHANGES}"))
}

/// The newest release of each document, by its name. One that is no more ends with the changes
/// that said so, and is not among them.
pub(crate) fn newest() -> Result<BTreeMap<String, Released>, Failure> {
    let mut documents: BTreeMap<String, (Version, bool)> = BTreeMap::new();
    for file in files()? {
        let Some((folder, name)) = file.split_once('/') else {
            return wrong(format!("openapi/released/{file} has no version"));
        };
        let version: Version = folder
            .parse()
            .map_err(|error| Failure::Wrong(format!("openapi/released/{file}: {error}")))?;
        let Some(stem) = name.strip_suffix(".yaml") else {
            return wrong(format!("openapi/released/{file} is no document"));
        };
        let document = stem.strip_suffix(CHANGES).unwrap_or(stem);
        let is_whole = document == stem;
        let known = documents
            .entry(document.to_owned())
            .or_insert((version, is_whole));
        if version > known.0 {
            *known = (version, is_whole);
        } else if version == known.0 {
            known.1 |= is_whole;
        }
    }
    Ok(documents
        .into_iter()
        .filter(|(_, (_, is_whole))| *is_whole)
        .map(|(document, (version, _))| {
            let path = path(version, &document);
            (document, Released { version, path })
        })
        .collect())
}

/// Every file but the checksums, by its path below the folder.
fn files() -> Result<Vec<String>, Failure> {
    let folder = folder();
    let mut files = Vec::new();
    for path in workspace::files(&folder, &["yaml"])? {
        let below = path.strip_prefix(&folder).unwrap_or(&path);
        files.push(below.to_string_lossy().replace('\\', "/"));
    }
    Ok(files)
}

fn folder() -> PathBuf {
    workspace::root().join("openapi/released")
}

fn checksums() -> PathBuf {
    folder().join("SHA256SUMS")
}

/// Every file is what it was when it was released, and none is gone or new.
pub(crate) fn check() -> Result<(), Failure> {
    let path = checksums();
    let written = if path.exists() {
        fs::read_to_string(&path).context(path.display())?
    } else {
        String::new()
    };
    let mut known = BTreeSet::new();
    for line in written.lines() {
        let Some((sum, file)) = line.split_once("  ") else {
            return wrong(format!("{}: `{line}` is no checksum", path.display()));
        };
        known.insert(file.to_owned());
        let path = folder().join(file);
        let text = fs::read_to_string(&path).context(path.display())?;
        // A checkout may have turned line feeds into pairs.
        if sum_of(text.replace("\r\n", "\n").as_bytes()) != sum {
            return wrong(format!(
                "openapi/released/{file} is not what was released; a released document is never \
                 edited"
            ));
        }
    }
    match files()?.into_iter().find(|file| !known.contains(file)) {
        Some(file) => wrong(format!(
            "openapi/released/{file} has no checksum; `cargo xtask release-documents` releases"
        )),
        None => Ok(()),
    }
}

/// Adds a file, which must be new, and its checksum.
pub(crate) fn add(file: &str, text: &str) -> Result<(), Failure> {
    let path = workspace::root().join(file);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).context(folder.display())?;
    }
    if path.exists() {
        return wrong(format!("{file} is released already"));
    }
    fs::write(&path, text).context(path.display())?;
    let sums = checksums();
    let mut written = if sums.exists() {
        fs::read_to_string(&sums).context(sums.display())?
    } else {
        String::new()
    };
    let below = file.strip_prefix("openapi/released/").unwrap_or(file);
    written.push_str(&format!("{}  {below}\n", sum_of(text.as_bytes())));
    fs::write(&sums, written).context(sums.display())
}

fn sum_of(text: &[u8]) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{newest, sum_of};

    #[test]
    fn sums_are_those_of_sha256sum() {
        assert_eq!(
            sum_of(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn every_document_has_a_release() {
        let released = newest().unwrap();
        for document in crate::workspace::documents().unwrap() {
            assert!(released.contains_key(&document.name), "{}", document.name);
        }
    }
}
