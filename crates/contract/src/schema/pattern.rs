//! Regular expressions of the document.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

/// A `pattern`, compiled at its first use. The generator has checked that it
/// compiles, so one that does not matches nothing.
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern in ECMA-262 syntax, without look-around.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// As the document has it.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Whether it matches anywhere in `text`; patterns are not anchored.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| Self::compile(self.source).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }

    /// Compiles ECMA-262 syntax: `\d` and `\w` mean ASCII there, `\s` does not.
    ///
    /// # Errors
    /// When the expression needs what [`regex`] does not have.
    pub fn compile(source: &str) -> Result<Regex, regex::Error> {
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
                // In ECMA-262 `$` without the m flag is the very end, as `\z`.
                '$' if !in_class => translated.push_str("\\z"),
                other => translated.push(other),
            }
        }
        Regex::new(&translated)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.source)
    }
}
