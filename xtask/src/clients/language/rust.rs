//! Rust.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{Workbench, driver};
use crate::clients::documents::Operation;
use crate::failure::{Context, Failure};
use crate::workspace;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator("rust", |document| {
        json!({
            "packageName": format!("charter-{document}"),
            "useSingleRequestParameter": true,
            // Without it nobody hears of the headers of a success.
            "supportMiddleware": true,
        })
    })?;
    let source = driver("rust");
    let sources = bench.folder.join("src");
    fs::create_dir_all(&sources).context(sources.display())?;
    // The manifest is of a workspace in the making, not of a crate of this one.
    for (from, to) in [
        ("manifest.toml", "Cargo.toml"),
        ("Cargo.lock", "Cargo.lock"),
        ("src/main.rs", "src/main.rs"),
    ] {
        fs::copy(source.join(from), bench.folder.join(to)).context(from)?;
    }
    let calls = sources.join("calls.rs");
    fs::write(&calls, printed(bench)).context(calls.display())?;
    let target = workspace::scratch().join("clients/rust-target");
    bench.step.run(
        workspace::cargo()
            .args(["build", "--locked", "--quiet"])
            .current_dir(&bench.folder)
            .env("CARGO_TARGET_DIR", &target),
    )?;
    Ok(Command::new(target.join("debug/client")))
}

/// The function that leads from an operation's name to the client's function.
fn printed(bench: &Workbench<'_>) -> String {
    let mut text = String::from(
        "pub(crate) async fn made(\n    call: &crate::Call,\n    \
         web: &reqwest_middleware::ClientWithMiddleware,\n) -> Result<serde_json::Value, String> {\n    \
         match (call.document.as_str(), call.operation.as_str()) {\n",
    );
    for operation in bench.documents.operations() {
        // A form has no model of its own, and no row sends one.
        if operation.sends_form() {
            continue;
        }
        let (document, id) = (operation.document, operation.id);
        let call = operation.call();
        let tag = call["tag"].as_str().unwrap_or_default();
        let _ = writeln!(
            text,
            "        ({document:?}, {id:?}) => crate::answer!(call, web, \
             charter_{document}::{}_api::{}{}),",
            snake(tag),
            snake(id),
            parameters(&operation, &call["body_schema"]),
        );
    }
    text.push_str("        _ => Err(\"there is no such operation\".to_owned()),\n    }\n}\n");
    text
}

fn parameters(operation: &Operation<'_>, body: &Value) -> String {
    let mut fields: Vec<String> = operation
        .parameters()
        .map(|(name, _)| format!("{}: {name:?}", snake(name)))
        .collect();
    if let Some(schema) = body.as_str() {
        fields.push(format!("{}: \"\"", snake(schema)));
    }
    if fields.is_empty() {
        return String::new();
    }
    let id = operation.id;
    let name = format!("{}{}Params", id[..1].to_uppercase(), &id[1..]);
    format!(", {name} {{ {} }}", fields.join(", "))
}

/// `X-Workspace-Id` and `createInvite` as Rust writes them.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '_'
        });
    }
    snake
}
