//! What a decoder carries along: where it reads and what it has found broken.

use crate::violation::{Location, Violation};

/// In which notation the input stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// JSON: a string is not a number.
    Json,
    /// Parameters and form fields: every scalar is text.
    Text,
}

/// Collects violations while a request is decoded.
///
/// Pointers are built while the decoder returns ([`Cx::enclose`]), so a valid
/// request pays nothing for them.
#[derive(Debug)]
pub struct Cx {
    source: Source,
    location: Location,
    parameter: Option<String>,
    violations: Vec<Violation>,
}

impl Default for Cx {
    fn default() -> Self {
        Self::new()
    }
}

impl Cx {
    /// A context that has seen nothing wrong yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            source: Source::Json,
            location: Location::Body,
            parameter: None,
            violations: Vec::new(),
        }
    }

    /// The notation of the input being read.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Runs `read` for a parameter: violations within it carry its name.
    pub fn parameter<T>(
        &mut self,
        location: Location,
        name: &str,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = (self.source, self.location, self.parameter.take());
        self.source = Source::Text;
        self.location = location;
        self.parameter = Some(name.to_owned());
        let value = read(self);
        (self.source, self.location, self.parameter) = outer;
        value
    }

    /// Runs `read` with another notation, as for JSON inside a parameter.
    pub fn notation<T>(&mut self, source: Source, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.source, source);
        let value = read(self);
        self.source = outer;
        value
    }

    /// Records a violation at the value being read.
    #[cold]
    pub fn violation(&mut self, keyword: &'static str, detail: impl Into<String>) {
        self.violation_at(String::new(), keyword, detail);
    }

    /// Records a violation at the member `name` of the object being read.
    #[cold]
    pub fn member_violation(
        &mut self,
        name: &str,
        keyword: &'static str,
        detail: impl Into<String>,
    ) {
        self.violation_at(segment(name), keyword, detail);
    }

    fn violation_at(&mut self, pointer: String, keyword: &'static str, detail: impl Into<String>) {
        self.violations.push(Violation {
            location: self.location,
            parameter: self.parameter.clone(),
            pointer: Some(pointer),
            keyword,
            detail: detail.into(),
        });
    }

    /// How many violations there are so far; for [`Cx::enclose`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.violations.len()
    }

    /// Puts `name` in front of the pointers of all violations since `mark`.
    pub fn enclose(&mut self, mark: usize, name: &str) {
        if self.violations.len() > mark {
            let prefix = segment(name);
            self.prefix(mark, &prefix);
        }
    }

    /// [`Cx::enclose`] for the item `index` of an array.
    pub fn enclose_index(&mut self, mark: usize, index: usize) {
        if self.violations.len() > mark {
            self.prefix(mark, &format!("/{index}"));
        }
    }

    #[cold]
    fn prefix(&mut self, mark: usize, prefix: &str) {
        for violation in &mut self.violations[mark..] {
            if let Some(pointer) = &mut violation.pointer {
                pointer.insert_str(0, prefix);
            }
        }
    }

    /// Forgets all violations since `mark`: a variant of a union did not match.
    pub fn forget(&mut self, mark: usize) {
        self.violations.truncate(mark);
    }

    /// Whether nothing was found broken.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.violations.is_empty()
    }

    /// All violations in the order of their discovery. A pointer to a whole
    /// parameter says nothing that its name does not, and is left out.
    #[must_use]
    pub fn into_violations(mut self) -> Vec<Violation> {
        for violation in &mut self.violations {
            if violation.location != Location::Body && violation.pointer.as_deref() == Some("") {
                violation.pointer = None;
            }
        }
        self.violations
    }
}

/// One segment of a JSON pointer, escaped as RFC 6901 section 3 says.
fn segment(name: &str) -> String {
    let mut pointer = String::with_capacity(name.len() + 1);
    pointer.push('/');
    for character in name.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    pointer
}
