//! Tokens as text that people like to read.

use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::quote;

/// A Rust file of these items, each set apart by a blank line. `head` are the
/// lines of its documentation.
pub(super) fn file(head: &str, uses: &[TokenStream], items: &[TokenStream]) -> String {
    let mut text = String::new();
    for line in head.lines() {
        let _ = writeln!(text, "{}", format!("//! {line}").trim_end());
    }
    let uses = quote! { #(#uses)* };
    for block in std::iter::once(&uses).chain(items) {
        if block.is_empty() {
            continue;
        }
        text.push('\n');
        text.push_str(&space(&unparse(block)));
    }
    text
}

/// One group of items. Tokens that do not parse are shown as they are, so that
/// the compiler says what is wrong with them.
fn unparse(tokens: &TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => format!("compile_error!({:?});\n{tokens}\n", error.to_string()),
    }
}

/// Puts blank lines between items and between methods, where a person would.
fn space(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 64);
    let mut previous = "";
    for line in text.lines() {
        if indent(previous) >= indent(line) && ends_item(previous) && opens_item(previous, line) {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        previous = line;
    }
    spaced
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn ends_item(line: &str) -> bool {
    line.ends_with(['}', ';']) && !line.trim_start().starts_with("//")
}

/// Whether `line` begins an item, or within a trait or an implementation a
/// method. Lists of modules and imports stay together.
fn opens_item(previous: &str, line: &str) -> bool {
    if line.is_empty() || line.starts_with("}") || line.trim_start().starts_with('}') {
        return false;
    }
    match indent(line) {
        0 => !["pub mod", "use"]
            .iter()
            .any(|list| previous.starts_with(list) && line.starts_with(list)),
        4 => ["///", "#[", "fn ", "async fn ", "pub fn ", "const "]
            .iter()
            .any(|start| line.trim_start().starts_with(start)),
        _ => false,
    }
}

/// Says in words that something is deprecated. The attribute would make the
/// generated code warn about itself.
pub(super) fn deprecation(text: String, deprecated: bool) -> String {
    if deprecated {
        format!("{}\n\nDeprecated.", text.trim_end())
    } else {
        text
    }
}

/// Documentation as attributes, one for each line.
pub(super) fn docs(text: Option<&str>) -> TokenStream {
    let lines = text.unwrap_or_default().trim_end().lines().flat_map(wrap);
    let lines = lines.map(|line| {
        if line.is_empty() {
            line
        } else {
            format!(" {line}")
        }
    });
    quote! { #(#[doc = #lines])* }
}

/// Breaks a paragraph of the document after at most 96 characters. Lists, code
/// and headings keep their lines.
fn wrap(line: &str) -> Vec<String> {
    const WIDTH: usize = 92;
    let line = line.trim_end();
    if line.len() <= WIDTH || line.starts_with(['|', ' ', '#', '-', '*']) {
        return vec![line.to_owned()];
    }
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        if !current.is_empty() && current.len() + 1 + word.len() > WIDTH {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}
