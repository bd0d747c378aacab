//! What a decoder carries along: where it reads and what it has found broken.

use crate::violation::{Location, MAX_DETAIL, Violation, shortened};

/// In which notation the input stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// JSON: a string is not a number.
    Json,
    /// Parameters and form fields: every scalar is text.
    Text,
}

/// So many violations are told; all others are only counted, so that a hostile
/// body cannot make an answer that is larger than itself.
pub(crate) const MAX_VIOLATIONS: usize = 1000;

/// The most bytes of a pointer. One that would be longer leads to the innermost
/// enclosing value that it can reach.
const MAX_POINTER: usize = 2048;

/// The most characters of a parameter's name that are repeated to the client.
const MAX_PARAMETER: usize = 256;

/// Collects violations while a request is decoded.
///
/// Pointers are built while the decoder returns ([`Cx::enclose`]), so a valid
/// request pays nothing for them. The first 1,000 violations are kept.
#[derive(Debug)]
pub struct Cx {
    source: Source,
    location: Location,
    found: usize,
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
            found: 0,
            violations: Vec::new(),
        }
    }

    /// The notation of the input being read.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Runs `read` for a parameter: violations within it carry its name. An
    /// empty name means all parameters of the location together.
    pub fn parameter<T>(
        &mut self,
        location: Location,
        name: &str,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mark = self.mark();
        let outer = (self.source, self.location);
        self.source = Source::Text;
        self.location = location;
        let value = read(self);
        (self.source, self.location) = outer;
        if self.violations.len() > mark && !name.is_empty() {
            let name = shortened(name.to_owned(), MAX_PARAMETER);
            for violation in &mut self.violations[mark..] {
                violation.parameter = Some(name.clone());
            }
        }
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
        self.found += 1;
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation {
                location: self.location,
                parameter: None,
                pointer: Some(if pointer.len() > MAX_POINTER {
                    String::new()
                } else {
                    pointer
                }),
                keyword,
                detail: shortened(detail.into(), MAX_DETAIL),
            });
        }
    }

    /// How many violations there are so far; for [`Cx::enclose`].
    #[must_use]
    pub const fn mark(&self) -> usize {
        self.found
    }

    /// Puts `name` in front of the pointers of all violations since `mark`.
    pub fn enclose(&mut self, mark: usize, name: &str) {
        if self.violations.len() > mark {
            self.prefix(mark, &segment(name));
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
        for pointer in self.violations[mark..]
            .iter_mut()
            .filter_map(|violation| violation.pointer.as_mut())
        {
            if prefix.len() + pointer.len() > MAX_POINTER {
                let room = MAX_POINTER.saturating_sub(prefix.len());
                let end = pointer.as_bytes()[..room.min(pointer.len())]
                    .iter()
                    .rposition(|byte| *byte == b'/');
                pointer.truncate(end.unwrap_or(0));
            }
            if prefix.len() <= MAX_POINTER {
                pointer.insert_str(0, prefix);
            }
        }
    }

    /// Takes out all violations since `mark`: a variant of a union did not match.
    pub fn take(&mut self, mark: usize) -> Vec<Violation> {
        self.found = self.found.min(mark);
        self.violations.split_off(mark.min(self.violations.len()))
    }

    /// Records violations that were taken out.
    pub(crate) fn put_back(&mut self, violations: Vec<Violation>) {
        self.found += violations.len();
        self.violations.extend(violations);
        self.violations.truncate(MAX_VIOLATIONS);
    }

    /// Whether nothing was found broken.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.found == 0
    }

    /// The first 1,000 violations in the order of their discovery. A pointer to a
    /// whole parameter says nothing that its name does not, and is left out.
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
