//! Go.

use std::fs;
use std::process::Command;

use serde_json::json;

use super::{Workbench, driver};
use crate::environment::Python;
use crate::failure::{Context, Failure};
use crate::workspace;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator(
        "go",
        |document| json!({"packageName": document, "withGoMod": false, "enumClassPrefix": true}),
    )?;
    let source = driver("go");
    let validator = bench.folder.join("validator");
    fs::create_dir_all(&validator).context(validator.display())?;
    for file in [
        "go.mod",
        "main.go",
        "validator/go.mod",
        "validator/validator.go",
    ] {
        fs::copy(source.join(file), bench.folder.join(file)).context(file)?;
    }
    let requirements = source.join("requirements.txt");
    let tools = workspace::scratch().join("clients/go-tools");
    let python = Python::install(bench.step, &requirements, tools.clone())?;
    let program = bench.folder.join("client");
    bench.step.run(
        Command::new(python.program("go"))
            .args(["build", "-mod=mod", "-o"])
            .arg(&program)
            .arg(".")
            .current_dir(&bench.folder)
            .env("GOCACHE", tools.join("cache"))
            .env("GOFLAGS", "")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local"),
    )?;
    Ok(Command::new(program))
}
