//! One small document and one snapshot for each keyword, parameter style, body
//! and answer. `compiled.rs` compiles the snapshots.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;
use std::fs;

use charter_codegen::{Crate, generate};

fn load(name: &str) -> Result<String, String> {
    fs::read_to_string(name).map_err(|error| error.to_string())
}

fn crate_of(document: &str) -> Crate {
    generate(document, &load).unwrap_or_else(|diagnostics| {
        let mut text = String::new();
        for diagnostic in diagnostics {
            let _ = writeln!(text, "{diagnostic}");
        }
        panic!("{text}");
    })
}

fn file<'c>(generated: &'c Crate, path: &str) -> &'c str {
    let file = generated.files.iter().find(|file| file.path == path);
    &file.expect("the file is generated").contents
}

/// The models and operations of a case as one file of Rust with two modules.
/// Binary snapshots are plain files, so that `compiled.rs` can name them.
fn snapshot(case: &str, extension: &str) {
    let generated = crate_of(&format!("tests/cases/{case}.{extension}"));
    let models = file(&generated, "src/models.rs");
    let things = file(&generated, "src/things.rs");
    let text = format!("pub mod models {{\n{models}}}\n\npub mod things {{\n{things}}}\n");
    let name = format!("{case}.rs");
    insta::assert_binary_snapshot!(name.as_str(), text.into_bytes());
}

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        $(
            #[test]
            fn $case() {
                snapshot(stringify!($case), "yaml");
            }
        )*

        /// Each document under `cases/` is one of the above.
        #[test]
        fn every_document_is_a_case() {
            let mut known = vec!["shared.yaml", "bundle.yaml", "document.json"];
            known.extend([$(concat!(stringify!($case), ".yaml")),*]);
            for entry in fs::read_dir("tests/cases").expect("there are cases") {
                let name = entry.expect("the folder can be read").file_name();
                let name = name.to_string_lossy();
                assert!(known.contains(&name.as_ref()), "{name} is no case");
            }
        }
    };
}

cases!(
    string,
    integer,
    number,
    enumeration,
    array,
    map,
    presence,
    direction,
    stored,
    one_of_discriminated,
    one_of,
    any_of,
    all_of,
    recursive,
    newtype,
    names,
    query,
    path_header_cookie,
    json_bodies,
    form,
    multipart,
    other_bodies,
    contents,
    json_answers,
    headers,
    redirects,
    several_answers,
    security,
    operation,
);

#[test]
fn document() {
    snapshot("document", "json");
}

/// What is written beside the sources.
#[test]
fn bundle() {
    let generated = crate_of("tests/cases/bundle.yaml");
    for (path, name) in [
        ("openapi.yaml", "bundle_yaml"),
        ("openapi.json", "bundle_json"),
        ("openapi-3.0.json", "bundle_3_0_json"),
        ("src/lib.rs", "bundle_lib"),
        ("Cargo.toml", "bundle_manifest"),
    ] {
        insta::assert_snapshot!(name, file(&generated, path));
    }
}

/// The same document gives the same files, byte for byte.
#[test]
fn deterministic() {
    let first = crate_of("tests/cases/query.yaml");
    let second = crate_of("tests/cases/query.yaml");
    assert_eq!(first.files, second.files);
}

/// The YAML bundle says what the JSON bundle says: it is read back and bundled
/// again.
#[test]
fn yaml_and_json_agree() {
    for case in ["bundle", "operation", "string", "names", "newtype"] {
        let generated = crate_of(&format!("tests/cases/{case}.yaml"));
        let yaml = file(&generated, "openapi.yaml").to_owned();
        let again = generate("bundled.yaml", &|_| Ok(yaml.clone()))
            .expect("the bundle is a document of its own");
        assert_eq!(
            file(&generated, "openapi.json"),
            file(&again, "openapi.json"),
            "{case}"
        );
    }
}
