//! Checks that read the repository without running anything of it.

use std::env;
use std::process::ExitCode;

use crate::failure::{Context, Failure, wrong};
use crate::step::{Step, Tally};
use crate::test;
use crate::workshop::Workshop;
use crate::workspace;

/// Run the checks that need no test: formatting, generated files, documents, their compatibility,
/// licences, clippy.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> ExitCode {
    test::only(&[
        "format",
        "generate",
        "documents",
        "compatibility",
        "licences",
        "clippy",
    ])
}

/// rustfmt has nothing to change.
pub(crate) fn format(step: &Step, _: &Workshop) -> Result<Tally, Failure> {
    step.run(workspace::cargo().args(["fmt", "--all", "--check", "--", "--color=never"]))?;
    let files = workspace::files(workspace::root(), &["rs"])?;
    Ok(Tally::of(files.len(), "files"))
}

/// Generated code is what the documents say now.
pub(crate) fn generate(step: &Step, _: &Workshop) -> Result<Tally, Failure> {
    // A program of its own, so that what it prints goes into the log.
    let ourselves = env::current_exe().context("this program")?;
    step.run(
        std::process::Command::new(ourselves)
            .current_dir(workspace::root())
            .args(["generate", "--check"]),
    )?;
    Ok(counted(&workspace::documents()?))
}

/// Every document passes redocly's rules.
pub(crate) fn documents(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    let documents = workspace::documents()?;
    if documents.is_empty() {
        return wrong("openapi/ holds no document");
    }
    let node = shop.node(step)?;
    step.run(
        node.redocly()
            .current_dir(workspace::root())
            .args(["lint", "--config", "openapi/redocly.yaml"])
            .args(documents.iter().map(|document| &document.path)),
    )?;
    Ok(counted(&documents))
}

/// clippy has nothing to say.
pub(crate) fn clippy(step: &Step, _: &Workshop) -> Result<Tally, Failure> {
    step.run(
        workspace::cargo()
            .args(["clippy", "--locked", "--workspace", "--all-targets"])
            .args(["--", "--deny", "warnings"]),
    )?;
    let manifests = workspace::files(workspace::root(), &["toml"])?;
    let crates = manifests
        .iter()
        .filter(|path| path.ends_with("Cargo.toml"))
        .count();
    // The root manifest is the workspace's, not a crate's.
    Ok(Tally::of(crates.saturating_sub(1), "crates"))
}

fn counted(documents: &[workspace::Document]) -> Tally {
    let operations = documents
        .iter()
        .map(|document| document.operations.len())
        .sum();
    Tally::of(documents.len(), "documents").and(operations, "operations")
}
