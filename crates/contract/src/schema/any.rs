//! The empty schema: any JSON value.

use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Describe, Schema, Seed};
use crate::cx::Cx;

/// Any JSON value, kept as it is. A name may stand once in an object.
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
    type Value = Value;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Value>, D::Error> {
        input.deserialize_any(AnyVisitor { schema: self, cx })
    }
}

struct AnyVisitor<'a> {
    schema: &'a AnySchema,
    cx: &'a mut Cx,
}

impl<'de> Visitor<'de> for AnyVisitor<'_> {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Some(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Value::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Value::from(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Value::from(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        let number = Number::from_f64(value);
        if number.is_none() {
            self.cx.violation("type", "must be a finite number");
        }
        Ok(number.map(Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Value::String(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(Value::String(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let Self { schema, cx } = self;
        let start = cx.mark();
        let mut values = Vec::new();
        let mut count = 0;
        loop {
            let mark = cx.mark();
            let seed = Seed {
                schema,
                cx: &mut *cx,
            };
            let Some(value) = items.next_element_seed(seed)? else {
                break;
            };
            cx.enclose_index(mark, count);
            count += 1;
            values.extend(value);
        }
        Ok((cx.mark() == start).then_some(Value::Array(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let Self { schema, cx } = self;
        let start = cx.mark();
        let mut values = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let mark = cx.mark();
            let seed = Seed {
                schema,
                cx: &mut *cx,
            };
            let value = members.next_value_seed(seed)?;
            cx.enclose(mark, &name);
            if values.contains_key(&name) {
                cx.member_violation(&name, "duplicate", "stands twice");
            }
            if let Some(value) = value {
                values.insert(name, value);
            }
        }
        Ok((cx.mark() == start).then_some(Value::Object(values)))
    }
}
