//! npm's oidc-provider, one process for all tests.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::registration::{CLIENT, OTHER_CLIENT, OTHER_SECRET, REDIRECTS, SECRET};

/// Where the three providers listen; they are the issuers as well.
pub struct Issuers {
    /// It puts what it knows of a person into the ID token.
    pub complete: String,
    /// It leaves that to the userinfo endpoint.
    pub sparse: String,
    /// It does the same, and its codes live for a second.
    pub hasty: String,
    /// It ends when its input does, which is when this process ends.
    _child: Child,
}

/// Starts them when they are first needed.
///
/// # Panics
/// When Node or oidc-provider is not there, or does not start.
pub fn issuers() -> &'static Issuers {
    static ISSUERS: OnceLock<Issuers> = OnceLock::new();
    ISSUERS.get_or_init(start)
}

fn start() -> Issuers {
    let packages = packages();
    assert!(
        packages.join("node_modules/oidc-provider").is_dir(),
        "these tests need npm's oidc-provider, which is not in {}: `cargo xtask environment` \
         installs it (and Node, where it may)",
        packages.display()
    );
    let folder = target().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    let log = folder.join("oidc-provider.log");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .env("CHARTER_NODE_PACKAGES", &packages)
        .env("CHARTER_CLIENTS", clients().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It warns of plain HTTP and the like.
        .stderr(
            File::options()
                .create(true)
                .append(true)
                .open(&log)
                .unwrap(),
        )
        .spawn()
        .unwrap_or_else(|error| panic!("these tests need Node: `node`: {error}"));
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: Value = serde_json::from_str(&line)
        .unwrap_or_else(|_| panic!("oidc-provider has not started: see {}", log.display()));
    let issuer = |name: &str| said[name].as_str().unwrap().to_owned();
    Issuers {
        complete: issuer("complete"),
        sparse: issuer("sparse"),
        hasty: issuer("hasty"),
        _child: child,
    }
}

/// Where `cargo xtask` has them installed, or as it says.
fn packages() -> PathBuf {
    env::var_os("CHARTER_NODE_PACKAGES").map_or_else(|| target().join("xtask/node"), PathBuf::from)
}

/// Where Cargo builds.
fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")
}

fn clients() -> Value {
    let client = |id: &str, secret: &str| {
        json!({
            "client_id": id,
            "client_secret": secret,
            "redirect_uris": REDIRECTS,
            "token_endpoint_auth_method": "client_secret_post",
        })
    };
    json!([client(CLIENT, SECRET), client(OTHER_CLIENT, OTHER_SECRET)])
}
