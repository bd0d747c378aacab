//! `additionalProperties: <schema>`: objects with free names.

use std::fmt;

use indexmap::IndexMap;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Describe, Schema, Seed, refuse};
use crate::cx::Cx;

/// Values of one schema under free names, in the order of the request.
#[derive(Debug)]
pub struct MapSchema<S> {
    value: S,
    min_properties: usize,
    max_properties: usize,
}

/// Any number of values.
pub const fn map<S: Describe>(value: S) -> MapSchema<S> {
    MapSchema {
        value,
        min_properties: 0,
        max_properties: usize::MAX,
    }
}

impl<S: Describe> MapSchema<S> {
    /// At least so many.
    #[must_use]
    pub const fn min_properties(mut self, min_properties: usize) -> Self {
        self.min_properties = min_properties;
        self
    }

    /// At most so many.
    #[must_use]
    pub const fn max_properties(mut self, max_properties: usize) -> Self {
        self.max_properties = max_properties;
        self
    }
}

impl<S: Describe> Describe for MapSchema<S> {
    fn meta(&self) -> MetaSchemaRef {
        let mut meta = MetaSchema::new("object");
        meta.additional_properties = Some(Box::new(self.value.meta()));
        meta.min_properties = (self.min_properties > 0).then_some(self.min_properties);
        meta.max_properties = (self.max_properties < usize::MAX).then_some(self.max_properties);
        MetaSchemaRef::Inline(Box::new(meta))
    }

    fn register(&self, registry: &mut Registry) {
        self.value.register(registry);
    }
}

impl<S: Schema> Schema for MapSchema<S> {
    type Value = IndexMap<String, S::Value>;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Self::Value>, D::Error> {
        input.deserialize_any(MapVisitor { schema: self, cx })
    }
}

struct MapVisitor<'a, S> {
    schema: &'a MapSchema<S>,
    cx: &'a mut Cx,
}

impl<'de, S: Schema> Visitor<'de> for MapVisitor<'_, S> {
    type Value = Option<IndexMap<String, S::Value>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let Self { schema, cx } = self;
        let start = cx.mark();
        let mut values = IndexMap::new();
        let mut count = 0;
        while let Some(name) = members.next_key::<String>()? {
            let mark = cx.mark();
            let seed = Seed {
                schema: &schema.value,
                cx: &mut *cx,
            };
            let value = members.next_value_seed(seed)?;
            cx.enclose(mark, &name);
            count += 1;
            if let Some(value) = value {
                match values.entry(name) {
                    indexmap::map::Entry::Occupied(entry) => {
                        cx.member_violation(entry.key(), "duplicate", "stands twice");
                    }
                    indexmap::map::Entry::Vacant(entry) => {
                        entry.insert(value);
                    }
                }
            }
        }
        if count < schema.min_properties {
            cx.violation(
                "minProperties",
                format!("must have at least {} members", schema.min_properties),
            );
        }
        if count > schema.max_properties {
            cx.violation(
                "maxProperties",
                format!("must have at most {} members", schema.max_properties),
            );
        }
        Ok((cx.mark() == start).then_some(values))
    }

    refuse!("an object": boolean, number, string, null, array);
}
