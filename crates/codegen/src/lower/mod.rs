//! From documents as they are written to documents as the writers see them.

mod merge;
mod operations;
mod reach;
pub(crate) mod schemas;

pub(crate) use operations::is_binary;

use std::any::Any;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::check::Patterns;
use crate::diagnostic::Diagnostics;
use crate::ir::{self, TypeDef, Use};
use crate::openapi::{self, OrRef, Read, Reference, Schema};
use crate::source::{Library, Place};

/// Where a schema that others refer to is defined: file and pointer.
pub(crate) type Key = (Rc<str>, Rc<str>);

/// What one document is lowered with.
pub(crate) struct Lowering<'a> {
    library: &'a Library<'a>,
    diagnostics: &'a Diagnostics,
    document: &'a openapi::Document,
    read: RefCell<HashMap<Key, Option<Rc<Schema>>>>,
    followed: RefCell<HashMap<Key, Rc<dyn Any>>>,
    directional: RefCell<HashMap<Key, bool>>,
    reached: HashMap<Key, ir::Reach>,
    /// Schemas that are parts of `allOf`.
    merged: HashSet<(Key, Direction)>,
    types: Vec<TypeDef>,
    uses: HashMap<(Key, Form), Option<Use>>,
    /// Schemas that are being looked at.
    lowering: HashSet<(Key, Form)>,
    names: HashMap<String, Place>,
    pub(crate) patterns: Patterns,
}

/// Which of its forms a type takes: with `readOnly` members or with
/// `writeOnly` ones. Most types have one form for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Only,
    Request,
    Response,
}

/// The direction in which a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// Lowers the document read from `source`. What could not be lowered is
/// reported; the result is complete only when nothing was.
pub(crate) fn lower(
    source: &str,
    document: &openapi::Document,
    library: &Library<'_>,
    diagnostics: &Diagnostics,
) -> ir::Document {
    let mut lowering = Lowering {
        library,
        diagnostics,
        document,
        read: RefCell::default(),
        followed: RefCell::default(),
        directional: RefCell::default(),
        reached: HashMap::new(),
        merged: HashSet::new(),
        types: Vec::new(),
        uses: HashMap::new(),
        lowering: HashSet::new(),
        names: HashMap::new(),
        patterns: Patterns::default(),
    };
    lowering.find_reached();
    lowering.lower_components(source);
    let tags = lowering.lower_tags();
    lowering.mark_types(&tags);
    lowering.box_recursion();
    let stem = source
        .rsplit('/')
        .next()
        .and_then(|name| name.split('.').next())
        .unwrap_or_default()
        .to_owned();
    ir::Document {
        source: source.to_owned(),
        stem,
        title: document.title.clone(),
        description: document.description.clone(),
        tags,
        types: lowering.types,
    }
}

impl Lowering<'_> {
    pub(crate) fn report(&self, at: &Place, message: impl Into<String>) {
        self.diagnostics.report(at, message);
    }

    /// What stands here, or where the reference leads. Many operations refer to
    /// the same parameters and responses, so each is read once.
    fn follow<T: Read + 'static>(&self, value: &OrRef<T>) -> Option<Rc<T>> {
        let reference = match value {
            OrRef::Here(value) => return Some(value.clone()),
            OrRef::Ref(reference) => reference,
        };
        let target = self.library.resolve(&reference.text, &reference.at)?;
        let at = &target.node().at;
        let key = (at.file.clone(), at.pointer.clone());
        if let Some(known) = self.followed.borrow().get(&key) {
            return known.clone().downcast().ok();
        }
        let value = T::read(target.node(), self.diagnostics).map(Rc::new)?;
        self.followed.borrow_mut().insert(key, value.clone());
        Some(value)
    }

    /// The schema that `reference` leads to.
    pub(crate) fn target(&self, reference: &Reference) -> Option<(Key, Rc<Schema>)> {
        let target = self.library.resolve(&reference.text, &reference.at)?;
        let at = &target.node().at;
        let key = (at.file.clone(), at.pointer.clone());
        if let Some(known) = self.read.borrow().get(&key) {
            return known.clone().map(|schema| (key, schema));
        }
        let schema = Schema::read(target.node(), self.diagnostics).map(Rc::new);
        self.read.borrow_mut().insert(key.clone(), schema.clone());
        schema.map(|schema| (key, schema))
    }
}
