//! `type: string`.

use std::fmt;
use std::mem::ManuallyDrop;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::{Deserializer, Error, Visitor};

use super::{Describe, Format, Pattern, Schema, refuse};
use crate::cx::Cx;

/// A string with its constraints. Lengths count Unicode characters.
#[derive(Debug)]
pub struct StringSchema {
    min_length: usize,
    max_length: usize,
    // Schemas are statics: a compiled expression is never dropped, and a type
    // without drop glue is what lets the builder be const.
    pattern: ManuallyDrop<Option<Pattern>>,
    format: Option<Format>,
}

/// Any string.
#[must_use]
pub const fn string() -> StringSchema {
    StringSchema {
        min_length: 0,
        max_length: usize::MAX,
        pattern: ManuallyDrop::new(None),
        format: None,
    }
}

/// Any string, for those that have no rule.
pub static ANY_STRING: StringSchema = string();

impl StringSchema {
    /// At least so many characters.
    #[must_use]
    pub const fn min_length(mut self, min_length: usize) -> Self {
        self.min_length = min_length;
        self
    }

    /// At most so many characters.
    #[must_use]
    pub const fn max_length(mut self, max_length: usize) -> Self {
        self.max_length = max_length;
        self
    }

    /// Must match.
    #[must_use]
    pub const fn pattern(mut self, source: &'static str) -> Self {
        self.pattern = ManuallyDrop::new(Some(Pattern::new(source)));
        self
    }

    /// Must have the format.
    #[must_use]
    pub const fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Records every constraint that `text` breaks; true when there is none.
    pub fn check(&self, text: &str, cx: &mut Cx) -> bool {
        let mark = cx.mark();
        // A character has one to four bytes: mostly that is all there is to know.
        if text.len().div_ceil(4) < self.min_length || text.len() > self.max_length {
            let length = text.chars().count();
            if length < self.min_length {
                cx.violation(
                    "minLength",
                    format!("must have at least {} characters", self.min_length),
                );
            }
            if length > self.max_length {
                cx.violation(
                    "maxLength",
                    format!("must have at most {} characters", self.max_length),
                );
            }
        }
        if let Some(pattern) = &*self.pattern
            && !pattern.is_match(text)
        {
            cx.violation("pattern", format!("must match {}", pattern.source()));
        }
        if let Some(format) = self.format
            && !format.is_match(text)
        {
            cx.violation("format", format!("must be a valid {}", format.name()));
        }
        cx.mark() == mark
    }

    /// The description without a name.
    #[must_use]
    pub fn describe(&self) -> MetaSchema {
        let mut meta = MetaSchema::new("string");
        meta.format = self.format.map(Format::name);
        meta.min_length = (self.min_length > 0).then_some(self.min_length);
        meta.max_length = (self.max_length < usize::MAX).then_some(self.max_length);
        meta.pattern = self
            .pattern
            .as_ref()
            .map(|pattern| pattern.source().to_owned());
        meta
    }
}

impl Describe for StringSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(self.describe()))
    }
}

impl Schema for StringSchema {
    type Value = String;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<String>, D::Error> {
        input.deserialize_any(StringVisitor { schema: self, cx })
    }
}

struct StringVisitor<'a> {
    schema: &'a StringSchema,
    cx: &'a mut Cx,
}

impl<'de> Visitor<'de> for StringVisitor<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.schema.check(text, self.cx).then(|| text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(self.schema.check(&text, self.cx).then_some(text))
    }

    refuse!("a string": boolean, number, null, array, object);
}
