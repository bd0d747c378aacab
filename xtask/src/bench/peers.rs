//! Other people's stacks that Charter is measured against: better-auth on Node and FastAPI on
//! Python, in `target/xtask/peers`, from files that pin every package.

use std::process::Command;

use crate::environment::{Node, Python};
use crate::failure::Failure;
use crate::step::Step;
use crate::workspace;

/// What `charter-benches` must know of them: where they are, or why they are not there.
pub(super) struct Peers(Vec<(&'static str, String)>);

impl Peers {
    /// Tells it.
    pub(super) fn tell(&self, benches: &mut Command) {
        benches.envs(self.0.iter().map(|(name, value)| (name, value)));
    }
}

/// Installs them, unless they are there already. One that cannot be installed here is left out of
/// the measures, which say why.
pub(super) fn prepare(step: &Step) -> Result<Peers, Failure> {
    let better_auth = better_auth(step).map(|node| node.folder().display().to_string());
    let fastapi = fastapi(step).map(|python| python.folder().display().to_string());
    let mut told = Vec::new();
    for (outcome, there, not_there) in [
        (
            better_auth,
            "CHARTER_BENCH_BETTER_AUTH",
            "CHARTER_BENCH_NO_BETTER_AUTH",
        ),
        (fastapi, "CHARTER_BENCH_FASTAPI", "CHARTER_BENCH_NO_FASTAPI"),
    ] {
        told.push(match outcome {
            Ok(folder) => (there, folder),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => (not_there, failure.to_string()),
        });
    }
    Ok(Peers(told))
}

fn better_auth(step: &Step) -> Result<Node, Failure> {
    Node::install(
        step,
        &workspace::root().join("benches/peers/better-auth"),
        workspace::scratch().join("peers/better-auth"),
        &["better-sqlite3"],
    )
}

fn fastapi(step: &Step) -> Result<Python, Failure> {
    Python::install(
        step,
        &workspace::root().join("benches/peers/fastapi/requirements.txt"),
        workspace::scratch().join("peers/fastapi"),
    )
}
