//! Patterns: the part of ECMA-262 that `regex` has.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

/// Compiles each pattern once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: RefCell<HashMap<String, Result<Regex, String>>>,
}

impl Patterns {
    /// The pattern as a regular expression, or why it is none.
    pub(crate) fn get(&self, source: &str) -> Result<Regex, String> {
        self.compiled
            .borrow_mut()
            .entry(source.to_owned())
            .or_insert_with(|| {
                Regex::new(&translate(source)).map_err(|error| {
                    // The last line says what, the others draw where.
                    let text = error.to_string();
                    let line = text.lines().last().unwrap_or_default().trim();
                    line.trim_start_matches("error: ").to_owned()
                })
            })
            .clone()
    }
}

/// ECMA-262 as `regex` has it, in the same way as `charter_contract::Pattern`
/// does it at run time; a test holds the two together.
pub(crate) fn translate(source: &str) -> String {
    let mut translated = String::with_capacity(source.len());
    let mut characters = source.chars();
    let mut in_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('d') if in_class => translated.push_str("0-9"),
                Some('d') => translated.push_str("[0-9]"),
                Some('D') => translated.push_str("[^0-9]"),
                Some('w') if in_class => translated.push_str("0-9A-Za-z_"),
                Some('w') => translated.push_str("[0-9A-Za-z_]"),
                Some('W') => translated.push_str("[^0-9A-Za-z_]"),
                Some('/') => translated.push('/'),
                Some(other) => {
                    translated.push('\\');
                    translated.push(other);
                }
                None => translated.push('\\'),
            },
            '[' if in_class => translated.push_str("\\["),
            '[' => {
                in_class = true;
                translated.push('[');
            }
            ']' => {
                in_class = false;
                translated.push(']');
            }
            '&' | '~' if in_class => {
                translated.push('\\');
                translated.push(character);
            }
            '$' if !in_class => translated.push_str("\\z"),
            other => translated.push(other),
        }
    }
    translated
}
