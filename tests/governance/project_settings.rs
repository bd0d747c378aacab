//! Settings, all of them: as the document has them, and changed one by one.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Number, Value, json};

use super::bare;
use super::projects::{create, get, update};
use crate::support::World;
use crate::support::document::{self, Document};

fn document() -> &'static Document {
    document::operation("updateProject").document
}

/// The members of a schema of the document.
fn members(schema: &str) -> &'static Map<String, Value> {
    let schema = &document().value["components"]["schemas"][schema];
    schema["properties"].as_object().unwrap()
}

/// What a setting may be stands three times in the document: once with a default.
#[test]
fn settings_are_the_same_everywhere() {
    let [shown, made, changed] = ["Project", "CreateProject", "UpdateProject"].map(members);
    assert!(changed.len() > 60, "{}", changed.len());
    let mut made = made.clone();
    for (name, setting) in &mut made {
        let default = setting.as_object_mut().unwrap().remove("default");
        assert!(default.is_some(), "{name} has no default");
    }
    assert_eq!(&made, changed);
    let mut shown = shown.clone();
    for name in [
        "id",
        "organization",
        "effective_membership_level",
        "created_at",
        "updated_at",
    ] {
        assert!(shown.shift_remove(name).is_some(), "{name}");
    }
    assert_eq!(&shown, changed);
}

/// Values that `schema` takes. Ids are those of `users`.
fn values(schema: &'static Value, users: &[String]) -> BoxedStrategy<Value> {
    let schema = document().resolve(schema);
    if let Some(values) = schema.get("enum") {
        return select(values.as_array().unwrap().clone()).boxed();
    }
    for composition in ["anyOf", "oneOf"] {
        if let Some(alternatives) = schema.get(composition) {
            let alternatives = alternatives.as_array().unwrap();
            let alternatives = alternatives.iter().map(|one| values(one, users));
            return Union::new(alternatives).boxed();
        }
    }
    match &schema["type"] {
        Value::String(one) => of_type(schema, one, users),
        Value::Array(types) => Union::new(types.iter().map(|one| {
            let one = one.as_str().unwrap();
            of_type(schema, one, users)
        }))
        .boxed(),
        other => panic!("teach the strategy about the type {other}"),
    }
}

fn of_type(schema: &'static Value, one: &str, users: &[String]) -> BoxedStrategy<Value> {
    let bound = |name: &str, otherwise: u64| {
        let bound = schema
            .get(name)
            .map_or(otherwise, |bound| bound.as_u64().unwrap());
        usize::try_from(bound).unwrap()
    };
    match one {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => {
            let [least, most] = ["minimum", "maximum"].map(|name| schema[name].as_i64().unwrap());
            (least..=most).prop_map(Value::from).boxed()
        }
        "number" => {
            let bound = |name: &str, otherwise| {
                schema
                    .get(name)
                    .map_or(otherwise, |bound| bound.as_f64().unwrap())
            };
            (bound("minimum", -1e300)..=bound("maximum", 1e300))
                .prop_map(|number| Number::from_f64(number).unwrap().into())
                .boxed()
        }
        "string" => texts(
            schema,
            bound("minLength", 0),
            bound("maxLength", 40).min(40),
            users,
        )
        .prop_map(Value::from)
        .boxed(),
        "array" => {
            let least = bound("minItems", 0);
            let is_unique = schema["uniqueItems"] == true;
            vec(
                values(&schema["items"], users),
                least..=bound("maxItems", 4).min(4),
            )
            .prop_map(move |mut items| {
                if is_unique {
                    let mut seen = BTreeSet::new();
                    items.retain(|item| seen.insert(item.to_string()));
                }
                Value::from(items)
            })
            .boxed()
        }
        "object" => match &schema["additionalProperties"] {
            Value::Bool(true) => btree_map(".{0,8}", anything(), 0..4)
                .prop_map(|members| members.into_iter().collect())
                .boxed(),
            Value::Bool(false) => {
                let required = schema
                    .get("required")
                    .map_or(&[][..], |names| names.as_array().unwrap());
                let required = required.iter().map(|name| name.as_str().unwrap());
                object(
                    schema["properties"].as_object().unwrap(),
                    required.collect(),
                    users,
                )
            }
            value => btree_map("[a-z]{1,8}", values(value, users), 0..4)
                .prop_map(|members| members.into_iter().collect())
                .boxed(),
        },
        other => panic!("teach the strategy about the type {other}"),
    }
}

