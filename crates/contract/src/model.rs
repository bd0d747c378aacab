//! Named schemas: objects and enumerations.

use std::borrow::Cow;
use std::fmt;

use poem_openapi::registry::{MetaSchema, Registry};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::cx::Cx;
use crate::field::Slot;
use crate::schema::{Schema, Seed, refuse};

/// A named schema of the document.
pub trait Model: Sized + Send + Sync + 'static {
    /// Its name under `components/schemas`.
    const NAME: &'static str;

    /// Its description.
    fn meta() -> MetaSchema;

    /// Puts the models it uses into the registry.
    fn register_members(_registry: &mut Registry) {}

    /// Puts it and the models it uses into the registry.
    fn register(registry: &mut Registry) {
        // A schema that contains itself is registered before its members.
        if registry.schemas.contains_key(Self::NAME) {
            return;
        }
        registry.schemas.insert(Self::NAME.to_owned(), Self::meta());
        Self::register_members(registry);
    }
}

/// A model that requests carry.
pub trait Decode: Model {
    /// Reads a value; `None` when it was refused and `cx` says why.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    fn decode<'de, D: Deserializer<'de>>(input: D, cx: &mut Cx) -> Result<Option<Self>, D::Error>;
}

/// The members of an object while it is being read, implemented by generated
/// code with one [`Slot`] per member.
pub trait Members<'de>: Default {
    /// Reads the member `name`.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    fn read<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        member: Member<'_, 'de, A>,
    ) -> Result<(), A::Error>;
}

/// One member of an object: its value is still to be read.
pub struct Member<'a, 'de, A> {
    map: &'a mut A,
    cx: &'a mut Cx,
    name: &'a str,
    lifetime: std::marker::PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> Member<'_, 'de, A> {
    /// Decodes the value into its slot; a member that stands twice is a
    /// violation.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    pub fn decode<S: Schema>(self, schema: &S, slot: &mut Slot<S::Value>) -> Result<(), A::Error> {
        let Self { map, cx, name, .. } = self;
        if !slot.is_absent() {
            map.next_value::<IgnoredAny>()?;
            cx.member_violation(name, "duplicate", "stands twice");
            *slot = Slot::Invalid;
            return Ok(());
        }
        let mark = cx.mark();
        let value = map.next_value_seed(Seed {
            schema,
            cx: &mut *cx,
        })?;
        cx.enclose(mark, name);
        *slot = value.map_or(Slot::Invalid, Slot::Value);
        Ok(())
    }

    /// Refuses a member that the schema does not have.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    pub fn refuse(self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>()?;
        self.cx.member_violation(
            self.name,
            "additionalProperties",
            "is not a member of this object",
        );
        Ok(())
    }

    /// Passes over a member that is accepted and not used (`readOnly`).
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    pub fn ignore(self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(|_| ())
    }

    /// Decodes the value of a free name (`additionalProperties: schema`) into
    /// `extra`.
    ///
    /// # Errors
    /// Only when the input is not well-formed.
    pub fn collect<S: Schema>(
        self,
        schema: &S,
        extra: &mut indexmap::IndexMap<String, S::Value>,
    ) -> Result<(), A::Error> {
        let name = self.name.to_owned();
        let mut slot = Slot::Absent;
        if extra.contains_key(&name) {
            slot = Slot::Invalid;
        }
        self.decode(schema, &mut slot)?;
        if let Slot::Value(value) = slot {
            extra.insert(name, value);
        }
        Ok(())
    }
}

/// Reads an object member by member. `None` when the input is no object; what is
/// wrong with single members stands in their slots and in `cx`.
///
/// # Errors
/// Only when the input is not well-formed.
pub fn object<'de, M: Members<'de>, D: Deserializer<'de>>(
    input: D,
    cx: &mut Cx,
) -> Result<Option<M>, D::Error> {
    input.deserialize_any(ObjectVisitor {
        members: M::default(),
        cx,
    })
}

struct ObjectVisitor<'a, M> {
    members: M,
    cx: &'a mut Cx,
}

impl<'de, M: Members<'de>> Visitor<'de> for ObjectVisitor<'_, M> {
    type Value = Option<M>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let member = Member {
                map: &mut map,
                cx: &mut *self.cx,
                name: &name,
                lifetime: std::marker::PhantomData,
            };
            self.members.read(&name, member)?;
        }
        Ok(Some(self.members))
    }

    refuse!("an object": boolean, number, string, null, array);
}

/// Borrows a member's name where the input allows it.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Records `minProperties` and `maxProperties` of an object with `count` members.
pub fn check_properties(cx: &mut Cx, count: usize, min: usize, max: usize) {
    if count < min {
        cx.violation("minProperties", format!("must have at least {min} members"));
    }
    if count > max {
        cx.violation("maxProperties", format!("must have at most {max} members"));
    }
}

/// Reads a string that must be one of `values`; gives its index.
///
/// # Errors
/// Only when the input is not well-formed.
pub fn enumeration<'de, D: Deserializer<'de>>(
    input: D,
    values: &'static [&'static str],
    cx: &mut Cx,
) -> Result<Option<usize>, D::Error> {
    input.deserialize_any(EnumerationVisitor { values, cx })
}

struct EnumerationVisitor<'a> {
    values: &'static [&'static str],
    cx: &'a mut Cx,
}

impl<'de> Visitor<'de> for EnumerationVisitor<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let index = self.values.iter().position(|value| *value == text);
        if index.is_none() {
            self.cx
                .violation("enum", format!("must be one of {}", self.values.join(", ")));
        }
        Ok(index)
    }

    refuse!("a string": boolean, number, null, array, object);
}
