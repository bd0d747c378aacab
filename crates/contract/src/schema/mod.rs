//! Schemas as values: each decodes strictly and describes itself.
//!
//! A schema never stops at the first violation. Input of the wrong type is
//! recorded in [`Cx`] and passed over; only input that is not well-formed at all
//! is an error of the deserialiser.

mod any;
mod array;
mod binary;
mod boolean;
mod format;
mod integer;
mod map;
mod nullable;
mod number;
mod parsed;
mod pattern;
mod string;
mod temporal;
mod uri;
mod uuid;

use std::marker::PhantomData;

use poem_openapi::registry::{MetaSchemaRef, Registry};
use serde::de::{DeserializeSeed, Deserializer};

pub use self::any::{AnySchema, any};
pub use self::array::{ArraySchema, UniqueSchema, array};
pub use self::binary::{Base64, Base64Schema, BinarySchema, base64, binary};
pub use self::boolean::{BooleanSchema, boolean};
pub use self::format::Format;
pub use self::integer::{IntegerSchema, integer};
pub use self::map::{MapSchema, map};
pub use self::nullable::{NullableSchema, nullable};
pub use self::number::{NumberSchema, number};
pub(crate) use self::parsed::parsed;
pub use self::pattern::Pattern;
pub use self::string::{ANY_STRING, StringSchema, string};
pub use self::temporal::{DateSchema, DateTimeSchema, date, date_time};
pub use self::uuid::{UuidSchema, uuid};
use crate::cx::Cx;
use crate::model::{Decode, Model};

/// Describes a value of the document to poem-openapi's registry.
pub trait Describe: Sync {
    /// How the registry describes it.
    fn meta(&self) -> MetaSchemaRef;

    /// Puts the named schemas it uses into the registry.
    fn register(&self, _registry: &mut Registry) {}
}

/// Decodes one value of the document.
pub trait Schema: Describe {
    /// What a valid value becomes.
    type Value;

    /// Reads a value; `None` when it was refused and `cx` says why.
    ///
    /// # Errors
    /// Only when the input cannot be read on: it is not well-formed.
    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Self::Value>, D::Error>;
}

/// The schema of a named model.
#[derive(Debug)]
pub struct ModelSchema<T>(PhantomData<fn() -> T>);

/// The schema of the model `T`.
#[must_use]
pub const fn model<T: Model>() -> ModelSchema<T> {
    ModelSchema(PhantomData)
}

impl<T: Model> Describe for ModelSchema<T> {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Reference(T::NAME.to_owned())
    }

    fn register(&self, registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Decode> Schema for ModelSchema<T> {
    type Value = T;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<T>, D::Error> {
        T::decode(input, cx)
    }
}

/// A schema and its context as serde's seed.
pub(crate) struct Seed<'a, S> {
    pub(crate) schema: &'a S,
    pub(crate) cx: &'a mut Cx,
}

impl<'de, S: Schema> DeserializeSeed<'de> for Seed<'_, S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        self.schema.decode(input, self.cx)
    }
}

/// Visitor methods for JSON types that a schema does not take: the value is
/// passed over and a violation of `type` recorded. The visitor has a `cx`.
macro_rules! refuse {
    ($expected:literal: $($kind:ident),+) => { $($crate::schema::refuse!(@ $kind $expected);)+ };
    (@ boolean $expected:literal) => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            self.cx.violation("type", concat!("must be ", $expected, ", not a boolean"));
            Ok(None)
        }
    };
    (@ number $expected:literal) => {
        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            self.cx.violation("type", concat!("must be ", $expected, ", not a number"));
            Ok(None)
        }
        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            self.cx.violation("type", concat!("must be ", $expected, ", not a number"));
            Ok(None)
        }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            self.cx.violation("type", concat!("must be ", $expected, ", not a number"));
            Ok(None)
        }
    };
    (@ string $expected:literal) => {
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            self.cx.violation("type", concat!("must be ", $expected, ", not a string"));
            Ok(None)
        }
    };
    (@ null $expected:literal) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            self.cx.violation("type", concat!("must be ", $expected, ", not null"));
            Ok(None)
        }
    };
    (@ array $expected:literal) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            self.cx.violation("type", concat!("must be ", $expected, ", not an array"));
            Ok(None)
        }
    };
    (@ object $expected:literal) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            while members.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
            self.cx.violation("type", concat!("must be ", $expected, ", not an object"));
            Ok(None)
        }
    };
}
pub(crate) use refuse;
