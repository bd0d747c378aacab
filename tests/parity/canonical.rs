//! One spelling for what OpenAPI 3.0 and 3.1 spell differently.
//!
//! poem-openapi derives 3.0, people write 3.1. Both become the same tree here when
//! they admit the same values:
//!
//! - `nullable: true`, `"null"` in a `type`, and an alternative of type `null` become
//!   the member `null`;
//! - a union that has one alternative left is that alternative, and so is an `allOf`
//!   of one;
//! - `exclusiveMinimum: true` takes the number beside it, and so does its counterpart;
//! - `const` is an `enum` of one, numbers are doubles, `required` has an order;
//! - what says nothing is left out: `additionalProperties: true`, empty `required`,
//!   a length of at least 0, the bounds that `int32` has anyway;
//! - what is no rule is left out: titles, descriptions, examples, extensions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Schemas of one document by their names.
pub(super) struct Schemas<'a> {
    /// Every named schema.
    pub(super) all: &'a Map<String, Value>,
    /// Those that both sides have a name for. Others stand where they are used.
    pub(super) named: BTreeSet<&'a str>,
}

const PREFIX: &str = "#/components/schemas/";

impl Schemas<'_> {
    /// A schema in the one spelling.
    pub(super) fn canonical(&self, schema: &Value) -> Value {
        match schema {
            Value::Object(members) => Value::Object(self.object(members)),
            other => other.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let int32 = members.get("format") == Some(&json!("int32"));
        let mut out = Map::new();
        for (keyword, value) in members {
            match keyword.as_str() {
                "title" | "description" | "example" | "examples" | "externalDocs" | "$comment" => {}
                extension if extension.starts_with("x-") => {}
                "$ref" => self.reference(value, &mut out),
                "type" => kinds(value, &mut out),
                "nullable" if *value == true => drop(out.insert("null".into(), true.into())),
                "nullable" => {}
                "exclusiveMinimum" if *value == true => {
                    out.insert(keyword.clone(), number(&members["minimum"]));
                }
                "exclusiveMaximum" if *value == true => {
                    out.insert(keyword.clone(), number(&members["maximum"]));
                }
                "minimum" if members.get("exclusiveMinimum") == Some(&json!(true)) => {}
                "maximum" if members.get("exclusiveMaximum") == Some(&json!(true)) => {}
                "const" => drop(out.insert("enum".into(), json!([number(value)]))),
                "enum" => drop(out.insert(keyword.clone(), numbers(value))),
                "required" => required(value, &mut out),
                "properties" => {
                    let properties = value.as_object().into_iter().flatten();
                    let canonical = properties
                        .map(|(name, property)| (name.clone(), self.canonical(property)))
                        .collect();
                    out.insert(keyword.clone(), Value::Object(canonical));
                }
                "additionalProperties" if *value == true || *value == json!({}) => {}
                "minLength" | "minItems" | "minProperties" if *value == 0 => {}
                "minimum" if int32 && *value == i32::MIN => {}
                "maximum" if int32 && *value == i32::MAX => {}
                "items" | "additionalProperties" => {
                    out.insert(keyword.clone(), self.canonical(value));
                }
                "oneOf" | "anyOf" | "allOf" => self.union(keyword, value, &mut out),
                _ => drop(out.insert(keyword.clone(), number(value))),
            }
        }
        if out.contains_key("null")
            && let Some(Value::Array(values)) = out.get_mut("enum")
        {
            values.retain(|value| !value.is_null());
        }
        out
    }

    fn reference(&self, reference: &Value, out: &mut Map<String, Value>) {
        let name = reference
            .as_str()
            .and_then(|text| text.strip_prefix(PREFIX));
        match name {
            Some(name) if !self.named.contains(name) => {
                let schema = self.all.get(name).and_then(Value::as_object);
                for (keyword, value) in self.object(schema.unwrap_or(&Map::new())) {
                    out.entry(keyword).or_insert(value);
                }
            }
            _ => drop(out.insert("$ref".into(), reference.clone())),
        }
    }

    fn union(&self, keyword: &str, alternatives: &Value, out: &mut Map<String, Value>) {
        let alternatives = alternatives.as_array().into_iter().flatten();
        let mut rest: Vec<Value> = alternatives.map(|one| self.canonical(one)).collect();
        let before = rest.len();
        rest.retain(|one| *one != json!({ "null": true }));
        if rest.len() < before {
            out.insert("null".into(), true.into());
        }
        // What poem-openapi merges into a reference it says beside it as well.
        if keyword == "allOf" {
            rest.retain(|one| one.get("$ref").is_some() || before == 1);
        }
        match <[Value; 1]>::try_from(rest) {
            Ok([Value::Object(only)]) => out.extend(only),
            Ok([only]) => drop(out.insert(keyword.to_owned(), json!([only]))),
            Err(rest) => drop(out.insert(keyword.to_owned(), rest.into())),
        }
    }
}

