//! What is measured, one module each.

mod edit;
mod flat;
mod form;
mod generate;
mod invites;
mod list;
mod members;
mod peers;
mod start;

use crate::Error;
use crate::bench::Bench;
use crate::report::Row;

/// One row of the table, or a few that are measured together.
pub(crate) struct Measure {
    /// What `cargo xtask bench` is called with.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) about: &'static str,
    /// Measures.
    pub(crate) measure: fn(&Bench) -> Result<Vec<Row>, Error>,
}

/// All of them, in the order of the table.
pub(crate) const ALL: &[Measure] = &[
    Measure {
        name: "list",
        about: "a JSON list of 20 and of 100, from memory, over HTTP",
        measure: list::measure,
    },
    Measure {
        name: "form",
        about: "a JSON body with 12 constrained members, read and checked",
        measure: form::measure,
    },
    Measure {
        name: "members",
        about: "list 20 members by key, against the same queries by hand",
        measure: members::measure,
    },
    Measure {
        name: "invites",
        about: "create invites, many at once, each durable when it is answered",
        measure: invites::measure,
    },
    Measure {
        name: "peers",
        about: "list members, get the organisation, invite, against better-auth and FastAPI",
        measure: peers::measure,
    },
    Measure {
        name: "flat",
        about: "20 members of each list by key in small and large databases",
        measure: flat::measure,
    },
    Measure {
        name: "start",
        about: "start to the first answer, and resident memory",
        measure: start::measure,
    },
    Measure {
        name: "generate",
        about: "generate from the documents, against openapi-generator",
        measure: generate::measure,
    },
    Measure {
        name: "edit",
        about: "generate, build and start after an edit of a document",
        measure: edit::measure,
    },
];

/// Those with these names, in the order of the table; all when there are no names.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<&'static Measure>, Error> {
    if let Some(unknown) = names
        .iter()
        .find(|name| ALL.iter().all(|measure| measure.name != **name))
    {
        return Err(
            format!("there is no measure {unknown:?}; `--list` says which there are").into(),
        );
    }
    Ok(ALL
        .iter()
        .filter(|measure| names.is_empty() || names.iter().any(|name| name == measure.name))
        .collect())
}
