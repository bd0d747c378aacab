//! OpenAPI documents in, Rust out.
//!
//! A document goes through four layers, each of which knows only the one before
//! it: `source` is text as a tree with places, `openapi` the objects of the
//! specification as they are written, `ir` what they mean with references
//! followed and names chosen (`lower` makes it, `check` holds examples and
//! defaults against it), and `write` the files. Nothing here touches the file
//! system: [`generate`] is a function of the documents.
//!
//! [`compare`] holds a document against an earlier state of it.

mod check;
pub mod compare;
mod diagnostic;
mod ir;
mod lower;
mod names;
mod openapi;
mod source;
mod write;

use openapi::Read;
use source::Library;

use diagnostic::Diagnostics;

pub use diagnostic::Diagnostic;
pub use write::File;

/// What was generated from one document.
#[derive(Clone, Debug)]
pub struct Crate {
    /// The document's file name without extension: the name of the crate.
    pub stem: String,
    /// Its files.
    pub files: Vec<File>,
    /// How many operations the document has.
    pub operations: usize,
    /// How many named schemas became types.
    pub schemas: usize,
}

/// Reads YAML that stays within JSON, as documents do, for the tables that tests are written in.
///
/// # Errors
/// Everything that is wrong with it.
pub fn yaml(file: &str, text: &str) -> Result<serde_json::Value, Vec<Diagnostic>> {
    let diagnostics = Diagnostics::default();
    let load = |_: &str| Ok(text.to_owned());
    let value = Library::new(&load, &diagnostics)
        .file(file, None)
        .map(|node| node.to_json());
    match value {
        Some(value) if diagnostics.is_empty() => Ok(value),
        _ => Err(diagnostics.into_sorted()),
    }
}

/// Generates the crate of the document in the file `document`. `load` reads that
/// file and those it refers to, by their names relative to it.
///
/// # Errors
/// Everything that is wrong with the document, in the order of its files.
pub fn generate(
    document: &str,
    load: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Crate, Vec<Diagnostic>> {
    let diagnostics = Diagnostics::default();
    let generated = generate_reporting(document, load, &diagnostics);
    match generated {
        Some(generated) if diagnostics.is_empty() => Ok(generated),
        _ => Err(diagnostics.into_sorted()),
    }
}

fn generate_reporting(
    document: &str,
    load: &dyn Fn(&str) -> Result<String, String>,
    diagnostics: &Diagnostics,
) -> Option<Crate> {
    let library = Library::new(load, diagnostics);
    let source = library.file(document, None)?;
    let written = openapi::Document::read(&source, diagnostics)?;
    let lowered = lower::lower(document, &written, &library, diagnostics);
    // Half of a document makes no crate.
    if !diagnostics.is_empty() {
        return None;
    }
    Some(Crate {
        stem: lowered.stem.clone(),
        operations: lowered.operations().count(),
        schemas: lowered.types.len(),
        files: write::write(&lowered, &source, &library),
    })
}
