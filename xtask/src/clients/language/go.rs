//! Go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{Workbench, driver};
use crate::environment::{Python, find_or_install};
use crate::failure::{Context, Failure};
use crate::workspace;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator(
        "go",
        |document| json!({"packageName": document, "withGoMod": false, "enumClassPrefix": true}),
    )?;
    let source = driver("go");
    for file in ["go.mod", "main.go"] {
        fs::copy(source.join(file), bench.folder.join(file)).context(file)?;
    }
    validator(bench)?;
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

/// The one library that the clients need, Debian's, as a module.
fn validator(bench: &Workbench<'_>) -> Result<(), Failure> {
    let source = find_or_install(
        bench.step,
        "Go's validator.v2",
        "golang-gopkg-validator.v2-dev",
        || {
            let folder = PathBuf::from("/usr/share/gocode/src/gopkg.in/validator.v2");
            folder.is_dir().then_some(folder)
        },
    )?;
    let folder = bench.folder.join("validator");
    fs::create_dir_all(&folder).context(folder.display())?;
    for file in workspace::files(&source, &["go"])? {
        let name = file.file_name().unwrap_or_default();
        if !Path::new(name).to_string_lossy().ends_with("_test.go") {
            fs::copy(&file, folder.join(name)).context(file.display())?;
        }
    }
    let module = folder.join("go.mod");
    fs::write(&module, "module gopkg.in/validator.v2\n").context(module.display())
}
