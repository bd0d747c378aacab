//! Schemas.

use std::rc::Rc;

use serde_json::Number;

use super::{Fields, Read, Reference};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place, Value};

/// A schema as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) at: Option<Place>,
    pub(crate) reference: Option<Reference>,
    /// Types other than null.
    pub(crate) types: Vec<Type>,
    /// `null` stands in `type`.
    pub(crate) null: bool,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,

    pub(crate) values: Option<Vec<Node>>,
    pub(crate) constant: Option<Node>,
    pub(crate) default: Option<Node>,
    pub(crate) examples: Vec<Node>,
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,

    pub(crate) format: Option<String>,
    pub(crate) pattern: Option<String>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_media_type: Option<String>,
    pub(crate) content_schema: Option<Rc<Schema>>,

    pub(crate) minimum: Option<Number>,
    pub(crate) maximum: Option<Number>,
    pub(crate) exclusive_minimum: Option<Number>,
    pub(crate) exclusive_maximum: Option<Number>,
    pub(crate) multiple_of: Option<Number>,

    pub(crate) items: Option<Rc<Schema>>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) unique_items: bool,

    pub(crate) properties: Vec<(String, Place, Rc<Schema>)>,
    pub(crate) required: Vec<(String, Place)>,
    pub(crate) additional: Additional,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,

    pub(crate) one_of: Vec<Rc<Schema>>,
    pub(crate) any_of: Vec<Rc<Schema>>,
    pub(crate) all_of: Vec<Rc<Schema>>,
    pub(crate) discriminator: Option<Discriminator>,

    pub(crate) redact: bool,
    /// `x-charter-stored`: the implementation keeps it as JSON.
    pub(crate) stored: bool,
    pub(crate) type_id: Option<String>,
    pub(crate) fixed: Option<String>,

    /// The constraining keywords that are written here, with their places.
    pub(crate) written: Vec<(&'static str, Place)>,
}

/// A type of JSON Schema other than null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// `additionalProperties` and `unevaluatedProperties`.
#[derive(Clone, Debug, Default)]
pub(crate) enum Additional {
    /// Nothing is said.
    #[default]
    Unsaid,
    /// `true`, or a schema without constraints.
    Open,
    /// `additionalProperties: false`.
    Closed,
    /// `unevaluatedProperties: false`: closed, also over `allOf`.
    ClosedOverAll,
    /// Every other member follows this schema.
    Schema(Rc<Schema>),
}

/// `discriminator`.
#[derive(Clone, Debug)]
pub(crate) struct Discriminator {
    pub(crate) at: Place,
    pub(crate) property: String,
    pub(crate) mapping: Vec<(String, Place, String)>,
}

/// Keywords of JSON Schema that have no form in Rust here, and what to do instead.
const INEXPRESSIBLE: &[(&str, &str)] = &[
    ("not", "state what is allowed instead"),
    ("if", "use `oneOf` with a discriminator"),
    ("then", "use `oneOf` with a discriminator"),
    ("else", "use `oneOf` with a discriminator"),
    ("dependentRequired", "use `oneOf`"),
    ("dependentSchemas", "use `oneOf`"),
    ("patternProperties", "use `additionalProperties`"),
    ("propertyNames", "use `additionalProperties`"),
    ("prefixItems", "use an object"),
    ("contains", "use `items`"),
    ("minContains", "use `minItems`"),
    ("maxContains", "use `maxItems`"),
    ("unevaluatedItems", "use `items`"),
    ("nullable", "OpenAPI 3.1 writes `type: [.., 'null']`"),
    ("$dynamicRef", "use `$ref`"),
    ("$defs", "use `components/schemas`"),
    ("xml", "XML bodies are written by the implementation"),
];

/// Keywords that constrain a value, and the types they apply to.
pub(crate) const CONSTRAINTS: &[(&str, &[Type])] = &[
    ("format", &[Type::String, Type::Integer, Type::Number]),
    ("pattern", &[Type::String]),
    ("minLength", &[Type::String]),
    ("maxLength", &[Type::String]),
    ("contentEncoding", &[Type::String]),
    ("contentMediaType", &[Type::String]),
    ("contentSchema", &[Type::String]),
    ("minimum", &[Type::Integer, Type::Number]),
    ("maximum", &[Type::Integer, Type::Number]),
    ("exclusiveMinimum", &[Type::Integer, Type::Number]),
    ("exclusiveMaximum", &[Type::Integer, Type::Number]),
    ("multipleOf", &[Type::Integer, Type::Number]),
    ("items", &[Type::Array]),
    ("minItems", &[Type::Array]),
    ("maxItems", &[Type::Array]),
    ("uniqueItems", &[Type::Array]),
    ("properties", &[Type::Object]),
    ("required", &[Type::Object]),
    ("additionalProperties", &[Type::Object]),
    ("unevaluatedProperties", &[Type::Object]),
    ("minProperties", &[Type::Object]),
    ("maxProperties", &[Type::Object]),
];

