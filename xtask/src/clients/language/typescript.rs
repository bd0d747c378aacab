//! TypeScript.

use std::process::Command;

use serde_json::json;

use super::{Workbench, driver, node};
use crate::failure::Failure;

pub(super) fn fetch(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator("typescript-fetch", |_| {
        // `Etc/GMT+1` and `Etc/GMT-1` have one name without it.
        json!({"enumPropertyNamingReplaceSpecialChar": true})
    })?;
    let node = node(bench.step)?;
    let compiled = bench.folder.join("compiled");
    let sources = bench
        .documents
        .names()
        .map(|name| bench.folder.join(name).join("index.ts"));
    bench.step.run(
        node.script(node.folder().join("node_modules/typescript/bin/tsc"))
            .args(["--strict", "--target", "es2022", "--module", "commonjs"])
            .arg("--rootDir")
            .arg(&bench.folder)
            .arg("--outDir")
            .arg(&compiled)
            .args(sources),
    )?;
    let mut command = node.script(driver("typescript-fetch.mjs"));
    command.env("CHARTER_CLIENTS", compiled);
    Ok(command)
}
