//! Where things are in the repository.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Failure};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Cargo's target folder. One folder and one profile serve every call, so that nothing is compiled twice.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where logs, reports and installed tools go.
pub(crate) fn scratch() -> PathBuf {
    target().join("xtask")
}

/// `cargo`, the one that started us, in the root and without colours or progress bars.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never");
    // What `cargo run` says about this package is news to build scripts that look at it: some
    // crates would be built again each time that somebody calls cargo without us.
    for (name, _) in env::vars_os() {
        let about_us = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ];
        if about_us
            .iter()
            .any(|part| name.to_string_lossy().starts_with(part))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// An OpenAPI document that describes operations.
#[derive(Clone)]
pub(crate) struct Document {
    /// Its file name without the extension: `organisations`.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The operations that it describes, in its order.
    pub(crate) operations: Vec<String>,
    /// Whether answers lead to further requests.
    pub(crate) linked: bool,
}

/// The documents in `openapi/`, by name. A file without operations, such as `common.yaml`, only
/// holds what documents share; those in `openapi/released/` are no longer worked on.
pub(crate) fn documents() -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    let folder = root().join("openapi");
    for path in files(&folder, &["yaml"])? {
        if path.parent() != Some(&folder) {
            continue;
        }
        let text = fs::read_to_string(&path).context(path.display())?;
        // Links name operations of the same document too, so each counts once.
        let mut named = BTreeSet::new();
        let operations: Vec<String> = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("operationId:"))
            .map(|name| name.trim().to_owned())
            .filter(|name| named.insert(name.clone()))
            .collect();
        if operations.is_empty() {
            continue;
        }
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let linked = text.lines().any(|line| line.trim() == "links:");
        documents.push(Document {
            name,
            path,
            operations,
            linked,
        });
    }
    Ok(documents)
}

/// Every file under `folder` with one of these extensions, sorted. Build results and installed
/// packages are not looked into.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).context(folder.display())? {
            let path = entry.context(folder.display())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !matches!(&*name, "target" | "node_modules" | ".git") {
                    folders.push(path);
                }
            } else if extensions
                .iter()
                .any(|extension| name.ends_with(&format!(".{extension}")))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
