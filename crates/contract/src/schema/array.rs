//! `type: array`.

use std::collections::HashSet;
use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use serde::Serialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::{Describe, Schema, Seed, refuse};
use crate::cx::Cx;

/// Items of one schema, with bounds on their number.
#[derive(Debug)]
pub struct ArraySchema<S> {
    item: S,
    min_items: usize,
    max_items: usize,
}

/// Any number of items.
pub const fn array<S: Describe>(item: S) -> ArraySchema<S> {
    ArraySchema {
        item,
        min_items: 0,
        max_items: usize::MAX,
    }
}

impl<S: Describe> ArraySchema<S> {
    /// At least so many.
    #[must_use]
    pub const fn min_items(mut self, min_items: usize) -> Self {
        self.min_items = min_items;
        self
    }

    /// At most so many.
    #[must_use]
    pub const fn max_items(mut self, max_items: usize) -> Self {
        self.max_items = max_items;
        self
    }

    /// No two alike.
    pub const fn unique(self) -> UniqueSchema<S> {
        UniqueSchema(self)
    }

    fn describe(&self) -> MetaSchema {
        let mut meta = MetaSchema::new("array");
        meta.items = Some(Box::new(self.item.meta()));
        meta.min_items = (self.min_items > 0).then_some(self.min_items);
        meta.max_items = (self.max_items < usize::MAX).then_some(self.max_items);
        meta
    }
}

impl<S: Describe> Describe for ArraySchema<S> {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(self.describe()))
    }

    fn register(&self, registry: &mut Registry) {
        self.item.register(registry);
    }
}

impl<S: Schema> Schema for ArraySchema<S> {
    type Value = Vec<S::Value>;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Self::Value>, D::Error> {
        input.deserialize_any(ArrayVisitor { schema: self, cx })
    }
}

struct ArrayVisitor<'a, S> {
    schema: &'a ArraySchema<S>,
    cx: &'a mut Cx,
}

impl<'de, S: Schema> Visitor<'de> for ArrayVisitor<'_, S> {
    type Value = Option<Vec<S::Value>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let Self { schema, cx } = self;
        let start = cx.mark();
        let mut values = Vec::with_capacity(items.size_hint().unwrap_or(0).min(1024));
        let mut count = 0;
        loop {
            let mark = cx.mark();
            let seed = Seed {
                schema: &schema.item,
                cx: &mut *cx,
            };
            let Some(value) = items.next_element_seed(seed)? else {
                break;
            };
            cx.enclose_index(mark, count);
            count += 1;
            values.extend(value);
        }
        if count < schema.min_items {
            cx.violation(
                "minItems",
                format!("must have at least {} items", schema.min_items),
            );
        }
        if count > schema.max_items {
            cx.violation(
                "maxItems",
                format!("must have at most {} items", schema.max_items),
            );
        }
        Ok((cx.mark() == start).then_some(values))
    }

    refuse!("an array": boolean, number, string, null, object);
}

/// `uniqueItems: true`.
#[derive(Debug)]
pub struct UniqueSchema<S>(ArraySchema<S>);

impl<S: Describe> Describe for UniqueSchema<S> {
    fn meta(&self) -> MetaSchemaRef {
        let mut meta = self.0.describe();
        meta.unique_items = Some(true);
        MetaSchemaRef::Inline(Box::new(meta))
    }

    fn register(&self, registry: &mut Registry) {
        self.0.register(registry);
    }
}

impl<S: Schema> Schema for UniqueSchema<S>
where
    S::Value: PartialEq + Serialize,
{
    type Value = Vec<S::Value>;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Self::Value>, D::Error> {
        let Some(values) = self.0.decode(input, cx)? else {
            return Ok(None);
        };
        let Some(index) = repeated(&values) else {
            return Ok(Some(values));
        };
        let mark = cx.mark();
        cx.violation("uniqueItems", "repeats an earlier item");
        cx.enclose_index(mark, index);
        Ok(None)
    }
}

/// So many items are compared pair by pair, which needs no memory. More of them
/// are compared by their text, which needs no time that grows with the square.
const PAIRWISE: usize = 32;

/// The index of the first item that repeats an earlier one.
fn repeated<T: PartialEq + Serialize>(values: &[T]) -> Option<usize> {
    if values.len() <= PAIRWISE {
        return (1..values.len()).find(|index| values[..*index].contains(&values[*index]));
    }
    let mut seen = HashSet::with_capacity(values.len());
    values.iter().position(|value| {
        let mut value = serde_json::to_value(value).unwrap_or_default();
        value.sort_all_objects();
        !seen.insert(value.to_string())
    })
}
