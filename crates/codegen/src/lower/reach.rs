//! Which schemas requests reach, and which responses.

use std::collections::HashSet;
use std::rc::Rc;

use super::{Direction, Key, Lowering};
use crate::ir::{self, BodyKind, Content, Kind, Reach, Shape, TypeId, Use};
use crate::openapi::{Additional, Schema};

impl Reach {
    pub(crate) const fn has(self, direction: Direction) -> bool {
        match direction {
            Direction::Request => self.request,
            Direction::Response => self.response,
        }
    }

    const fn add(&mut self, direction: Direction) {
        match direction {
            Direction::Request => self.request = true,
            Direction::Response => self.response = true,
        }
    }
}

impl Lowering<'_> {
    /// Fills `reached` for all schemas that have a name.
    pub(super) fn find_reached(&mut self) {
        let mut roots: Vec<(Direction, Rc<Schema>)> = Vec::new();
        for (_, _, item) in &self.document.paths {
            for (_, _, operation) in &item.operations {
                for parameter in item.parameters.iter().chain(&operation.parameters) {
                    let Some(parameter) = self.follow(parameter) else {
                        continue;
                    };
                    let schemas = parameter
                        .content
                        .iter()
                        .filter_map(|(_, _, media_type)| media_type.schema.as_ref())
                        .chain(&parameter.schema);
                    roots.extend(
                        schemas.map(|schema| (Direction::Request, Rc::new(schema.clone()))),
                    );
                }
                if let Some(body) = operation.body.as_ref().and_then(|body| self.follow(body)) {
                    roots.extend(body.content.iter().filter_map(|(_, _, media_type)| {
                        Some((Direction::Request, Rc::new(media_type.schema.clone()?)))
                    }));
                }
                for (_, _, response) in &operation.responses {
                    let Some(response) = self.follow(response) else {
                        continue;
                    };
                    roots.extend(response.content.iter().filter_map(|(_, _, media_type)| {
                        Some((Direction::Response, Rc::new(media_type.schema.clone()?)))
                    }));
                    for (_, _, header) in &response.headers {
                        let schema = self.follow(header).and_then(|header| header.schema.clone());
                        roots.extend(schema.map(|schema| (Direction::Response, Rc::new(schema))));
                    }
                }
            }
        }
        for (direction, schema) in roots {
            self.reach(&schema, direction);
        }
    }

    fn reach(&mut self, schema: &Schema, direction: Direction) {
        if let Some(reference) = &schema.reference
            && let Some((key, target)) = self.target(reference)
        {
            for direction in also_stored(target.stored, direction) {
                let reach = self.reached.entry(key.clone()).or_default();
                if !reach.has(*direction) {
                    reach.add(*direction);
                    self.reach(&target, *direction);
                }
            }
        }
        for below in below(schema) {
            self.reach(&below, direction);
        }
        if let Some(alias) = super::schemas::alias(schema) {
            self.reach(&alias, direction);
        } else {
            for part in &schema.all_of {
                self.reach_part(part, direction);
            }
        }
    }

    /// A part of `allOf` gives its members away and needs no type for itself.
    fn reach_part(&mut self, part: &Schema, direction: Direction) {
        if let Some(reference) = &part.reference {
            if let Some((key, target)) = self.target(reference)
                && self.merged.insert((key, direction))
            {
                self.reach_part(&target, direction);
            }
            return;
        }
        for below in below(part) {
            self.reach(&below, direction);
        }
        for part in &part.all_of {
            self.reach_part(part, direction);
        }
    }

    /// Whether the type differs between requests and responses: it has, or
    /// contains, `readOnly` or `writeOnly` members.
    pub(super) fn is_directional(&self, key: &Key, schema: &Schema) -> bool {
        if let Some(known) = self.directional.borrow().get(key) {
            return *known;
        }
        let directional = self.is_directional_below(schema, &mut HashSet::new());
        self.directional
            .borrow_mut()
            .insert(key.clone(), directional);
        directional
    }

    fn is_directional_below(&self, schema: &Schema, seen: &mut HashSet<Key>) -> bool {
        if schema.read_only || schema.write_only {
            return true;
        }
        if let Some(reference) = &schema.reference
            && let Some((key, target)) = self.target(reference)
            && seen.insert(key)
            && self.is_directional_below(&target, seen)
        {
            return true;
        }
        below(schema)
            .iter()
            .chain(&schema.all_of)
            .any(|schema| self.is_directional_below(schema, seen))
    }

    /// Tells each type of the crate whether requests or responses reach it.
    pub(super) fn mark_types(&mut self, tags: &[ir::Tag]) {
        for operation in tags.iter().flat_map(|tag| &tag.operations) {
            for parameter in &operation.parameters {
                self.mark(&parameter.value, Direction::Request);
            }
            if let Some(body) = &operation.body
                && !matches!(body.kind, BodyKind::Text | BodyKind::Binary)
            {
                self.mark(&body.value, Direction::Request);
            }
            for success in &operation.successes {
                if let Content::Json { value, .. } = &success.content {
                    self.mark(value, Direction::Response);
                }
                for header in &success.headers {
                    self.mark(&header.value, Direction::Response);
                }
            }
        }
    }

    fn mark(&mut self, value: &Use, direction: Direction) {
        let Some(id) = named(value) else { return };
        for direction in also_stored(self.types[id.0].stored, direction) {
            let reach = &mut self.types[id.0].reach;
            if reach.has(*direction) {
                continue;
            }
            reach.add(*direction);
            for value in parts(&self.types[id.0].kind) {
                self.mark(&value, *direction);
            }
        }
    }

    /// Puts a `Box` where a type would contain itself.
    pub(super) fn box_recursion(&mut self) {
        for index in 0..self.types.len() {
            let own = TypeId(index);
            let mut boxed = Vec::new();
            match &self.types[index].kind {
                Kind::Struct(object) => {
                    for member in &object.members {
                        boxed.push(self.contains(&member.value, own));
                    }
                }
                Kind::Union(union) => {
                    for alternative in &union.alternatives {
                        boxed.push(self.contains(&alternative.value, own));
                    }
                }
                _ => {}
            }
            match &mut self.types[index].kind {
                Kind::Struct(object) => {
                    for (member, boxed) in object.members.iter_mut().zip(boxed) {
                        member.boxed = boxed;
                    }
                }
                Kind::Union(union) => {
                    for (alternative, boxed) in union.alternatives.iter_mut().zip(boxed) {
                        alternative.boxed = boxed;
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a value of `value` holds one of `wanted` without anything
    /// between that lives on the heap.
    fn contains(&self, value: &Use, wanted: TypeId) -> bool {
        let mut seen = HashSet::new();
        let mut todo = vec![value.clone()];
        while let Some(value) = todo.pop() {
            let Shape::Named(id) = value.shape else {
                continue;
            };
            if id == wanted {
                return true;
            }
            if !seen.insert(id) {
                continue;
            }
            match &self.types[id.0].kind {
                Kind::Struct(object) => {
                    todo.extend(
                        object
                            .members
                            .iter()
                            .filter(|member| !member.boxed)
                            .map(|member| member.value.clone()),
                    );
                }
                Kind::Union(union) => {
                    todo.extend(
                        union
                            .alternatives
                            .iter()
                            .filter(|alternative| !alternative.boxed)
                            .map(|alternative| alternative.value.clone()),
                    );
                }
                _ => {}
            }
        }
        false
    }
}

/// The directions that a type is needed for. What implementations store as JSON they
/// write as answers are written, and read as requests are read.
fn also_stored(stored: bool, direction: Direction) -> &'static [Direction] {
    match direction {
        _ if stored => &[Direction::Request, Direction::Response],
        Direction::Request => &[Direction::Request],
        Direction::Response => &[Direction::Response],
    }
}

/// The schemas within `schema` that have types of their own, references not
/// followed.
fn below(schema: &Schema) -> Vec<Rc<Schema>> {
    let mut below: Vec<Rc<Schema>> = Vec::new();
    below.extend(schema.items.clone());
    below.extend(
        schema
            .properties
            .iter()
            .map(|(_, _, schema)| schema.clone()),
    );
    if let Additional::Schema(schema) = &schema.additional {
        below.push(schema.clone());
    }
    below.extend(schema.content_schema.clone());
    for list in [&schema.one_of, &schema.any_of] {
        below.extend(list.iter().cloned());
    }
    below
}

/// The named type that `value` is made of.
fn named(value: &Use) -> Option<TypeId> {
    match &value.shape {
        Shape::Named(id) => Some(*id),
        Shape::Array { item, .. } => named(item),
        Shape::Map { value, .. } => named(value),
        Shape::Any | Shape::Scalar(_) | Shape::Fixed { .. } => None,
    }
}

/// The values that a type is made of.
pub(super) fn parts(kind: &Kind) -> Vec<Use> {
    match kind {
        Kind::Struct(object) => object
            .members
            .iter()
            .map(|member| member.value.clone())
            .chain(object.extra.iter().map(|extra| extra.value.clone()))
            .collect(),
        Kind::Union(union) => union
            .alternatives
            .iter()
            .map(|alternative| alternative.value.clone())
            .collect(),
        Kind::Pending | Kind::Enum(_) | Kind::Newtype(_) | Kind::Secret(_) | Kind::Id(_) => {
            Vec::new()
        }
    }
}
