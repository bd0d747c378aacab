//! How generated models describe themselves to poem-openapi's registry.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};

use crate::schema::Describe;

/// A member of an object, for its description.
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What its value is.
    pub schema: &'static dyn Describe,
    /// What an absent one means, as JSON.
    pub default: Option<&'static str>,
}

impl Property {
    /// A member that must be there.
    #[must_use]
    pub const fn required(name: &'static str, schema: &'static dyn Describe) -> Self {
        Self {
            name,
            required: true,
            schema,
            default: None,
        }
    }

    /// A member that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, schema: &'static dyn Describe) -> Self {
        Self {
            name,
            required: false,
            schema,
            default: None,
        }
    }

    /// What an absent one means, as JSON.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    fn meta(&self) -> MetaSchemaRef {
        let schema = self.schema.meta();
        match self.default {
            None => schema,
            Some(default) => {
                let mut meta = MetaSchema::ANY;
                meta.default = serde_json::from_str(default).ok();
                schema.merge(meta)
            }
        }
    }
}

impl std::fmt::Debug for Property {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// An object of these members.
#[must_use]
pub fn object_meta(properties: &[Property]) -> MetaSchema {
    let mut meta = MetaSchema::new("object");
    meta.required = properties
        .iter()
        .filter(|property| property.required)
        .map(|property| property.name)
        .collect();
    meta.properties = properties
        .iter()
        .map(|property| (property.name, property.meta()))
        .collect();
    meta
}

/// [`object_meta`] with a smallest and a largest number of members.
#[must_use]
pub fn counted_object_meta(
    properties: &[Property],
    min_properties: Option<usize>,
    max_properties: Option<usize>,
) -> MetaSchema {
    MetaSchema {
        min_properties,
        max_properties,
        ..object_meta(properties)
    }
}

/// Registers what the members of an object refer to.
pub fn register_properties(properties: &[Property], registry: &mut Registry) {
    for property in properties {
        property.schema.register(registry);
    }
}

/// One of several schemas; `discriminator` is the member that tells which.
#[must_use]
pub fn one_of_meta(
    alternatives: &[&dyn Describe],
    discriminator: Option<&'static str>,
) -> MetaSchema {
    let mut meta = MetaSchema::ANY;
    meta.one_of = alternatives.iter().map(|one| one.meta()).collect();
    meta.discriminator =
        discriminator.map(
            |property_name| poem_openapi::registry::MetaDiscriminatorObject {
                property_name,
                mapping: Vec::new(),
            },
        );
    meta
}

/// Any of several schemas.
#[must_use]
pub fn any_of_meta(alternatives: &[&dyn Describe]) -> MetaSchema {
    let mut meta = MetaSchema::ANY;
    meta.any_of = alternatives.iter().map(|one| one.meta()).collect();
    meta
}

/// The description of a scalar, to be put under a name.
#[must_use]
pub fn inline_meta(schema: &dyn Describe) -> MetaSchema {
    match schema.meta() {
        MetaSchemaRef::Inline(meta) => *meta,
        reference @ MetaSchemaRef::Reference(_) => {
            let mut meta = MetaSchema::ANY;
            meta.all_of = vec![reference];
            meta
        }
    }
}
