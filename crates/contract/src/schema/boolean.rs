//! `type: boolean`.

use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::{Deserializer, Error, Visitor};

use super::{Describe, Schema, refuse};
use crate::cx::{Cx, Source};

/// `true` or `false`; in parameters exactly these words.
#[derive(Debug)]
pub struct BooleanSchema(());

/// A boolean.
#[must_use]
pub const fn boolean() -> BooleanSchema {
    BooleanSchema(())
}

impl Describe for BooleanSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new("boolean")))
    }
}

impl Schema for BooleanSchema {
    type Value = bool;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<bool>, D::Error> {
        input.deserialize_any(BooleanVisitor { cx })
    }
}

struct BooleanVisitor<'a> {
    cx: &'a mut Cx,
}

impl<'de> Visitor<'de> for BooleanVisitor<'_> {
    type Value = Option<bool>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match (self.cx.source(), text) {
            (Source::Text, "true") => Ok(Some(true)),
            (Source::Text, "false") => Ok(Some(false)),
            _ => {
                self.cx.violation("type", "must be true or false");
                Ok(None)
            }
        }
    }

    refuse!("a boolean": number, null, array, object);
}
