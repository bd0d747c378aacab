//! The files of a document: itself and what it refers to.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{Node, Place, parse};
use crate::diagnostic::Diagnostics;

/// Reads a file by its name.
pub(crate) type Load<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Loads files on first use.
pub(crate) struct Library<'a> {
    load: Load<'a>,
    files: RefCell<HashMap<String, Option<Rc<Node>>>>,
    /// Where references lead, by the file they stand in: the same few are written all over a
    /// document.
    resolved: RefCell<HashMap<Rc<str>, HashMap<String, Target>>>,
    diagnostics: &'a Diagnostics,
}

/// A value that a `$ref` named.
#[derive(Clone)]
pub(crate) struct Target {
    file: Rc<Node>,
    pointer: Rc<str>,
}

impl Target {
    /// The value itself.
    pub(crate) fn node(&self) -> &Node {
        self.file.find(&self.pointer).unwrap_or(&self.file)
    }
}

impl<'a> Library<'a> {
    pub(crate) fn new(load: Load<'a>, diagnostics: &'a Diagnostics) -> Self {
        Self {
            load,
            files: RefCell::default(),
            resolved: RefCell::default(),
            diagnostics,
        }
    }

    /// The file of that name, `None` when it could not be read (reported once).
    pub(crate) fn file(&self, name: &str, wanted_at: Option<&Place>) -> Option<Rc<Node>> {
        if let Some(known) = self.files.borrow().get(name) {
            return known.clone();
        }
        let node = match (self.load)(name) {
            Ok(text) => parse::parse(&Rc::from(name), &text, self.diagnostics).map(Rc::new),
            Err(error) => {
                let here = Place {
                    file: name.into(),
                    line: 1,
                    column: 1,
                    pointer: "".into(),
                };
                self.diagnostics.report(
                    wanted_at.unwrap_or(&here),
                    format!("cannot read `{name}`: {error}"),
                );
                None
            }
        };
        self.files
            .borrow_mut()
            .insert(name.to_owned(), node.clone());
        node
    }

    /// What `reference` (written at `at`) names, following references to
    /// references. `None` when there is nothing, which is reported.
    pub(crate) fn resolve(&self, reference: &str, at: &Place) -> Option<Target> {
        let resolved = self.resolved.borrow();
        let known = resolved
            .get(&at.file)
            .and_then(|known| known.get(reference));
        if let Some(known) = known {
            return Some(known.clone());
        }
        drop(resolved);
        let target = self.follow(reference, at)?;
        self.resolved
            .borrow_mut()
            .entry(at.file.clone())
            .or_default()
            .insert(reference.to_owned(), target.clone());
        Some(target)
    }

    fn follow(&self, reference: &str, at: &Place) -> Option<Target> {
        let mut reference = reference.to_owned();
        let mut base = at.file.clone();
        let mut seen = Vec::new();
        loop {
            let (name, pointer) = match reference.split_once('#') {
                Some((file, pointer)) => (join(&base, file), pointer.to_owned()),
                None => (join(&base, &reference), String::new()),
            };
            let pointer = decode(&pointer);
            let key = format!("{name}#{pointer}");
            if seen.contains(&key) {
                self.diagnostics
                    .report(at, format!("`{reference}` refers to itself"));
                return None;
            }
            seen.push(key);
            let file = self.file(&name, Some(at))?;
            let Some(node) = file.find(&pointer) else {
                self.diagnostics
                    .report(at, format!("nothing is at `{reference}`"));
                return None;
            };
            // A reference with siblings is a value of its own.
            let next = match node.as_object() {
                Some(object) if object.len() == 1 => {
                    node.get("$ref").and_then(Node::as_str).map(str::to_owned)
                }
                _ => None,
            };
            match next {
                Some(next) => {
                    reference = next;
                    base = name.into();
                }
                None => {
                    let pointer = node.at.pointer.clone();
                    return Some(Target { file, pointer });
                }
            }
        }
    }
}

/// `reference` relative to the file `base`.
fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    let mut segments: Vec<&str> = base.split('/').collect();
    segments.pop();
    for segment in reference.split('/') {
        match segment {
            "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    segments.join("/")
}

/// The fragment of a URI without its percent-encoding.
fn decode(fragment: &str) -> String {
    let bytes = fragment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let hex = match (first, after) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        match hex {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
