//! `format: uuid`.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::Deserializer;
use uuid::Uuid;

use super::{Describe, Schema, parsed};
use crate::cx::Cx;

/// A UUID in its hyphenated form (RFC 9562).
#[derive(Debug)]
pub struct UuidSchema(());

/// A UUID.
#[must_use]
pub const fn uuid() -> UuidSchema {
    UuidSchema(())
}

impl Describe for UuidSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "uuid")))
    }
}

impl Schema for UuidSchema {
    type Value = Uuid;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Uuid>, D::Error> {
        parsed(input, cx, |text, cx| {
            // Of the forms that the parser takes, only the hyphenated one is so long.
            let id = (text.len() == 36)
                .then(|| Uuid::try_parse(text).ok())
                .flatten();
            if id.is_none() {
                cx.violation("format", "must be a UUID in its hyphenated form");
            }
            id
        })
    }
}
