//! A person's way through the documentation page and the report, walked by Chromium.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::contract::report::{self, Report};
use crate::environment;
use crate::failure::{Context, Failure};
use crate::service::Service;
use crate::step::{Step, Tally};
use crate::test;
use crate::workshop::Workshop;
use crate::workspace;

/// Open the documentation page in Chromium, authorise, try an operation out; read the report of the
/// contract runs, if there is one.
///
/// Starts the service with its demonstration data and leaves pictures in `target/xtask/browser`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> ExitCode {
    test::only(&["browser"])
}

pub(crate) fn check(step: &Step, shop: &Workshop) -> Result<Tally, Failure> {
    let chromium = environment::chromium(step)?;
    let node = shop.node(step)?;
    let charter = shop.charter(step)?;
    let data = tempfile::tempdir().context("a folder for the database")?;
    let database = format!("sqlite://{}", data.path().join("charter.db").display());
    let mut service = Service::start(step, charter, &database, |serve| {
        serve.arg("--demo").current_dir(data.path());
    })?;
    let key = key(&service.wait_for("ct_live_")?);
    let pictures = workspace::scratch().join("browser");
    let printed = step.run(
        node.script(workspace::root().join("tests/browser/docs.mjs"))
            .env("CHARTER_ADDRESS", &service.address)
            .env("CHARTER_KEY", key)
            .env("CHARTER_CHROMIUM", &chromium)
            .env("CHARTER_PICTURES", &pictures),
    )?;
    service.stop()?;
    let report = Report::read()?;
    if report.documents.is_empty() {
        step.note("no contract run has left a report");
        return Ok(Tally::of(walked(&printed), "steps"));
    }
    let read = step.run(
        node.script(workspace::root().join("tests/browser/report.mjs"))
            .env("CHARTER_REPORT", report.write()?)
            .env("CHARTER_REPORT_DATA", report::folder().join("report.json"))
            .env("CHARTER_UNPROVEN_REPORT", unproven(report, data.path())?)
            .env("CHARTER_CHROMIUM", chromium)
            .env("CHARTER_PICTURES", pictures),
    )?;
    Ok(Tally::of(walked(&printed) + walked(&read), "steps"))
}

/// The same report without the evidence of the first status of each operation.
fn unproven(mut report: Report, folder: &Path) -> Result<PathBuf, Failure> {
    let operations = report
        .documents
        .iter_mut()
        .flat_map(|one| &mut one.operations);
    for status in operations.filter_map(|operation| operation.statuses.first_mut()) {
        status.snapshots.clear();
        status.runs.clear();
    }
    let page = folder.join("unproven.html");
    report.write_page(&page)?;
    Ok(page)
}

fn walked(printed: &str) -> usize {
    printed
        .lines()
        .filter(|line| line.starts_with("ok "))
        .count()
}

/// The key of which this is what follows `ct_live_`, whatever stands behind it on the line.
fn key(rest: &str) -> String {
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(rest.len());
    format!("ct_live_{}", &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn the_key_ends_where_it_ends() {
        assert_eq!(key("a1B2_c3. Keep it."), "ct_live_a1B2_c3");
        assert_eq!(key("a1"), "ct_live_a1");
    }
}
