//! Other people's programs, which run as child processes where `cargo xtask test` has put them. With
//! `CI` set, they must be there.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The identity provider of pysaml2, which signs with xmlsec1.
#[must_use]
pub fn pysaml2() -> Option<Command> {
    python("pysaml2/provider.py")
}

/// The same, with a page to sign in at; see [`Serving`].
#[must_use]
pub fn pysaml2_server() -> Option<Command> {
    python("pysaml2/server.py")
}

/// The identity provider of samlp, which signs with xml-crypto.
#[must_use]
pub fn samlp() -> Option<Command> {
    node("samlp/provider.cjs")
}

/// The same, with a page to sign in at; see [`Serving`].
#[must_use]
pub fn samlp_server() -> Option<Command> {
    node("samlp/server.cjs")
}

/// What xml-crypto says of signatures.
#[must_use]
pub fn xml_crypto() -> Option<Command> {
    node("samlp/verify.cjs")
}

fn python(name: &str) -> Option<Command> {
    in_path("xmlsec1")?;
    let folder = installed("CHARTER_PYSAML2", "pysaml2", "bin/python")?;
    let mut command = Command::new(folder.join("bin/python"));
    command.arg(script(name));
    Some(command)
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
        .join("providers")
        .join(name)
}

/// A folder in which this is: where `cargo xtask` has it made, or as it says.
fn installed(variable: &str, made: &str, has: &str) -> Option<PathBuf> {
    let folder = env::var_os(variable).map_or_else(
        || {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../target/xtask")
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
///
/// # Panics
/// When it fails.
#[must_use]
pub fn ask(command: &mut Command, jobs: &Value) -> Vec<Value> {
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

/// A provider that listens on this machine and signs in whoever comes. It ends when its input
/// does.
#[derive(Debug)]
pub struct Serving {
    /// Who it is.
    pub entity_id: String,
    /// What it says of itself.
    pub metadata: String,
    child: Child,
}

impl Serving {
    /// Starts one of the servers with these settings.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(mut command: Command, settings: &Value) -> Self {
        let mut child = command
            .env("CHARTER_PROVIDER", settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a program that starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).expect("a provider that listens");
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Self {
            entity_id: text("entity_id"),
            metadata: text("metadata"),
            child,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It has ended already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
