//! `type: number`.

use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::{Deserializer, Error, Visitor};

use super::{Describe, Schema, refuse};
use crate::cx::{Cx, Source};

/// A finite number with its bounds.
#[derive(Debug)]
pub struct NumberSchema {
    minimum: Option<f64>,
    maximum: Option<f64>,
    exclusive_minimum: Option<f64>,
    exclusive_maximum: Option<f64>,
    multiple_of: Option<&'static str>,
    format: Option<&'static str>,
}

/// Any finite number.
#[must_use]
pub const fn number() -> NumberSchema {
    NumberSchema {
        minimum: None,
        maximum: None,
        exclusive_minimum: None,
        exclusive_maximum: None,
        multiple_of: None,
        format: None,
    }
}

impl NumberSchema {
    /// `format: double` or `float`; a description only.
    #[must_use]
    pub const fn format(self, format: &'static str) -> Self {
        Self {
            format: Some(format),
            ..self
        }
    }

    /// At least this.
    #[must_use]
    pub const fn minimum(self, minimum: f64) -> Self {
        Self {
            minimum: Some(minimum),
            ..self
        }
    }

    /// At most this.
    #[must_use]
    pub const fn maximum(self, maximum: f64) -> Self {
        Self {
            maximum: Some(maximum),
            ..self
        }
    }

    /// More than this.
    #[must_use]
    pub const fn exclusive_minimum(self, minimum: f64) -> Self {
        Self {
            exclusive_minimum: Some(minimum),
            ..self
        }
    }

    /// Less than this.
    #[must_use]
    pub const fn exclusive_maximum(self, maximum: f64) -> Self {
        Self {
            exclusive_maximum: Some(maximum),
            ..self
        }
    }

    /// A multiple of this decimal number, compared exactly: 0.3 is a multiple
    /// of 0.1.
    #[must_use]
    pub const fn multiple_of(self, multiple_of: &'static str) -> Self {
        Self {
            multiple_of: Some(multiple_of),
            ..self
        }
    }

    fn check(&self, value: f64, cx: &mut Cx) -> Option<f64> {
        let mark = cx.mark();
        // No request has such a value, but code that builds a model may.
        if !value.is_finite() {
            cx.violation("type", "must be a finite number");
            return None;
        }
        if let Some(minimum) = self.minimum
            && value < minimum
        {
            cx.violation("minimum", format!("must be at least {minimum}"));
        }
        if let Some(maximum) = self.maximum
            && value > maximum
        {
            cx.violation("maximum", format!("must be at most {maximum}"));
        }
        if let Some(minimum) = self.exclusive_minimum
            && value <= minimum
        {
            cx.violation("exclusiveMinimum", format!("must be more than {minimum}"));
        }
        if let Some(maximum) = self.exclusive_maximum
            && value >= maximum
        {
            cx.violation("exclusiveMaximum", format!("must be less than {maximum}"));
        }
        if let Some(multiple_of) = self.multiple_of
            && !is_multiple(value, multiple_of)
        {
            cx.violation("multipleOf", format!("must be a multiple of {multiple_of}"));
        }
        (cx.mark() == mark).then_some(value)
    }

    /// The description without a name.
    #[must_use]
    pub fn describe(&self) -> MetaSchema {
        let mut meta = MetaSchema::new("number");
        meta.format = self.format;
        meta.minimum = self.minimum.or(self.exclusive_minimum);
        meta.exclusive_minimum = self.exclusive_minimum.map(|_| true);
        meta.maximum = self.maximum.or(self.exclusive_maximum);
        meta.exclusive_maximum = self.exclusive_maximum.map(|_| true);
        meta.multiple_of = self.multiple_of.and_then(|text| text.parse().ok());
        meta
    }
}

/// Compares in decimal, over the shortest text that denotes the double, and
/// exactly at any size.
fn is_multiple(value: f64, multiple_of: &str) -> bool {
    let mut buffer = ryu::Buffer::new();
    let (Some(value), Some(unit)) = (
        Decimal::read(buffer.format_finite(value)),
        Decimal::read(multiple_of).filter(|unit| unit.digits != 0),
    ) else {
        return false;
    };
    let remainder = match u32::try_from(value.exponent.saturating_sub(unit.exponent)) {
        // value = digits * 10^shift units of the last digit of the divisor.
        Ok(shift) => (0..shift).try_fold(value.digits % unit.digits, |rest, _| {
            rest.checked_mul(10).map(|rest| rest % unit.digits)
        }),
        // The divisor has fewer decimals: it is the one to be scaled.
        Err(_) if value.digits == 0 => Some(0),
        Err(_) => 10_u128
            .checked_pow(unit.exponent.abs_diff(value.exponent))
            .and_then(|scale| unit.digits.checked_mul(scale))
            .map(|unit| value.digits % unit),
    };
    remainder == Some(0)
}

/// `digits * 10^exponent`, without its sign and without trailing zeros.
struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// Reads the grammar of JSON numbers; `None` for more digits than fit.
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let mut decimal = Self {
            digits: 0,
            exponent: exponent.parse().ok()?,
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        for digit in whole
            .trim_start_matches('-')
            .chars()
            .chain(fraction.chars())
        {
            decimal.digits = decimal
                .digits
                .checked_mul(10)?
                .checked_add(u128::from(digit.to_digit(10)?))?;
        }
        decimal.exponent = decimal
            .exponent
            .checked_sub(i32::try_from(fraction.len()).ok()?)?;
        while decimal.digits != 0 && decimal.digits.is_multiple_of(10) {
            decimal.digits /= 10;
            decimal.exponent = decimal.exponent.checked_add(1)?;
        }
        Some(decimal)
    }
}

/// Reads `text` by the grammar of JSON numbers: no `+5`, `007`, `inf`, `1e400`.
pub(super) fn json_number(text: &str) -> Option<serde_json::Number> {
    // The parser passes over white space, which is no part of a number.
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        || !text.ends_with(|last: char| last.is_ascii_digit())
    {
        return None;
    }
    serde_json::from_str(text).ok()
}

impl Describe for NumberSchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(self.describe()))
    }
}

impl Schema for NumberSchema {
    type Value = f64;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<f64>, D::Error> {
        input.deserialize_any(NumberVisitor { schema: self, cx })
    }
}

struct NumberVisitor<'a> {
    schema: &'a NumberSchema,
    cx: &'a mut Cx,
}

impl<'de> Visitor<'de> for NumberVisitor<'_> {
    type Value = Option<f64>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "type number is a double; integers have their own schema"
    )]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "type number is a double; integers have their own schema"
    )]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.schema.check(value, self.cx))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if self.cx.source() == Source::Text
            && let Some(value) = json_number(text).and_then(|number| number.as_f64())
        {
            return self.visit_f64(value);
        }
        self.cx.violation("type", "must be a number");
        Ok(None)
    }

    refuse!("a number": boolean, null, array, object);
}
