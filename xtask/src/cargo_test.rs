//! `cargo test`, on SQLite and on a private PostgreSQL.

use crate::failure::{Context, Failure, wrong};
use crate::snapshots;
use crate::step::{Step, Tally};
use crate::workshop::{OnMissing, Workshop};
use crate::workspace;

/// Everything that later steps run is compiled, once.
pub(crate) fn build(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    shop.build(step)?;
    Ok(Tally::default())
}

/// Every test passes, and none is ignored.
pub(crate) fn tests(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    // Tests that start the service as a process find the binary of this very source.
    shop.build(step)?;
    let references = snapshots::references();
    match std::fs::remove_file(&references) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context(references.display());
        }
        _ => {}
    }
    let mut cargo = workspace::cargo();
    cargo
        .args(["test", "--locked", "--workspace", "--no-fail-fast"])
        // Measures are no tests: see `cargo xtask bench`.
        .args(["--exclude", "charter-benches"])
        // A difference fails and leaves nothing behind; what was compared is written down.
        .env("INSTA_UPDATE", "no")
        .env("INSTA_REQUIRE_FULL_MATCH", "1")
        .env("INSTA_SNAPSHOT_REFERENCES_FILE", &references);
    match shop.node(step) {
        Ok(node) => {
            cargo.env("CHARTER_NODE_PACKAGES", node.folder());
        }
        // The tests that need it say so, and fail.
        Err(Failure::Missing(part)) => step.note(&part.to_string()),
        Err(failure) => return Err(failure),
    }
    match shop.pysaml2(step) {
        Ok(python) => {
            cargo.env("CHARTER_PYSAML2", python.folder());
        }
        Err(Failure::Missing(part)) if shop.on_missing == OnMissing::Skip => {
            step.note(&format!("{part}; testing on recorded SAML responses alone"));
            cargo.env_remove("CHARTER_PYSAML2");
        }
        Err(failure) => return Err(failure),
    }
    let databases = match shop.postgres(step) {
        Ok(cluster) => {
            cargo.env("CHARTER_TEST_POSTGRES", cluster.url("postgres"));
            2
        }
        Err(Failure::Missing(part)) if shop.on_missing == OnMissing::Skip => {
            step.note(&format!("{part}; testing on SQLite alone"));
            cargo.env_remove("CHARTER_TEST_POSTGRES");
            1
        }
        Err(failure) => return Err(failure),
    };
    let (status, printed) = step.attempt(&mut cargo)?;
    let counted = Counted::read(&printed);
    if !status.success() {
        return wrong(match counted.failed.as_slice() {
            [] => format!("cargo test ended with {status}"),
            failed => format!("{} failed: {}", failed.len(), failed.join(", ")),
        });
    }
    if counted.ignored > 0 {
        return wrong(format!("{} tests are ignored", counted.ignored));
    }
    if counted.passed == 0 {
        return wrong("cargo test ran no test");
    }
    Ok(Tally::of(counted.passed, "tests").and(databases, "databases"))
}

/// What `cargo test` said over all its programs.
#[derive(Default)]
struct Counted {
    passed: usize,
    ignored: usize,
    failed: Vec<String>,
}

impl Counted {
    fn read(printed: &str) -> Self {
        let mut counted = Self::default();
        for line in printed.lines() {
            if let Some(result) = line.strip_prefix("test result: ") {
                // ok. 12 passed; 0 failed; 0 ignored; 0 measured; ...
                for part in result.split([';', '.']) {
                    match part.trim().split_once(' ') {
                        Some((count, "passed")) => counted.passed += count.parse().unwrap_or(0),
                        Some((count, "ignored")) => counted.ignored += count.parse().unwrap_or(0),
                        _ => {}
                    }
                }
            } else if let Some(name) = line
                .strip_prefix("test ")
                .and_then(|line| line.strip_suffix(" ... FAILED"))
            {
                counted.failed.push(name.to_owned());
            }
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::Counted;

    #[test]
    fn results_are_added_up() {
        let counted = Counted::read(
            "running 2 tests\n\
             test one ... ok\n\
             test two::three ... FAILED\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: ok. 41 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 1.10s\n",
        );
        assert_eq!((counted.passed, counted.ignored), (42, 2));
        assert_eq!(counted.failed, ["two::three"]);
    }
}