/// Objects with the required members and any of the others.
fn object(
    members: &'static Map<String, Value>,
    required: BTreeSet<&'static str>,
    users: &[String],
) -> BoxedStrategy<Value> {
    let users = users.to_vec();
    let optional: Vec<&str> = members
        .keys()
        .map(String::as_str)
        .filter(|name| !required.contains(name))
        .collect();
    let most = optional.len();
    subsequence(optional, 0..=most)
        .prop_flat_map(move |optional| {
            let names = required.iter().copied().chain(optional);
            names
                .map(|name| (Just(name.to_owned()), values(&members[name], &users)))
                .collect::<Vec<_>>()
        })
        .prop_map(|members| members.into_iter().collect())
        .boxed()
}

fn texts(
    schema: &'static Value,
    least: usize,
    most: usize,
    users: &[String],
) -> BoxedStrategy<String> {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => return select(users.to_vec()).boxed(),
        Some("date") => return "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])".boxed(),
        Some(other) => panic!("teach the strategy about the format {other}"),
        None => {}
    }
    match schema.get("pattern") {
        // Expressions of the document are ECMAScript's.
        Some(pattern) => {
            let pattern = pattern.as_str().unwrap();
            let pattern = regex::Regex::new(r"\\u([0-9a-f]{4})")
                .unwrap()
                .replace_all(pattern, r"\x{$1}");
            let pattern = pattern
                .strip_prefix('^')
                .unwrap()
                .strip_suffix('$')
                .unwrap();
            // And know other white space, which is rare.
            let validator = document().validator(schema);
            string_regex(pattern)
                .unwrap()
                .prop_filter("is what the document says", move |text| {
                    validator.is_valid(&Value::from(text.as_str()))
                })
                .boxed()
        }
        None => vec(any::<char>(), least..=most)
            .prop_map(|text| text.into_iter().collect())
            .boxed(),
    }
}

/// Any JSON, not deep.
fn anything() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(|number| Number::from_f64(number).unwrap().into()),
        any::<String>().prop_map(Value::from),
    ]
    .prop_recursive(3, 12, 4, |below| {
        prop_oneof![
            vec(below.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), below, 0..4)
                .prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
    .boxed()
}

/// Any change of any settings changes what it names and nothing else, and what is read
/// afterwards is what was written.
#[test]
fn a_change_changes_what_it_names() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_world, ada, acme) = runtime.block_on(async {
        let world = World::sqlite().await.without_limits();
        let (ada, acme) = world.organisation().await;
        (world, ada, acme)
    });
    let changes = object(members("UpdateProject"), BTreeSet::new(), &[bare(&ada.id)]);
    let config = ProptestConfig {
        // Each of them names half of the settings, several times.
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let named = RefCell::new(BTreeSet::new());
    TestRunner::new(config)
        .run(&vec(changes, 1..4), |changes| {
            runtime.block_on(async {
                let project = create(&ada.client, &acme, &json!({})).await;
                let mut expected = get(&ada.client, &acme, &project).await.expect(200).body;
                for change in &changes {
                    let updated = update(&ada.client, &acme, &project, change)
                        .await
                        .expect(200);
                    for (name, value) in change.as_object().unwrap() {
                        expected[name] = value.clone();
                        named.borrow_mut().insert(name.clone());
                    }
                    assert_eq!(updated.body, expected);
                    let shown = get(&ada.client, &acme, &project).await.expect(200);
                    assert_eq!(shown.body, expected);
                }
            });
            Ok(())
        })
        .unwrap();
    assert_eq!(
        named.borrow().len(),
        members("UpdateProject").len(),
        "each was named once at least"
    );
}