impl Read for Schema {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        match node.value {
            // `true` is the schema without constraints.
            Value::Bool(true) => {
                return Some(Self {
                    at: Some(node.at.clone()),
                    ..Self::default()
                });
            }
            Value::Bool(false) => {
                diagnostics.report(&node.at, "the schema `false` admits nothing");
                return None;
            }
            _ => {}
        }
        let mut fields = Fields::open(node, "a schema", diagnostics)?;
        let reference = fields.string("$ref").map(|text| Reference {
            text,
            at: fields.place("$ref"),
        });
        let (types, null) = read_types(&mut fields, diagnostics);
        let written = CONSTRAINTS
            .iter()
            .map(|(name, _)| *name)
            .chain(["type", "enum", "const", "oneOf", "anyOf", "allOf"])
            .filter(|name| fields.has(name))
            .map(|name| (name, fields.place(name)))
            .collect();
        let additional = read_additional(&mut fields, diagnostics);
        let mut examples = fields.items("examples").to_vec();
        examples.extend(fields.take("example").cloned());
        let schema = Self {
            at: Some(node.at.clone()),
            reference,
            types,
            null,
            title: fields.string("title"),
            description: fields.string("description"),
            deprecated: fields.flag("deprecated"),
            values: fields.has("enum").then(|| fields.items("enum").to_vec()),
            constant: fields.take("const").cloned(),
            default: fields.take("default").cloned(),
            examples,
            read_only: fields.flag("readOnly"),
            write_only: fields.flag("writeOnly"),
            format: fields.string("format"),
            pattern: fields.string("pattern"),
            min_length: fields.unsigned("minLength"),
            max_length: fields.unsigned("maxLength"),
            content_encoding: fields.string("contentEncoding"),
            content_media_type: fields.string("contentMediaType"),
            content_schema: fields.read("contentSchema").map(Rc::new),
            minimum: fields.number("minimum"),
            maximum: fields.number("maximum"),
            exclusive_minimum: fields.number("exclusiveMinimum"),
            exclusive_maximum: fields.number("exclusiveMaximum"),
            multiple_of: fields.number("multipleOf"),
            items: fields.read("items").map(Rc::new),
            min_items: fields.unsigned("minItems"),
            max_items: fields.unsigned("maxItems"),
            unique_items: fields.flag("uniqueItems"),
            properties: fields
                .read_map("properties")
                .into_iter()
                .map(|(name, at, schema)| (name, at, Rc::new(schema)))
                .collect(),
            required: fields.strings("required"),
            additional,
            min_properties: fields.unsigned("minProperties"),
            max_properties: fields.unsigned("maxProperties"),
            one_of: fields.read_list("oneOf").into_iter().map(Rc::new).collect(),
            any_of: fields.read_list("anyOf").into_iter().map(Rc::new).collect(),
            all_of: fields.read_list("allOf").into_iter().map(Rc::new).collect(),
            discriminator: fields.read("discriminator"),
            redact: fields.flag("x-charter-redact"),
            stored: fields.flag("x-charter-stored"),
            type_id: fields.string("x-charter-type-id"),
            fixed: fields.string("x-charter-type"),
            written,
        };
        fields.flag("x-charter-addition");
        fields.ignore(&["$comment", "externalDocs"]);
        for (keyword, instead) in INEXPRESSIBLE {
            if fields.has(keyword) {
                fields.report(
                    keyword,
                    format!("`{keyword}` cannot be expressed in Rust yet; {instead}"),
                );
                fields.ignore(&[keyword]);
            }
        }
        fields.finish();
        Some(schema)
    }
}

fn read_types(fields: &mut Fields<'_, '_>, diagnostics: &Diagnostics) -> (Vec<Type>, bool) {
    let Some(node) = fields.take("type") else {
        return (Vec::new(), false);
    };
    let nodes = match &node.value {
        Value::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut types = Vec::new();
    let mut null = false;
    for node in nodes {
        match node.as_str() {
            Some("null") => null = true,
            Some("boolean") => types.push(Type::Boolean),
            Some("integer") => types.push(Type::Integer),
            Some("number") => types.push(Type::Number),
            Some("string") => types.push(Type::String),
            Some("array") => types.push(Type::Array),
            Some("object") => types.push(Type::Object),
            _ => diagnostics.report(&node.at, "not a type of JSON Schema"),
        }
    }
    (types, null)
}

fn read_additional(fields: &mut Fields<'_, '_>, diagnostics: &Diagnostics) -> Additional {
    let over_all = match fields.take("unevaluatedProperties") {
        None => None,
        Some(node) => match node.value {
            Value::Bool(false) => Some(Additional::ClosedOverAll),
            _ => {
                diagnostics.report(&node.at, "`unevaluatedProperties` can only be false");
                None
            }
        },
    };
    let Some(node) = fields.take("additionalProperties") else {
        return over_all.unwrap_or_default();
    };
    if over_all.is_some() {
        fields.report(
            "additionalProperties",
            "choose one of `additionalProperties` and `unevaluatedProperties`",
        );
    }
    match &node.value {
        Value::Bool(true) => Additional::Open,
        Value::Bool(false) => Additional::Closed,
        Value::Object(object) if object.is_empty() => Additional::Open,
        _ => Schema::read(node, diagnostics).map_or(Additional::Unsaid, |schema| {
            Additional::Schema(Rc::new(schema))
        }),
    }
}

impl Read for Discriminator {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a discriminator", diagnostics)?;
        let property = fields.required_string("propertyName");
        let mapping = fields
            .members("mapping")
            .filter_map(|(name, entry)| {
                let target = entry.node.as_str();
                if target.is_none() {
                    diagnostics.report(&entry.node.at, "expected a reference to a schema");
                }
                Some((name.to_owned(), entry.node.at.clone(), target?.to_owned()))
            })
            .collect();
        fields.finish();
        Some(Self {
            at: node.at.clone(),
            property: property?,
            mapping,
        })
    }
}
