//! The languages, and how the client of each comes to be: generators as they are, from the served
//! documents, and a driver from `tests/clients/drivers`.

mod go;
mod php;
mod python;
mod ruby;
mod rust;
mod typescript;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::defects::Defect;
use super::documents::{Documents, Form};
use super::story::Story;
use crate::environment::{self, Node, Python};
use crate::failure::{Context, Failure};
use crate::step::Step;
use crate::workspace;

/// A language and a generator that writes for it.
pub(super) struct Language {
    pub(super) name: &'static str,
    pub(super) generator: &'static str,
    /// Makes the clients of all documents, and returns the program that runs them.
    pub(super) make: fn(&Workbench<'_>) -> Result<Command, Failure>,
    /// Whether `cargo xtask test` has it live through the story.
    pub(super) tested: bool,
}

/// Every language there is a client for.
pub(super) const LANGUAGES: &[Language] = &[
    Language {
        name: "typescript",
        generator: "openapi-generator 7.26.0, typescript-fetch",
        make: typescript::fetch,
        tested: true,
    },
    Language {
        name: "python",
        generator: "openapi-generator 7.26.0, python",
        make: python::make,
        tested: true,
    },
    Language {
        name: "go",
        generator: "openapi-generator 7.26.0, go",
        make: go::make,
        tested: false,
    },
    Language {
        name: "php",
        generator: "openapi-generator 7.26.0, php",
        make: php::make,
        tested: false,
    },
    Language {
        name: "ruby",
        generator: "openapi-generator 7.26.0, ruby (faraday)",
        make: ruby::make,
        tested: false,
    },
    Language {
        name: "rust",
        generator: "openapi-generator 7.26.0, rust (reqwest)",
        make: rust::make,
        tested: false,
    },
    Language {
        name: "hey-api",
        generator: "@hey-api/openapi-ts 0.95.0",
        make: typescript::hey_api,
        tested: false,
    },
    Language {
        name: "openapi-fetch",
        generator: "openapi-typescript 7.13.0, openapi-fetch 0.17.0",
        make: typescript::openapi_fetch,
        tested: false,
    },
];

/// Where one language's clients are made.
pub(super) struct Workbench<'a> {
    pub(super) step: &'a Step,
    pub(super) documents: &'a Documents,
    pub(super) story: &'a Story,
    /// Empty at the beginning.
    pub(super) folder: PathBuf,
}

impl Workbench<'_> {
    /// Has openapi-generator write a client of every document, each into a folder of its name,
    /// with what `settings` says about it.
    fn openapi_generator(
        &self,
        language: &str,
        settings: impl Fn(&str) -> Value,
    ) -> Result<(), Failure> {
        let configurations: Vec<PathBuf> = self
            .documents
            .names()
            .map(|name| {
                let mut configuration = Map::new();
                configuration.insert("additionalProperties".to_owned(), settings(name));
                // Links with a body are valid, whatever the generator's parser says.
                configuration.insert("validateSpec".to_owned(), json!(false));
                configuration.insert("generatorName".to_owned(), json!(language));
                let document = self.documents.file(name, Form::V3_1);
                configuration.insert("inputSpec".to_owned(), json!(document));
                configuration.insert("outputDir".to_owned(), json!(self.folder.join(name)));
                let file = self.folder.join(format!("{name}.json"));
                fs::write(&file, Value::Object(configuration).to_string())
                    .context(file.display())?;
                Ok(file)
            })
            .collect::<Result<_, Failure>>()?;
        environment::java(self.step)?;
        let python = tools(self.step)?;
        self.step.run(
            Command::new(python.program("openapi-generator-cli"))
                .args(["batch", "--fail-fast"])
                .args(configurations),
        )?;
        Ok(())
    }
}

/// Has openapi-generator say what it makes of the document of a defect, and whether that still shows it.
pub(super) fn remains(step: &Step, defect: &Defect, folder: &Path) -> Result<bool, Failure> {
    let mut generate = Command::new(tools(step)?.program("openapi-generator-cli"));
    generate
        .args([
            "generate",
            "--generator-name",
            defect.generator(),
            "--input-spec",
        ])
        .arg(&defect.document)
        .arg("--output")
        .arg(folder);
    if let Some(library) = defect.library() {
        generate.args(["--library", library]);
    }
    let (_, said) = step.attempt(&mut generate)?;
    Ok(defect.remains(folder, &said))
}

/// The generators and what else comes as Python packages.
fn tools(step: &Step) -> Result<Python, Failure> {
    let requirements = workspace::root().join("tests/clients/requirements.txt");
    Python::install(
        step,
        &requirements,
        workspace::scratch().join("clients/python-tools"),
    )
}

/// The generators and compilers that come as Node packages.
fn node(step: &Step) -> Result<Node, Failure> {
    let source = workspace::root().join("tests/clients");
    Node::install(
        step,
        &source,
        workspace::scratch().join("clients/node-tools"),
        &[],
    )
}

fn driver(file: &str) -> PathBuf {
    workspace::root().join("tests/clients/drivers").join(file)
}

/// Makes a folder that is there and empty.
pub(super) fn empty(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).context(folder.display())?;
    }
    fs::create_dir_all(folder).context(folder.display())
}
