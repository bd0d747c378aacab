//! `format: date-time` and `format: date`.

use chrono::NaiveDate;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::Deserializer;

use super::{Describe, Schema, parsed};
use crate::cx::Cx;
use crate::time::{Timestamp, parse_date};

/// An RFC 3339 date-time in any offset; kept in UTC.
#[derive(Debug)]
pub struct DateTimeSchema(());

/// A moment.
#[must_use]
pub const fn date_time() -> DateTimeSchema {
    DateTimeSchema(())
}

impl Describe for DateTimeSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date-time")))
    }
}

impl Schema for DateTimeSchema {
    type Value = Timestamp;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Timestamp>, D::Error> {
        parsed(input, cx, |text, cx| {
            let moment = Timestamp::parse(text);
            if moment.is_none() {
                cx.violation("format", "must be an RFC 3339 date-time");
            }
            moment
        })
    }
}

/// An RFC 3339 full-date.
#[derive(Debug)]
pub struct DateSchema(());

/// A day.
#[must_use]
pub const fn date() -> DateSchema {
    DateSchema(())
}

impl Describe for DateSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date")))
    }
}

impl Schema for DateSchema {
    type Value = NaiveDate;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<NaiveDate>, D::Error> {
        parsed(input, cx, |text, cx| {
            let day = parse_date(text);
            if day.is_none() {
                cx.violation("format", "must be a date as in 2026-01-31");
            }
            day
        })
    }
}
