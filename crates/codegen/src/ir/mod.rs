//! A document as the writers see it: references followed, names chosen, every
//! keyword understood.

mod operation;
mod schema;

pub(crate) use operation::{
    Body, BodyKind, Content, Failure, Notation, Operation, Parameter, Part, RateLimit, Requirement,
    ResponseHeader, Success,
};
pub(crate) use schema::{
    Alternative, Extra, Integer, Kind, Member, Number, Presence, Reach, Scalar, Shape, Struct,
    Text, TypeDef, TypeId, Union, UnionKind, Use, Variant,
};

/// A document.
#[derive(Debug)]
pub(crate) struct Document {
    /// The file, as `openapi/organisations.yaml`.
    pub(crate) source: String,
    /// The file's name without extension.
    pub(crate) stem: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) types: Vec<TypeDef>,
}

/// A tag and its operations: one module and one trait.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) operations: Vec<Operation>,
}

impl Document {
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.tags.iter().flat_map(|tag| &tag.operations)
    }

    pub(crate) fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0]
    }
}
