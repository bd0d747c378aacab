//! TypeScript, by three generators.
//!
//! Two of them have clients that are types for the most part. So the story is printed for them as a
//! program as well, whose calls TypeScript checks against these types.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{Workbench, driver, node};
use crate::clients::documents::{Form, Operation};
use crate::failure::{Context, Failure};

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
    let mut program = String::new();
    for document in bench.documents.names() {
        program.push_str(&format!("import * as {document} from './{document}';\n"));
    }
    checked(bench, program, |operation, row| {
        let (document, id) = (operation.document, operation.id);
        let given = given(operation, row, ["path: ", "query: ", "headers: "]);
        format!("{document}.{id}({{ {} }})", given.join(", "))
    })?;
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
            .arg(bench.folder.join(document).join("index.ts"))
            // What has a default may be left out.
            .arg("--default-non-nullable=false"),
        )?;
    }
    let mut program = String::from("import createClient from 'openapi-fetch';\n");
    for document in bench.documents.names() {
        program.push_str(&format!(
            "import type * as {document} from './{document}';\n"
        ));
    }
    checked(bench, program, |operation, row| {
        let (document, path) = (operation.document, operation.path);
        let method = operation.method.to_uppercase();
        let mut given = given(operation, row, ["path: ", "query: ", "header: "]);
        let body = given.pop_if(|member| member.starts_with("body: "));
        let mut options: Vec<String> = body.into_iter().collect();
        if !given.is_empty() {
            options.push(format!("params: {{ {} }}", given.join(", ")));
        }
        let options = options.join(", ");
        format!("createClient<{document}.paths>().{method}('{path}', {{ {options} }})")
    })?;
    compiled(bench, "index.ts", "openapi-fetch.mjs")
}

/// Has TypeScript check a program that makes the calls of the story.
fn checked(
    bench: &Workbench<'_>,
    imports: String,
    call: impl Fn(&Operation<'_>, &Value) -> String,
) -> Result<(), Failure> {
    let mut program = imports;
    program.push_str("declare const kept: any;\n");
    for row in bench.story.calling() {
        let operation = bench
            .documents
            .operation(row["call"].as_str().unwrap_or_default())?;
        program.push_str(&format!("void {};\n", call(&operation, row)));
    }
    let file = bench.folder.join("story.ts");
    fs::write(&file, program).context(file.display())?;
    let node = node(bench.step)?;
    let packages = node.folder().join("node_modules");
    let link = bench.folder.join("node_modules");
    symlink(&packages, &link).context(link.display())?;
    bench.step.run(
        node.script(packages.join("typescript/bin/tsc"))
            .args([
                "--strict",
                "--noEmit",
                "--target",
                "es2022",
                "--skipLibCheck",
            ])
            .args(["--module", "esnext", "--moduleResolution", "bundler"])
            .arg(&file),
    )?;
    Ok(())
}

/// What a row gives to a call: its parameters by their places, called `path`, `query` and `header`
/// as `names` has it, and the body last.
fn given(operation: &Operation<'_>, row: &Value, names: [&str; 3]) -> Vec<String> {
    let mut given = Vec::new();
    for (place, name) in ["path", "query", "header"].iter().zip(names) {
        let members: Vec<String> = operation
            .parameters()
            .filter(|(_, at)| at == place)
            .filter_map(|(parameter, _)| {
                let value = row["with"].get(parameter)?;
                Some(format!("'{parameter}': {}", literal(value)))
            })
            .collect();
        if !members.is_empty() {
            given.push(format!("{name}{{ {} }}", members.join(", ")));
        }
    }
    if let Some(body) = row.get("body") {
        given.push(format!("body: {}", literal(body)));
    }
    given
}

/// A value of the table in TypeScript; what another row has kept is of any type.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with('$') => format!("kept.{}", &text[1..]),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("'{name}': {}", literal(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        scalar => scalar.to_string(),
    }
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
