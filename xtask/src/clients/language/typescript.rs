//! TypeScript, by three generators.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::{Workbench, driver, node};
use crate::clients::documents::Form;
use crate::failure::Failure;

pub(super) fn fetch(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator("typescript-fetch", |_| {
        // `Etc/GMT+1` and `Etc/GMT-1` have one name without it.
        json!({"enumPropertyNamingReplaceSpecialChar": true})
    })?;
    compiled(bench, "index.ts", "typescript-fetch.mjs")
}

pub(super) fn hey_api(bench: &Workbench<'_>) -> Result<Command, Failure> {
    let node = node(bench.step)?;
    for document in bench.documents.names() {
        bench.step.run(
            node.script(
                node.folder()
                    .join("node_modules/@hey-api/openapi-ts/bin/run.js"),
            )
            .arg("--input")
            .arg(bench.documents.file(document, Form::V3_1))
            .arg("--output")
            .arg(bench.folder.join(document))
            .args(["--client", "@hey-api/client-fetch", "--no-log-file"])
            .current_dir(&bench.folder),
        )?;
    }
    compiled(bench, "index.ts", "hey-api.mjs")
}

pub(super) fn openapi_fetch(bench: &Workbench<'_>) -> Result<Command, Failure> {
    let node = node(bench.step)?;
    for document in bench.documents.names() {
        bench.step.run(
            node.script(
                node.folder()
                    .join("node_modules/openapi-typescript/bin/cli.js"),
            )
            .arg(bench.documents.file(document, Form::V3_1))
            .arg("--output")
            .arg(bench.folder.join(document).join("index.ts")),
        )?;
    }
    compiled(bench, "index.ts", "openapi-fetch.mjs")
}

/// Compiles each document's `entry` with every check that TypeScript has, and hands the result to
/// a driver.
fn compiled(bench: &Workbench<'_>, entry: &str, by: &str) -> Result<Command, Failure> {
    let node = node(bench.step)?;
    let compiled = bench.folder.join("compiled");
    let entries: Vec<PathBuf> = bench
        .documents
        .names()
        .map(|name| bench.folder.join(name).join(entry))
        .collect();
    bench.step.run(
        node.script(node.folder().join("node_modules/typescript/bin/tsc"))
            .args(["--strict", "--target", "es2022", "--module", "commonjs"])
            .arg("--rootDir")
            .arg(&bench.folder)
            .arg("--outDir")
            .arg(&compiled)
            .args(entries),
    )?;
    let mut command = node.script(driver(by));
    command.env("CHARTER_CLIENTS", compiled);
    Ok(command)
}
