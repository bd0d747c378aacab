//! Documents to generate from, in a folder that looks like the repository to the generator.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::write;
use crate::Error;
use crate::bench::Bench;

/// So many documents as the design has, with so many copies of the operations of `organisations`
/// in all.
const MANY: usize = 13;
const COPIES: usize = 14;

/// A set of documents.
pub(super) struct Documents {
    folder: TempDir,
    /// How many documents there are.
    pub(super) documents: usize,
    /// How many operations they have.
    pub(super) operations: usize,
}

impl Documents {
    /// Those of the repository.
    pub(super) fn here(bench: &Bench) -> Result<Self, Error> {
        let mut files = Vec::new();
        for entry in fs::read_dir(bench.root().join("openapi"))? {
            let path = entry?.path();
            if let (Some(name), true) = (path.file_name(), is_yaml(&path)) {
                files.push((
                    name.to_string_lossy().into_owned(),
                    fs::read_to_string(&path)?,
                ));
            }
        }
        Self::of(bench, &files)
    }

    /// As many as the design has, made of `organisations`: each has all its operations and schemas,
    /// under names of their own where a document has them twice.
    pub(super) fn many(bench: &Bench) -> Result<Self, Error> {
        let folder = bench.root().join("openapi");
        let common = fs::read_to_string(folder.join("common.yaml"))?;
        let organisations = fs::read_to_string(folder.join("organisations.yaml"))?;
        let parts = Parts::of(&organisations)?;
        let mut files = vec![("common.yaml".to_owned(), common)];
        for number in 0..MANY {
            let copies = COPIES / MANY + usize::from(number < COPIES % MANY);
            files.push((format!("document{number}.yaml"), parts.repeated(copies)));
        }
        Self::of(bench, &files)
    }

    fn of(bench: &Bench, files: &[(String, String)]) -> Result<Self, Error> {
        let folder = bench.folder()?;
        fs::create_dir(folder.path().join("openapi"))?;
        fs::create_dir_all(crates(folder.path()))?;
        let mut documents = 0;
        let mut operations = 0;
        for (name, text) in files {
            write(&folder.path().join("openapi").join(name), text)?;
            let own = operations_of(text);
            operations += own;
            documents += usize::from(own > 0);
        }
        Ok(Self {
            folder,
            documents,
            operations,
        })
    }

    /// The folder in which the generator is called.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The files with operations.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder().join("openapi"))? {
            let path = entry?.path();
            if operations_of(&fs::read_to_string(&path)?) > 0 {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Takes away what was generated.
    pub(super) fn forget_crates(&self) -> Result<(), Error> {
        let crates = crates(self.folder());
        fs::remove_dir_all(&crates)?;
        Ok(fs::create_dir_all(&crates)?)
    }
}

fn crates(folder: &Path) -> PathBuf {
    folder.join("crates/api")
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml")
}

/// Links name operations as well, but deeper than those stand.
fn operations_of(text: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with("      operationId: "))
        .count()
}

/// A document in parts.
struct Parts<'t> {
    /// Up to its first path.
    head: &'t str,
    paths: &'t str,
    /// From there to its first schema.
    middle: &'t str,
    schemas: &'t str,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Result<Self, Error> {
        let [paths, components, schemas] = ["\npaths:\n", "\ncomponents:\n", "\n  schemas:\n"]
            .map(|key| text.find(key).map(|at| (at, at + key.len())));
        match (paths, components, schemas) {
            (Some((_, paths)), Some((components, _)), Some((_, schemas)))
                if paths <= components && components < schemas =>
            {
                Ok(Self {
                    head: &text[..paths],
                    paths: &text[paths..=components],
                    middle: &text[components + 1..schemas],
                    schemas: &text[schemas..],
                })
            }
            _ => Err("organisations.yaml has not its paths before its schemas".into()),
        }
    }

    /// The document with its operations and schemas so many times.
    fn repeated(&self, copies: usize) -> String {
        let mut text = self.head.to_owned();
        let copied = |part: &str| -> String {
            let copies = (2..=copies).map(|number| renamed(part, number));
            std::iter::once(part.to_owned()).chain(copies).collect()
        };
        text.push_str(&copied(self.paths));
        text.push_str(self.middle);
        text.push_str(&copied(self.schemas));
        text
    }
}

/// These operations or schemas with names and paths of their own.
fn renamed(part: &str, number: usize) -> String {
    let mut text = String::with_capacity(part.len() * 11 / 10);
    for line in part.lines() {
        let is_schema = line
            .strip_prefix("    ")
            .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
        if let Some(path) = line.strip_prefix("  /") {
            text.push_str(&format!("  /copy{number}/{path}"));
        } else if let (Some(name), true) = (line.strip_suffix(':'), is_schema) {
            text.push_str(&format!("{name}{number}:"));
        } else if line.trim_start().starts_with("operationId: ") {
            text.push_str(&format!("{line}{number}"));
        } else if let (Some(reference), true) = (
            line.strip_suffix('\''),
            line.contains("'#/components/schemas/"),
        ) {
            text.push_str(&format!("{reference}{number}'"));
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}
