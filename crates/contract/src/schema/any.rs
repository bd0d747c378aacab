//! The empty schema: any JSON value.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::Deserialize;
use serde::de::Deserializer;

use super::{Describe, Schema};
use crate::cx::Cx;

/// Any JSON value, kept as it is.
#[derive(Debug)]
pub struct AnySchema(());

/// Any JSON value.
#[must_use]
pub const fn any() -> AnySchema {
    AnySchema(())
}

impl Describe for AnySchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::ANY))
    }
}

impl Schema for AnySchema {
    type Value = serde_json::Value;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        _cx: &mut Cx,
    ) -> Result<Option<Self::Value>, D::Error> {
        serde_json::Value::deserialize(input).map(Some)
    }
}