fn kinds(value: &Value, out: &mut Map<String, Value>) {
    let mut kinds: Vec<&str> = match value {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    if kinds.contains(&"null") {
        out.insert("null".into(), true.into());
        kinds.retain(|kind| *kind != "null");
    }
    kinds.sort_unstable();
    if !kinds.is_empty() {
        out.insert("type".into(), kinds.into());
    }
}

fn required(value: &Value, out: &mut Map<String, Value>) {
    let names: BTreeSet<&str> = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !names.is_empty() {
        out.insert("required".into(), names.into_iter().collect());
    }
}

/// Numbers as doubles.
fn number(value: &Value) -> Value {
    match value.as_f64() {
        Some(number) => json!(number),
        None => value.clone(),
    }
}

fn numbers(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(number).collect(),
        other => other.clone(),
    }
}

#[test]
fn two_spellings_become_one() {
    let all = json!({ "Name": { "type": "string", "minLength": 1 }, "Part": {} });
    let schemas = Schemas {
        all: all.as_object().unwrap(),
        named: BTreeSet::from(["Part"]),
    };
    for (older, newer) in [
        (
            json!({ "type": "string", "nullable": true }),
            json!({ "type": ["string", "null"], "description": "A name." }),
        ),
        (
            json!({ "allOf": [{ "$ref": "#/components/schemas/Part" }], "nullable": true }),
            json!({ "anyOf": [{ "$ref": "#/components/schemas/Part" }, { "type": "null" }] }),
        ),
        (
            json!({ "type": "integer", "nullable": true, "maximum": 3.0 }),
            json!({ "oneOf": [{ "type": "null" }, { "type": "integer", "maximum": 3 }] }),
        ),
        (
            json!({ "type": "number", "minimum": 0, "exclusiveMinimum": true }),
            json!({ "type": "number", "exclusiveMinimum": 0.0 }),
        ),
        (
            json!({ "type": "string", "enum": ["a"], "required": [] }),
            json!({ "type": "string", "const": "a", "x-charter-stored": true }),
        ),
        (
            json!({ "type": "string", "enum": ["a"], "nullable": true }),
            json!({ "type": ["null", "string"], "enum": ["a", null] }),
        ),
        (
            json!({ "type": "array", "items": { "type": "string", "minLength": 1.0 } }),
            json!({ "type": "array", "items": { "$ref": "#/components/schemas/Name" } }),
        ),
        (
            json!({
                "allOf": [{ "$ref": "#/components/schemas/Part" }, { "default": 3 }],
                "default": 3,
            }),
            json!({ "$ref": "#/components/schemas/Part", "default": 3 }),
        ),
        (
            json!({ "type": "integer", "format": "int32", "minimum": 0.0 }),
            json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": i32::MAX }),
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "minLength": 0 }),
        ),
        (
            json!({ "type": "object", "required": ["b", "a"] }),
            json!({ "type": "object", "required": ["a", "b"], "additionalProperties": true }),
        ),
    ] {
        assert_eq!(schemas.canonical(&older), schemas.canonical(&newer));
    }
}

/// What differs in what it admits still differs in the one spelling.
#[test]
fn two_meanings_stay_two() {
    let all = json!({ "Part": {}, "Whole": {} });
    let schemas = Schemas {
        all: all.as_object().unwrap(),
        named: BTreeSet::from(["Part", "Whole"]),
    };
    let part = json!({ "$ref": "#/components/schemas/Part" });
    let whole = json!({ "$ref": "#/components/schemas/Whole" });
    for (one, other) in [
        (
            json!({ "type": "string" }),
            json!({ "type": ["string", "null"] }),
        ),
        (part.clone(), json!({ "anyOf": [part, { "type": "null" }] })),
        (part.clone(), whole.clone()),
        (
            json!({ "oneOf": [part, whole] }),
            json!({ "anyOf": [part, whole] }),
        ),
        (
            json!({ "oneOf": [part, whole] }),
            json!({ "oneOf": [part] }),
        ),
        (json!({ "minimum": 3 }), json!({ "exclusiveMinimum": 3 })),
        (json!({ "minimum": 3 }), json!({ "minimum": 4 })),
        (json!({ "enum": ["a"] }), json!({ "enum": ["a", "b"] })),
        (json!({ "required": ["a"] }), json!({})),
        (json!({ "additionalProperties": false }), json!({})),
        (json!({ "default": 1 }), json!({})),
        (json!({ "pattern": "a" }), json!({ "pattern": "b" })),
        (json!({ "items": part }), json!({ "items": whole })),
    ] {
        assert_ne!(schemas.canonical(&one), schemas.canonical(&other));
    }
}
