//! Patterns: the part of ECMA-262 that the run-time honours.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;

/// Compiles each pattern once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: RefCell<HashMap<String, Result<Rc<Regex>, String>>>,
}

impl Patterns {
    /// The pattern as a regular expression, or why it is none. It is shared, because a copy
    /// would search with a cache of its own, and fill that anew.
    pub(crate) fn get(&self, source: &str) -> Result<Rc<Regex>, String> {
        self.compiled
            .borrow_mut()
            .entry(source.to_owned())
            .or_insert_with(|| {
                super::ecma::Pattern::compile(source)
                    .map(Rc::new)
                    .map_err(|error| {
                        // The last line says what, the others draw where.
                        let text = error.to_string();
                        let line = text.lines().last().unwrap_or_default().trim();
                        line.trim_start_matches("error: ").to_owned()
                    })
            })
            .clone()
    }
}
