//! What is wrong with a document is told with its place, all of it at once.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::fs;

use charter_codegen::generate;

fn load(name: &str) -> Result<String, String> {
    fs::read_to_string(name).map_err(|_| "there is no such file".to_owned())
}

fn snapshot(case: &str) {
    let document = format!("tests/diagnostics/{case}.yaml");
    let Err(diagnostics) = generate(&document, &load) else {
        panic!("{document} has no problem");
    };
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(case, lines.join("\n"));
}

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        $(
            #[test]
            fn $case() {
                snapshot(stringify!($case));
            }
        )*
    };
}

cases!(
    syntax,
    yaml,
    unknown_keywords,
    misplaced_keywords,
    patterns,
    values,
    composition,
    names,
    parameters,
    bodies,
    responses,
    operations,
);

#[test]
fn a_file_that_is_not_there() {
    let diagnostics = generate("tests/diagnostics/nowhere.yaml", &load).err();
    let lines: Vec<String> = diagnostics
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
