//! `type: integer`.

use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::{Deserializer, Error, Visitor};

use super::number::json_number;
use super::{Describe, Schema, refuse};
use crate::cx::{Cx, Source};

/// An integer with its bounds. `1.0` is one, as JSON Schema 2020-12 says.
#[derive(Debug)]
pub struct IntegerSchema {
    minimum: i64,
    maximum: i64,
    exclusive_minimum: Option<i64>,
    exclusive_maximum: Option<i64>,
    multiple_of: Option<i64>,
    one_of: &'static [i64],
    format: Option<&'static str>,
}

/// Any 64-bit integer.
#[must_use]
pub const fn integer() -> IntegerSchema {
    IntegerSchema {
        minimum: i64::MIN,
        maximum: i64::MAX,
        exclusive_minimum: None,
        exclusive_maximum: None,
        multiple_of: None,
        one_of: &[],
        format: None,
    }
}

impl IntegerSchema {
    /// `format: int32`: its range is a bound.
    #[must_use]
    pub const fn int32(self) -> Self {
        Self {
            minimum: if self.minimum < i32::MIN as i64 {
                i32::MIN as i64
            } else {
                self.minimum
            },
            maximum: if self.maximum > i32::MAX as i64 {
                i32::MAX as i64
            } else {
                self.maximum
            },
            format: Some("int32"),
            ..self
        }
    }

    /// `format: int64`.
    #[must_use]
    pub const fn int64(self) -> Self {
        Self {
            format: Some("int64"),
            ..self
        }
    }

    /// At least this.
    #[must_use]
    pub const fn minimum(self, minimum: i64) -> Self {
        Self { minimum, ..self }
    }

    /// At most this.
    #[must_use]
    pub const fn maximum(self, maximum: i64) -> Self {
        Self { maximum, ..self }
    }

    /// More than this.
    #[must_use]
    pub const fn exclusive_minimum(self, exclusive_minimum: i64) -> Self {
        Self {
            exclusive_minimum: Some(exclusive_minimum),
            ..self
        }
    }

    /// Less than this.
    #[must_use]
    pub const fn exclusive_maximum(self, exclusive_maximum: i64) -> Self {
        Self {
            exclusive_maximum: Some(exclusive_maximum),
            ..self
        }
    }

    /// A multiple of this positive number.
    #[must_use]
    pub const fn multiple_of(self, multiple_of: i64) -> Self {
        Self {
            multiple_of: Some(multiple_of),
            ..self
        }
    }

    /// One of these.
    #[must_use]
    pub const fn one_of(self, one_of: &'static [i64]) -> Self {
        Self { one_of, ..self }
    }

    fn check(&self, value: i64, cx: &mut Cx) -> Option<i64> {
        let mark = cx.mark();
        if value < self.minimum {
            cx.violation("minimum", format!("must be at least {}", self.minimum));
        }
        if value > self.maximum {
            cx.violation("maximum", format!("must be at most {}", self.maximum));
        }
        if let Some(bound) = self.exclusive_minimum
            && value <= bound
        {
            cx.violation("exclusiveMinimum", format!("must be more than {bound}"));
        }
        if let Some(bound) = self.exclusive_maximum
            && value >= bound
        {
            cx.violation("exclusiveMaximum", format!("must be less than {bound}"));
        }
        if let Some(multiple_of) = self.multiple_of
            && value.checked_rem(multiple_of) != Some(0)
        {
            cx.violation("multipleOf", format!("must be a multiple of {multiple_of}"));
        }
        if !self.one_of.is_empty() && !self.one_of.contains(&value) {
            let known: Vec<String> = self.one_of.iter().map(i64::to_string).collect();
            cx.violation("enum", format!("must be one of {}", known.join(", ")));
        }
        (cx.mark() == mark).then_some(value)
    }

    fn check_float(&self, value: f64, cx: &mut Cx) -> Option<i64> {
        if value.fract() != 0.0 {
            cx.violation("type", "must be an integer");
            return None;
        }
        // Beyond 2^63 every double is integral; the bounds are what it breaks. What
        // reads as -2^63 here is less, or it would have come as an integer.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the cast saturates, and saturated values are refused by name"
        )]
        let integer = value as i64;
        if value >= 9_223_372_036_854_775_808.0 {
            cx.violation("maximum", format!("must be at most {}", self.maximum));
            return None;
        }
        if value <= -9_223_372_036_854_775_808.0 {
            cx.violation("minimum", format!("must be at least {}", self.minimum));
            return None;
        }
        self.check(integer, cx)
    }

    /// The description without a name.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "poem-openapi describes bounds as doubles"
    )]
    pub fn describe(&self) -> MetaSchema {
        let mut meta = MetaSchema::new("integer");
        let (low, high) = if self.format == Some("int32") {
            (i64::from(i32::MIN), i64::from(i32::MAX))
        } else {
            (i64::MIN, i64::MAX)
        };
        meta.format = self.format;
        meta.minimum = self
            .exclusive_minimum
            .or((self.minimum > low).then_some(self.minimum))
            .map(|bound| bound as f64);
        meta.exclusive_minimum = self.exclusive_minimum.map(|_| true);
        meta.maximum = self
            .exclusive_maximum
            .or((self.maximum < high).then_some(self.maximum))
            .map(|bound| bound as f64);
        meta.exclusive_maximum = self.exclusive_maximum.map(|_| true);
        meta.multiple_of = self.multiple_of.map(|value| value as f64);
        meta.enum_items = self.one_of.iter().map(|value| (*value).into()).collect();
        meta
    }
}

impl Describe for IntegerSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(self.describe()))
    }
}

impl Schema for IntegerSchema {
    type Value = i64;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<i64>, D::Error> {
        input.deserialize_any(IntegerVisitor { schema: self, cx })
    }
}

struct IntegerVisitor<'a> {
    schema: &'a IntegerSchema,
    cx: &'a mut Cx,
}

impl<'de> Visitor<'de> for IntegerVisitor<'_> {
    type Value = Option<i64>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an integer")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.schema.check(value, self.cx))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => {
                self.cx.violation(
                    "maximum",
                    format!("must be at most {}", self.schema.maximum),
                );
                Ok(None)
            }
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.schema.check_float(value, self.cx))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if self.cx.source() == Source::Text
            && let Some(number) = json_number(text)
        {
            return match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(value), _, _) => self.visit_i64(value),
                (_, Some(value), _) => self.visit_u64(value),
                (_, _, Some(value)) => self.visit_f64(value),
                _ => Ok(None),
            };
        }
        self.cx.violation("type", "must be an integer");
        Ok(None)
    }

    refuse!("an integer": boolean, null, array, object);
}
