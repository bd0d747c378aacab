//! `charter openapi`.

use clap::{Args, ValueEnum};

use super::{Failure, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::documents;

/// Flags of `charter openapi`.
#[derive(Args, Debug)]
pub struct Openapi {
    /// Name of the document, such as organisations or service
    #[arg(value_name = "DOCUMENT")]
    document: String,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

/// Notations of a document.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// OpenAPI 3.1 as JSON
    Json,
    /// OpenAPI 3.1 as YAML
    Yaml,
}

impl Openapi {
    /// Prints the document. The configuration is not needed, but a wrong one
    /// is refused as everywhere.
    pub fn run(&self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        global.configuration(environment)?;
        let documents = documents::all();
        let Some(document) = documents
            .iter()
            .find(|document| document.name == self.document)
        else {
            let names: Vec<_> = documents.iter().map(|document| document.name).collect();
            return Err(format!(
                "there is no document `{}`; this build serves {}",
                self.document,
                names.join(", ")
            )
            .into());
        };
        print_line(match self.format {
            Format::Json => &document.json,
            Format::Yaml => &document.yaml,
        })?;
        Ok(())
    }
}
