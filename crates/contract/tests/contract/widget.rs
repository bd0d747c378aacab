//! The models of the test API: every kind of schema once.

use charter_contract::{
    Alternatives, AnySchema, ArraySchema, Base64, Base64Schema, BooleanSchema, Cx, DateSchema,
    DateTimeSchema, Decode, Field, Format, IndexMap, IntegerSchema, MapSchema, Model, ModelSchema,
    NaiveDate, NullableSchema, NumberSchema, StringSchema, Timestamp, UniqueSchema, Uuid,
    UuidSchema, any, array, base64, boolean, date, date_time, integer, map, model, nullable,
    number, one_of_meta, string, uuid,
};
use poem_openapi::registry::MetaSchema;
use serde::de::Deserializer;

use crate::model::model;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WidgetId(Uuid);

charter_contract::type_id!(WidgetId, "widget");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Red,
    Green,
}

charter_contract::enumeration!(Colour {
    Red: "red",
    Green: "green"
});

model! {
    Part ignoring [] {
        required size: i64, "size", IntegerSchema = integer().minimum(0);
        optional label: Option<String>, "a/b~c", StringSchema = string().max_length(3);
        optional inner: Option<Box<Part>>, "inner", Boxed = Boxed;
    }
}

/// A part within a part.
pub(crate) struct Boxed;

impl charter_contract::Describe for Boxed {
    fn meta(&self) -> poem_openapi::registry::MetaSchemaRef {
        model::<Part>().meta()
    }
}

impl charter_contract::Schema for Boxed {
    type Value = Box<Part>;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Box<Part>>, D::Error> {
        Ok(Part::decode(input, cx)?.map(Box::new))
    }
}

model! {
    Circle ignoring [] {
        required kind: CircleKind, "kind", ModelSchema<CircleKind> = model();
        required radius: f64, "radius", NumberSchema = number().exclusive_minimum(0.0);
    }
}

model! {
    Square ignoring [] {
        required kind: SquareKind, "kind", ModelSchema<SquareKind> = model();
        required side: f64, "side", NumberSchema = number().exclusive_minimum(0.0);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CircleKind {
    Circle,
}

charter_contract::enumeration!(CircleKind { Circle: "circle" });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SquareKind {
    Square,
}

charter_contract::enumeration!(SquareKind { Square: "square" });

/// `oneOf` without a discriminator.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Shape {
    Circle(Circle),
    Square(Square),
}

impl Model for Shape {
    const NAME: &'static str = "Shape";

    fn meta() -> MetaSchema {
        one_of_meta(&[&model::<Circle>(), &model::<Square>()], None)
    }
}

impl Decode for Shape {
    fn decode<'de, D: Deserializer<'de>>(input: D, cx: &mut Cx) -> Result<Option<Self>, D::Error> {
        Ok(Alternatives::read(input, cx)?
            .or(&model::<Circle>(), Self::Circle)
            .or(&model::<Square>(), Self::Square)
            .exactly_one())
    }
}

/// `oneOf` whose alternatives overlap: 5 is both.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Amount {
    Small(i64),
    Odd(i64),
}

impl Model for Amount {
    const NAME: &'static str = "Amount";

    fn meta() -> MetaSchema {
        one_of_meta(&[&integer().maximum(9), &integer().multiple_of(5)], None)
    }
}

impl Decode for Amount {
    fn decode<'de, D: Deserializer<'de>>(input: D, cx: &mut Cx) -> Result<Option<Self>, D::Error> {
        Ok(Alternatives::read(input, cx)?
            .or(&integer().maximum(9), Self::Small)
            .or(&integer().multiple_of(5), Self::Odd)
            .exactly_one())
    }
}

model! {
    Widget ignoring ["created_at"] {
        required name: String, "name", StringSchema = string().min_length(2).max_length(10).pattern(r"^\S+$");
        required count: i64, "count", IntegerSchema = integer().minimum(-5).maximum(100);
        optional big: Option<i64>, "big", IntegerSchema = integer();
        optional small: Option<i64>, "small", IntegerSchema = integer().int32();
        optional even: Option<i64>, "even", IntegerSchema = integer().multiple_of(2);
        optional price: Option<f64>, "price", NumberSchema = number().minimum(0.0).exclusive_maximum(1000.0).multiple_of("0.01");
        optional ratio: Option<f64>, "ratio", NumberSchema = number().exclusive_minimum(0.0).maximum(1.0);
        default(true) active: bool, "active", BooleanSchema = boolean();
        nullable note: Field<String>, "note", NullableSchema<StringSchema> = nullable(string().max_length(5));
        optional colour: Option<Colour>, "colour", ModelSchema<Colour> = model();
        optional tags: Option<Vec<String>>, "tags", UniqueSchema<StringSchema> = array(string().min_length(1)).min_items(1).max_items(3).unique();
        optional marks: Option<Vec<i64>>, "marks", UniqueSchema<IntegerSchema> = array(integer()).unique();
        optional parts: Option<Vec<Part>>, "parts", ArraySchema<ModelSchema<Part>> = array(model()).max_items(2);
        optional labels: Option<IndexMap<String, String>>, "labels", MapSchema<StringSchema> = map(string().max_length(5)).min_properties(1).max_properties(2);
        optional email: Option<String>, "email", StringSchema = string().max_length(254).format(Format::Email);
        optional homepage: Option<String>, "homepage", StringSchema = string().format(Format::Uri);
        optional link: Option<String>, "link", StringSchema = string().format(Format::UriReference);
        optional host: Option<String>, "host", StringSchema = string().format(Format::Hostname);
        optional ipv4: Option<String>, "ipv4", StringSchema = string().format(Format::Ipv4);
        optional ipv6: Option<String>, "ipv6", StringSchema = string().format(Format::Ipv6);
        optional born: Option<Timestamp>, "born", DateTimeSchema = date_time();
        optional day: Option<NaiveDate>, "day", DateSchema = date();
        optional uid: Option<Uuid>, "uid", UuidSchema = uuid();
        optional parent: Option<WidgetId>, "parent", ModelSchema<WidgetId> = model();
        optional data: Option<Base64>, "data", Base64Schema = base64();
        optional shape: Option<Shape>, "shape", ModelSchema<Shape> = model();
        optional amount: Option<Amount>, "amount", ModelSchema<Amount> = model();
        optional free: Option<serde_json::Value>, "free", AnySchema = any();
    }
}

model! {
    Filter ignoring [] {
        optional min: Option<i64>, "min", IntegerSchema = integer();
        optional colour: Option<Colour>, "colour", ModelSchema<Colour> = model();
    }
}
