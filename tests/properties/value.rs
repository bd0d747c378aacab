//! Values that a schema admits, at random.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use serde_json::{Map, Number, Value, json};

use crate::support::document::Document;

/// More items, characters or members than this above the least say nothing new.
const SPREAD: u64 = 6;

/// A value that `schema` admits.
pub(super) fn value(document: &'static Document, schema: &'static Value) -> BoxedStrategy<Value> {
    let validator = document.validator(schema);
    // Alternatives that must exclude each other, and lengths beside patterns.
    any_value(document, schema)
        .prop_filter("the schema admits it", move |value| {
            validator.is_valid(value)
        })
        .boxed()
}

fn any_value(document: &'static Document, schema: &'static Value) -> BoxedStrategy<Value> {
    if let Some(schema) = schema.get("$ref").map(|_| document.resolve(schema)) {
        return any_value(document, schema);
    }
    if let Some(constant) = schema.get("const") {
        return Just(constant.clone()).boxed();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return select(values.clone()).boxed();
    }
    for union in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema.get(union).and_then(Value::as_array) {
            return one_of(alternatives.iter().map(|one| any_value(document, one)));
        }
    }
    if let Some([only]) = schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        return any_value(document, only);
    }
    match &schema["type"] {
        Value::String(kind) => of_type(document, schema, kind),
        Value::Array(kinds) => one_of(
            kinds
                .iter()
                .map(|kind| of_type(document, schema, kind.as_str().unwrap())),
        ),
        _ => panic!("teach the properties about {schema}"),
    }
}

/// What must be there, or what may be there now and then.
pub(super) fn present<T: std::fmt::Debug + 'static>(
    required: bool,
    strategy: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    if required {
        strategy.prop_map(Some).boxed()
    } else {
        weighted(0.4, strategy).boxed()
    }
}

fn one_of(strategies: impl Iterator<Item = BoxedStrategy<Value>>) -> BoxedStrategy<Value> {
    proptest::strategy::Union::new(strategies).boxed()
}

fn of_type(
    document: &'static Document,
    schema: &'static Value,
    kind: &str,
) -> BoxedStrategy<Value> {
    match kind {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => integer(schema),
        "number" => number(schema),
        "string" => string(schema),
        "array" => array(document, schema),
        "object" => object(document, schema),
        other => panic!("teach the properties about the type {other}"),
    }
}

/// Also written as `7.0`, which is an integer, as JSON Schema 2020-12 says.
fn integer(schema: &Value) -> BoxedStrategy<Value> {
    let (low, high) = match schema["format"].as_str() {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let low = schema["minimum"].as_i64().unwrap_or(low);
    let high = schema["maximum"].as_i64().unwrap_or(high);
    let number = prop_oneof![
        4 => low..=high,
        1 => select(vec![low, high]),
    ];
    (number, proptest::bool::weighted(0.1))
        .prop_map(|(whole, is_spelt_as_double)| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "only what a double can hold is one"
            )]
            let double = whole as f64;
            if is_spelt_as_double && whole.unsigned_abs() < 1 << 53 {
                json!(double)
            } else {
                json!(whole)
            }
        })
        .boxed()
}

fn number(schema: &Value) -> BoxedStrategy<Value> {
    let low = schema["minimum"].as_f64().unwrap_or(-1e12);
    let high = schema["maximum"].as_f64().unwrap_or(1e12);
    (low..=high)
        .prop_map(|number| Value::from(Number::from_f64(number).unwrap()))
        .boxed()
}

