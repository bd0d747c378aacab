//! `format: date-time` and `format: date`.

use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::Deserializer;

use super::{Describe, Schema, string};
use crate::cx::Cx;
use crate::time::Timestamp;

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
        let Some(text) = string().decode(input, cx)? else {
            return Ok(None);
        };
        // chrono also takes a space for the T; RFC 3339 leaves that to
        // applications, JSON Schema does not.
        let moment = text
            .as_bytes()
            .get(10)
            .filter(|separator| matches!(separator, b'T' | b't'))
            .and_then(|_| DateTime::parse_from_rfc3339(&text).ok());
        if moment.is_none() {
            cx.violation("format", "must be an RFC 3339 date-time");
        }
        Ok(moment.map(|moment| Timestamp::from(moment.with_timezone(&Utc))))
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
        let Some(text) = string().decode(input, cx)? else {
            return Ok(None);
        };
        let day = (text.len() == 10)
            .then(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok())
            .flatten();
        if day.is_none() {
            cx.violation("format", "must be a date as in 2026-01-31");
        }
        Ok(day)
    }
}
