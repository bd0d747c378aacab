//! Defects of generators that remain: `tests/clients/defects`, a document for each, the smallest that
//! shows it, with `x-defect` for what happens and what is done instead.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::failure::{Context, Failure, wrong};
use crate::workspace;

/// A defect of a generator.
pub(super) struct Defect {
    /// The name of its file.
    pub(super) name: String,
    pub(super) document: PathBuf,
    value: Value,
}

/// Those that the client of `language` has to do with.
pub(super) fn of(language: &str) -> Result<Vec<Defect>, Failure> {
    let mut defects = all()?;
    defects.retain(|defect| defect.concerns(language));
    Ok(defects)
}

/// All of them, those that keep a language from having a client as well.
pub(super) fn all() -> Result<Vec<Defect>, Failure> {
    let mut defects = Vec::new();
    for document in workspace::files(&workspace::root().join("tests/clients/defects"), &["yaml"])? {
        let text = fs::read_to_string(&document).context(document.display())?;
        let name = document
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let value = match charter_codegen::yaml(&name, &text) {
            Ok(document) => document["x-defect"].clone(),
            Err(found) => return wrong(found.first().map(ToString::to_string).unwrap_or_default()),
        };
        defects.push(Defect {
            name,
            document,
            value,
        });
    }
    Ok(defects)
}

impl Defect {
    pub(super) fn concerns(&self, language: &str) -> bool {
        self.texts("languages").any(|known| known == language)
    }

    /// The generator of openapi-generator that shows it.
    pub(super) fn generator(&self) -> &str {
        self.value["shown"]["by"].as_str().unwrap_or_default()
    }

    /// Which of its libraries, if not the one that it takes by itself.
    pub(super) fn library(&self) -> Option<&str> {
        self.value["shown"]["library"].as_str()
    }

    /// Places of answers at which this client loses what is there: JSON pointers, `*` for any segment.
    pub(super) fn loses(&self) -> impl Iterator<Item = &str> {
        self.texts("loses")
    }

    /// Whether what the generator has made of the document, and said, still shows it.
    pub(super) fn remains(&self, made: &std::path::Path, said: &str) -> bool {
        let shown = &self.value["shown"];
        let text = shown["text"].as_str().unwrap_or_default();
        match shown["in"].as_str() {
            Some(file) => fs::read_to_string(made.join(file)).is_ok_and(|made| made.contains(text)),
            None => said.contains(text),
        }
    }

    fn texts(&self, member: &str) -> impl Iterator<Item = &str> {
        let texts = self.value[member].as_array().into_iter().flatten();
        texts.filter_map(Value::as_str)
    }
}
