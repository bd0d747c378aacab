//! `oneOf` and `anyOf`.

use serde::de::Deserializer;
use serde_json::Value;

use crate::cx::Cx;
use crate::schema::{Schema, any};
use crate::violation::Violation;

/// A value that is looked at before it is decoded.
#[derive(Debug)]
pub struct Buffered(
    // None when a member stands twice, which is recorded already.
    Option<Value>,
);

impl Buffered {
    /// Reads the value.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    pub fn read<'de, D: Deserializer<'de>>(input: D, cx: &mut Cx) -> Result<Self, D::Error> {
        any().decode(input, cx).map(Self)
    }

    /// The discriminator: the member `name`, which must be one of `tags`.
    pub fn tag(
        &self,
        cx: &mut Cx,
        name: &str,
        tags: &'static [&'static str],
    ) -> Option<&'static str> {
        let Value::Object(members) = self.0.as_ref()? else {
            cx.violation("type", "must be an object");
            return None;
        };
        let Some(tag) = members.get(name) else {
            cx.member_violation(name, "required", "is required");
            return None;
        };
        let known = tags
            .iter()
            .copied()
            .find(|known| tag.as_str() == Some(known));
        if known.is_none() {
            cx.member_violation(name, "enum", format!("must be one of {}", tags.join(", ")));
        }
        known
    }

    /// Decodes the value.
    ///
    /// # Errors
    /// When it breaks off, which a buffered value does not.
    pub fn decode<S: Schema, E: serde::de::Error>(
        &self,
        cx: &mut Cx,
        schema: &S,
    ) -> Result<Option<S::Value>, E> {
        match &self.0 {
            Some(value) => schema.decode(value, cx).map_err(E::custom),
            None => Ok(None),
        }
    }
}

/// Tries the alternatives of a union without a discriminator.
#[derive(Debug)]
pub struct Alternatives<'a, T> {
    // None when a member stands twice, which is recorded already.
    value: Option<Value>,
    cx: &'a mut Cx,
    found: Option<T>,
    matches: usize,
    /// What is wrong with each alternative that takes values of this JSON type.
    near: Vec<Vec<Violation>>,
}

impl<'a, T> Alternatives<'a, T> {
    /// Reads the value.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    pub fn read<'de, D: Deserializer<'de>>(input: D, cx: &'a mut Cx) -> Result<Self, D::Error> {
        Ok(Self {
            value: any().decode(input, cx)?,
            cx,
            found: None,
            matches: 0,
            near: Vec::new(),
        })
    }

    /// Tries one alternative.
    #[must_use]
    pub fn or<S: Schema>(mut self, schema: &S, wrap: impl FnOnce(S::Value) -> T) -> Self {
        let Some(value) = &self.value else {
            return self;
        };
        let mark = self.cx.mark();
        let value = schema.decode(value, self.cx).unwrap_or_default();
        let wrong = self.cx.take(mark);
        match value {
            Some(value) if wrong.is_empty() => {
                self.matches += 1;
                self.found.get_or_insert_with(|| wrap(value));
            }
            _ if !wrong.iter().any(is_other_type) => self.near.push(wrong),
            _ => {}
        }
        self
    }

    /// No alternative has matched. Where one alone takes values of this JSON type, what
    /// is wrong with it says more than that there are others.
    fn none(self, keyword: &'static str) {
        match <[_; 1]>::try_from(self.near) {
            Ok([wrong]) if !wrong.is_empty() => self.cx.put_back(wrong),
            _ => self
                .cx
                .violation(keyword, "must be one of the documented alternatives"),
        }
    }

    /// `oneOf`: exactly one must have matched.
    pub fn exactly_one(self) -> Option<T> {
        self.value.as_ref()?;
        match self.matches {
            1 => self.found,
            0 => {
                self.none("oneOf");
                None
            }
            several => {
                self.cx.violation(
                    "oneOf",
                    format!("must be exactly one of the documented alternatives, not {several}"),
                );
                None
            }
        }
    }

    /// `anyOf`: the first that has matched.
    pub fn first(self) -> Option<T> {
        self.value.as_ref()?;
        if self.found.is_none() {
            self.none("anyOf");
            return None;
        }
        self.found
    }
}

/// Whether the value itself is of another JSON type than the alternative takes.
fn is_other_type(violation: &Violation) -> bool {
    violation.keyword == "type" && violation.pointer.as_deref() == Some("")
}