fn string(schema: &Value) -> BoxedStrategy<Value> {
    let least = schema["minLength"].as_u64().unwrap_or(0);
    let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
    let most = most.min(least + SPREAD * 4);
    let text = match (schema["pattern"].as_str(), schema["format"].as_str()) {
        (Some(pattern), None | Some("password" | "uri" | "uri-reference")) => {
            matching(pattern, least, most)
        }
        (None, None | Some("password")) => regex(&format!("(?s:.){{{least},{most}}}")),
        (None, Some("email")) => {
            regex(r"[a-z0-9]{1,9}([.+_-][a-z0-9]{1,5})?@[a-z]{1,8}\.(com|org)")
        }
        (None, Some("uri")) => {
            regex(r"https?://[a-z]{1,8}\.example(:8080)?(/[a-z0-9%20]{0,8}){0,2}")
        }
        (_, Some("uuid")) => any::<u128>()
            .prop_map(|bits| uuid::Uuid::from_u128(bits).to_string())
            .boxed(),
        (_, Some("date-time")) => (0..4_102_444_800_i64, any::<bool>())
            .prop_map(|(second, is_utc)| {
                let moment = chrono::DateTime::from_timestamp(second, 0).unwrap();
                if is_utc {
                    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
                } else {
                    moment.format("%Y-%m-%dT%H:%M:%S.125+02:00").to_string()
                }
            })
            .boxed(),
        (_, Some("date")) => (0..47_000_i64)
            .prop_map(|day| {
                let moment = chrono::DateTime::from_timestamp(day * 86_400, 0).unwrap();
                moment.format("%Y-%m-%d").to_string()
            })
            .boxed(),
        other => panic!("teach the properties about strings of {other:?}"),
    };
    text.prop_map(Value::from).boxed()
}

fn regex(pattern: &str) -> BoxedStrategy<String> {
    string_regex(pattern)
        .unwrap_or_else(|error| panic!("{pattern}: {error}"))
        .boxed()
}

/// Text that matches a whole `pattern`. A repetition that is all there is gets the
/// lengths that the schema admits; others are left to the filter.
fn matching(pattern: &str, least: u64, most: u64) -> BoxedStrategy<String> {
    let whole = pattern
        .strip_prefix('^')
        .and_then(|pattern| pattern.strip_suffix('$'))
        .unwrap_or_else(|| panic!("teach the properties about {pattern}"));
    let is_one_class = whole.starts_with('[') && whole.find(']') == Some(whole.len() - 2);
    match whole.strip_suffix(['+', '*']) {
        Some(class) if is_one_class => regex(&format!("{class}{{{least},{most}}}")),
        _ => regex(whole),
    }
}

fn array(document: &'static Document, schema: &'static Value) -> BoxedStrategy<Value> {
    let least = schema["minItems"].as_u64().unwrap_or(0);
    let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
    let most = most.min(least + SPREAD);
    let are_unique = schema["uniqueItems"] == true;
    let size = usize::try_from(least).unwrap()..=usize::try_from(most).unwrap();
    vec(any_value(document, &schema["items"]), size)
        .prop_map(move |mut items| {
            if are_unique {
                let mut seen = Vec::new();
                items.retain(|item| {
                    let is_new = !seen.contains(item);
                    seen.push(item.clone());
                    is_new
                });
            }
            Value::Array(items)
        })
        .boxed()
}

fn object(document: &'static Document, schema: &'static Value) -> BoxedStrategy<Value> {
    let required = schema["required"].as_array();
    let is_required = |name: &String| required.is_some_and(|list| list.contains(&json!(name)));
    let properties = schema.get("properties").and_then(Value::as_object);
    let members: Vec<BoxedStrategy<Option<(String, Value)>>> = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let required = is_required(name);
            let name = name.clone();
            let member = any_value(document, property).prop_map(move |value| (name.clone(), value));
            present(required, member)
        })
        .collect();
    let extra = match schema.get("additionalProperties") {
        Some(extra @ Value::Object(_)) => {
            let most = schema["maxProperties"].as_u64().unwrap_or(u64::MAX);
            let size = 0..=usize::try_from(most.min(SPREAD / 2)).unwrap();
            vec((regex("[a-z]{1,8}"), any_value(document, extra)), size).boxed()
        }
        _ => Just(Vec::new()).boxed(),
    };
    (members, extra)
        .prop_map(|(members, extra)| {
            let members = members.into_iter().flatten().chain(extra);
            Value::Object(members.collect::<Map<_, _>>())
        })
        .boxed()
}
