//! Java.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{Workbench, driver, tools};
use crate::environment::{self, find_or_install, in_path};
use crate::failure::{Context, Failure, wrong};
use crate::workspace;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator_mapping("java", &["FilterTexts", "PeopleToInvite"], |document| {
        let package = format!("charter.{document}");
        json!({
            "library": "native",
            "apiPackage": format!("{package}.api"),
            "modelPackage": format!("{package}.model"),
            "invokerPackage": package,
            // Without it null cannot be sent.
            "openApiNullable": true,
            "useJakartaEe": true,
        })
    })?;
    let java = environment::java(bench.step)?;
    let javac = find_or_install(bench.step, "javac", "default-jdk-headless", || {
        in_path(&["javac"])
    })?;
    let path = env::join_paths([
        annotations(bench)?,
        jackson(bench)?,
        bench.folder.join("classes"),
    ])
    .or_else(|error| wrong(error.to_string()))?;
    let mut sources = workspace::files(&driver("java"), &["java"])?;
    for document in bench.documents.names() {
        let folder = bench.folder.join(document).join("src/main/java");
        sources.extend(workspace::files(&folder, &["java"])?);
    }
    let list: Vec<String> = sources
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let file = bench.folder.join("sources");
    std::fs::write(&file, list.join("\n")).context(file.display())?;
    bench.step.run(
        Command::new(javac)
            // The driver finds parameters by their names.
            .args([
                "-nowarn",
                "-parameters",
                "-encoding",
                "UTF-8",
                "-proc:none",
                "-d",
            ])
            .arg(bench.folder.join("classes"))
            .arg("-classpath")
            .arg(&path)
            .arg(format!("@{}", file.display())),
    )?;
    let mut command = Command::new(java);
    command.arg("-classpath").arg(path).arg("Driver");
    Ok(command)
}

/// The annotations that the clients carry.
fn annotations(bench: &Workbench<'_>) -> Result<PathBuf, Failure> {
    find_or_install(
        bench.step,
        "Jakarta's annotations",
        "libjakarta-annotation-api-java",
        || {
            let jar = Path::new("/usr/share/java/jakarta-annotation-api.jar");
            jar.is_file().then(|| jar.to_owned())
        },
    )
}

/// Jackson with its moments, of which the generator itself brings a copy.
fn jackson(bench: &Workbench<'_>) -> Result<PathBuf, Failure> {
    let jars = workspace::files(tools(bench.step)?.folder(), &["jar"])?;
    let found = jars
        .into_iter()
        .find(|jar| jar.ends_with("openapi-generator.jar"));
    found.map_or_else(|| wrong("openapi-generator has no jar"), Ok)
}
