//! Python.

use std::process::Command;

use serde_json::json;

use super::{Workbench, driver, tools};
use crate::failure::Failure;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator(
        "python",
        |document| json!({"packageName": format!("charter_{document}")}),
    )?;
    let packages = bench.documents.names().map(|name| bench.folder.join(name));
    let path: Vec<String> = packages
        .map(|folder| folder.display().to_string())
        .collect();
    let mut command = Command::new(tools(bench.step)?.program("python"));
    command
        .arg(driver("python.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPATH", path.join(":"));
    Ok(command)
}
