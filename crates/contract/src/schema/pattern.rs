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

    /// Compiles ECMA-262 syntax.
    ///
    /// # Errors
    /// When the expression needs what [`regex`] does not have.
    pub fn compile(source: &str) -> Result<Regex, regex::Error> {
        Regex::new(&Self::translate(source))
    }

    /// ECMA-262 as [`regex`] writes it: `\d`, `\w` and `\b` mean ASCII there, `\s`
    /// and `.` know other line ends, and `$` is the very end.
    #[must_use]
    pub fn translate(source: &str) -> String {
        let mut translated = String::with_capacity(source.len());
        let mut characters = source.chars().peekable();
        let mut in_class = false;
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('d') if in_class => translated.push_str(DIGIT),
                    Some('d') => translated.extend(["[", DIGIT, "]"]),
                    Some('w') if in_class => translated.push_str(WORD),
                    Some('w') => translated.extend(["[", WORD, "]"]),
                    Some('s') if in_class => translated.push_str(SPACE),
                    Some('s') => translated.extend(["[", SPACE, "]"]),
                    Some('D') => push_negated(&mut translated, DIGIT),
                    Some('W') => push_negated(&mut translated, WORD),
                    Some('S') => push_negated(&mut translated, SPACE),
                    Some('b') if !in_class => translated.push_str("(?-u:\\b)"),
                    Some('B') if !in_class => translated.push_str("(?-u:\\B)"),
                    Some('b') => translated.push_str("\\x08"),
                    Some('/') => translated.push('/'),
                    Some(other) => translated.extend(['\\', other]),
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
                '&' | '~' if in_class => translated.extend(['\\', character]),
                // Two hyphens subtract classes in `regex`; here they end a range.
                '-' if in_class && characters.next_if_eq(&'-').is_some() => {
                    translated.push_str("-\\-");
                }
                '$' if !in_class => translated.push_str("\\z"),
                '.' if !in_class => push_negated(&mut translated, LINE_END),
                other => translated.push(other),
            }
        }
        translated
    }
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = "\\t\\n\\x0B\\f\\r \\u{a0}\\u{1680}\\u{2000}-\\u{200a}\\u{2028}\\u{2029}\\u{202f}\\u{205f}\\u{3000}\\u{feff}";
const LINE_END: &str = "\\n\\r\\u{2028}\\u{2029}";

fn push_negated(translated: &mut String, members: &str) {
    translated.extend(["[^", members, "]"]);
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.source)
    }
}
