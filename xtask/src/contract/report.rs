//! `target/contract/index.html`: what is proven of each operation, and by what.

mod page;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::measured::{Measured, parsed};
use crate::failure::{Context, Failure};
use crate::workspace::{self, Document};

/// What the page shows; `report.json` beside it has the same.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) documents: Vec<Measured>,
    /// Nothing until `parity.json` is there.
    pub(crate) parity: Option<Vec<Parity>>,
}

/// How what poem-openapi derives from an operation's compiled route compares with the document.
///
/// `tests/parity.rs` leaves `target/contract/parity.json`, a list of these:
/// `[{"document": "governance", "operation": "createProject", "keywords_compared": 310,
/// "differences": [], "inexpressible": ["links, 2 times: poem-openapi has no links."]}]`.
#[derive(Deserialize, Serialize)]
pub(crate) struct Parity {
    pub(crate) document: String,
    pub(crate) operation: String,
    pub(crate) keywords_compared: usize,
    pub(crate) differences: Vec<String>,
    /// What the document says and poem-openapi has no words for.
    pub(crate) inexpressible: Vec<String>,
}

/// Where the report is, and what it is made from.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("contract")
}

/// Keeps what a document's runs reached, for this report and those of later runs.
pub(super) fn keep(measured: &Measured) -> Result<(), Failure> {
    let file = kept(&measured.document);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).context(folder.display())?;
    }
    fs::write(&file, serialised(measured)?).context(file.display())
}

/// Takes away what an earlier run of a document reached.
pub(super) fn forget(document: &Document) -> Result<(), Failure> {
    let file = kept(&document.name);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context(file.display()),
        _ => Ok(()),
    }
}

impl Report {
    /// From the last run of each document.
    pub(crate) fn read() -> Result<Self, Failure> {
        let mut documents: Vec<Measured> = Vec::new();
        for document in workspace::documents()? {
            let file = kept(&document.name);
            if file.is_file() {
                documents.push(parsed(&file)?);
            }
        }
        let parity = folder().join("parity.json");
        let parity = parity.is_file().then(|| parsed(&parity)).transpose()?;
        Ok(Self { documents, parity })
    }

    /// Writes the page, and the same as JSON.
    pub(crate) fn write(&self) -> Result<PathBuf, Failure> {
        let json = folder().join("report.json");
        fs::create_dir_all(folder()).context(folder().display())?;
        fs::write(&json, serialised(self)?).context(json.display())?;
        let page = folder().join("index.html");
        self.write_page(&page)?;
        Ok(page)
    }

    /// Writes the page alone.
    pub(crate) fn write_page(&self, file: &Path) -> Result<(), Failure> {
        fs::write(file, page::page(self).into_string()).context(file.display())
    }

    /// The repository, as the page names it: a target folder within it moves along.
    fn root(&self) -> String {
        let root = workspace::root();
        match folder().strip_prefix(root) {
            Ok(below) => vec![".."; below.components().count()].join("/"),
            Err(_) => root.display().to_string(),
        }
    }

    /// What is said about an operation's parity, where anything is.
    fn parity_of(&self, document: &str, operation: &str) -> Option<&Parity> {
        self.parity
            .iter()
            .flatten()
            .find(|parity| parity.document == document && parity.operation == operation)
    }
}

fn kept(document: &str) -> PathBuf {
    folder().join("documents").join(format!("{document}.json"))
}

fn serialised(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::Wrong(error.to_string()))
}
