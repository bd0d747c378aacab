//! Other people's programs, which run as child processes where `cargo xtask test` has put them. With
//! `CI` set, they must be there.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The identity provider of pysaml2, which signs with xmlsec1.
pub(crate) fn pysaml2() -> Option<Command> {
    in_path("xmlsec1")?;
    let folder = installed("CHARTER_PYSAML2", "pysaml2", "bin/python")?;
    let mut command = Command::new(folder.join("bin/python"));
    command.arg(script("pysaml2/provider.py"));
    Some(command)
}

/// The identity provider of samlp, which signs with xml-crypto.
pub(crate) fn samlp() -> Option<Command> {
    node("samlp/provider.cjs")
}

/// What xml-crypto says of signatures.
pub(crate) fn xml_crypto() -> Option<Command> {
    node("samlp/verify.cjs")
}

fn node(name: &str) -> Option<Command> {
    let packages = installed("CHARTER_NODE_PACKAGES", "node", "node_modules/samlp")?;
    let mut command = Command::new(in_path("node")?);
    command
        .arg(script(name))
        .env("CHARTER_NODE_PACKAGES", packages);
    Some(command)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/providers")
        .join(name)
}

/// A folder in which this is: where `cargo xtask` has it made, or as it says.
fn installed(variable: &str, made: &str, has: &str) -> Option<PathBuf> {
    let folder = env::var_os(variable).map_or_else(
        || {
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join("../xtask")
                .join(made)
        },
        PathBuf::from,
    );
    if folder.join(has).exists() {
        return Some(folder);
    }
    let why = format!(
        "{has} is not in {}: `cargo xtask environment` puts it there",
        folder.display()
    );
    assert!(env::var_os("CI").is_none(), "{why}");
    eprintln!("skipped: {why}");
    None
}

/// A program of the machine.
fn in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file());
    if found.is_none() {
        assert!(env::var_os("CI").is_none(), "{name} must be in PATH");
        eprintln!("skipped: {name} is not in PATH");
    }
    found
}

/// What a program answers to each job.
pub(crate) fn ask(command: &mut Command, jobs: &Value) -> Vec<Value> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a program that starts");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(jobs.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("an answer to each job")
}
