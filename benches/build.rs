//! Generates the crate of `openapi/form.yaml` into the build folder, by the same
//! generator as `cargo xtask generate`.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a document's files are looked for: beside it, then where all documents share theirs.
const FOLDERS: [&str; 2] = ["openapi", "../openapi"];

fn main() -> Result<(), Box<dyn Error>> {
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
    }
    let generated = charter_codegen::generate("form.yaml", &load).map_err(|diagnostics| {
        let told: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        told.join("\n")
    })?;
    let folder = PathBuf::from(env::var("OUT_DIR")?).join("form");
    for file in generated.files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(&path, contents(&path, &file.contents))?;
    }
    Ok(())
}

fn load(name: &str) -> Result<String, String> {
    let mut failure = String::new();
    for folder in FOLDERS {
        match fs::read_to_string(Path::new(folder).join(name)) {
            Ok(text) => return Ok(text),
            Err(error) => failure = error.to_string(),
        }
    }
    Err(failure)
}

/// A crate's root becomes a module by `include!`, which takes no inner documentation.
fn contents(path: &Path, text: &str) -> String {
    if !path.ends_with("lib.rs") {
        return text.to_owned();
    }
    let lines = text.lines().filter(|line| !line.starts_with("//!"));
    lines.flat_map(|line| [line, "\n"]).collect()
}
