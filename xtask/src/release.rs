//! `cargo xtask release-documents`: freezes the documents as they are.

use std::fs;
use std::process::ExitCode;

use charter_codegen::compare::Version;

use crate::compatibility::{self, CHANGES, Document, Examination};
use crate::failure::{Context, Failure, wrong};
use crate::{released, workspace};

/// Freeze the documents under openapi/released/, for later ones to be compared with.
///
/// Each document that has changed is written whole, what it shares with others included, to
/// openapi/released/<info.version>/<document>.yaml, and its declared changes from
/// openapi/changes.yaml beside it; that list is emptied then. It refuses while
/// `cargo xtask compare-documents` finds anything to mend, and when `info.version` has not risen as
/// far as the changes ask: the first number for a declared break, the second for what is new, the
/// third for words. While the first number is 0, the second and the third stand in for them.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing, only say what would be frozen.
    #[arg(long)]
    dry_run: bool,
}

/// A file that is to be frozen.
struct Frozen {
    path: String,
    text: String,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match release(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("release-documents: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn release(arguments: &Arguments) -> Result<(), Failure> {
    let examination = compatibility::examine()?;
    if !examination.problems.is_empty() {
        return wrong(format!(
            "nothing is frozen, there is something to mend or to declare:\n\n{}",
            examination.problems.join("\n\n")
        ));
    }
    let mut frozen = Vec::new();
    for document in &examination.documents {
        frozen.extend(freeze(document, &examination)?);
    }
    let emptied = emptied_changes()?;
    if arguments.dry_run {
        println!("{} files would be written", frozen.len());
        return Ok(());
    }
    for Frozen { path, text } in &frozen {
        released::add(path, text)?;
        println!("  {path}");
    }
    if !examination.changes.declared.is_empty() {
        fs::write(workspace::root().join(CHANGES), emptied).context(CHANGES)?;
        println!("  {CHANGES} is empty again");
    }
    Ok(())
}

/// The files of one document, none when it is what was released.
fn freeze(document: &Document, examination: &Examination) -> Result<Vec<Frozen>, Failure> {
    let Document {
        name,
        released,
        working,
        judgements,
    } = document;
    let changes = |version: Version| {
        examination.changes.to_yaml(name).map(|text| Frozen {
            path: released::path_of_changes(version, name),
            text,
        })
    };
    let Some(working) = working else {
        // The declaration says in which version it went.
        let since = examination
            .changes
            .declared
            .iter()
            .find(|declared| declared.document == *name)
            .map(|declared| declared.since);
        println!("{name}: it is no more");
        return Ok(since.and_then(changes).into_iter().collect());
    };
    let version = working.version;
    match released {
        Some(released) if judgements.is_empty() => {
            println!("{name} {}: nothing has changed", released.version);
            return Ok(Vec::new());
        }
        Some(released) => {
            let least = document.least_version().unwrap_or(version);
            if version < least {
                return wrong(format!(
                    "{name} has changed since {}: raise `info.version` of openapi/{name}.yaml from \
                     {version} to {least} or higher",
                    released.version
                ));
            }
            println!(
                "{name} {version}: {} changes since {}",
                judgements.len(),
                released.version
            );
        }
        None => println!("{name} {version}: its first release"),
    }
    let head = format!(
        "# {name} {version}, as `cargo xtask release-documents` has released it. Never edited: \
         SHA256SUMS.\n"
    );
    let whole = Frozen {
        path: released::path(version, name),
        text: format!("{head}{}", working.whole.to_yaml()),
    };
    Ok([whole].into_iter().chain(changes(version)).collect())
}

/// The file of changes with its head and without its changes.
fn emptied_changes() -> Result<String, Failure> {
    let text = fs::read_to_string(workspace::root().join(CHANGES)).context(CHANGES)?;
    let head: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with("changes:"))
        .collect();
    Ok(format!("{}\nchanges: []\n", head.join("\n")))
}
