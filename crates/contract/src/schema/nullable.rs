//! `type: [..., "null"]`.

use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::{Describe, Schema};
use crate::cx::Cx;

/// A value of the inner schema, or null.
#[derive(Debug)]
pub struct NullableSchema<S>(S);

/// `schema`, or null.
pub const fn nullable<S: Describe>(schema: S) -> NullableSchema<S> {
    NullableSchema(schema)
}

impl<S: Describe> Describe for NullableSchema<S> {
    fn meta(&self) -> MetaSchemaRef {
        match self.0.meta() {
            MetaSchemaRef::Inline(mut meta) => {
                meta.nullable = true;
                MetaSchemaRef::Inline(meta)
            }
            // 3.0 ignores what stands beside a reference, so it is wrapped.
            reference @ MetaSchemaRef::Reference(_) => {
                let mut meta = MetaSchema::ANY;
                meta.all_of = vec![reference];
                meta.nullable = true;
                MetaSchemaRef::Inline(Box::new(meta))
            }
        }
    }

    fn register(&self, registry: &mut Registry) {
        self.0.register(registry);
    }
}

impl<S: Schema> Schema for NullableSchema<S> {
    type Value = Option<S::Value>;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Self::Value>, D::Error> {
        input.deserialize_any(NullableVisitor {
            schema: &self.0,
            cx,
        })
    }
}

struct NullableVisitor<'a, S> {
    schema: &'a S,
    cx: &'a mut Cx,
}

impl<'de, S: Schema> Visitor<'de> for NullableVisitor<'_, S> {
    type Value = Option<Option<S::Value>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Some(None))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self
            .schema
            .decode(value.into_deserializer(), self.cx)?
            .map(Some))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self
            .schema
            .decode(value.into_deserializer(), self.cx)?
            .map(Some))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self
            .schema
            .decode(value.into_deserializer(), self.cx)?
            .map(Some))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self
            .schema
            .decode(value.into_deserializer(), self.cx)?
            .map(Some))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self
            .schema
            .decode(value.into_deserializer(), self.cx)?
            .map(Some))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        Ok(self
            .schema
            .decode(SeqAccessDeserializer::new(items), self.cx)?
            .map(Some))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        Ok(self
            .schema
            .decode(MapAccessDeserializer::new(members), self.cx)?
            .map(Some))
    }
}
