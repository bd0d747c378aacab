//! Decoding and writing of models.

use charter_contract::{Cx, Decode, Field, NaiveDate, Redacted, Timestamp, Uuid};
use serde_json::json;

use crate::{
    all_of, any_of, array, direction, enumeration, integer, map, newtype, number, one_of,
    one_of_discriminated, presence, recursive, string,
};

/// The value, or what is wrong with it.
fn decode<T: Decode>(json: &serde_json::Value) -> Result<T, Vec<String>> {
    let text = json.to_string();
    let mut input = serde_json::Deserializer::from_str(&text);
    let mut cx = Cx::new();
    let value = T::decode(&mut input, &mut cx).expect("it is well-formed");
    let violations: Vec<String> = cx
        .into_violations()
        .iter()
        .map(|one| {
            format!(
                "{} {}",
                one.pointer.as_deref().unwrap_or_default(),
                one.keyword
            )
        })
        .collect();
    match value {
        Some(value) if violations.is_empty() => Ok(value),
        _ => Err(violations),
    }
}

fn wrong<T: Decode + std::fmt::Debug>(json: serde_json::Value) -> Vec<String> {
    decode::<T>(&json).expect_err("the document does not admit it")
}

#[test]
fn strings() {
    use string::models::Thing;
    insta::assert_debug_snapshot!(wrong::<Thing>(json!({
        "plain": 1, "short": "", "long": "a".repeat(5001), "slug": "A", "email": "a", "site": "a",
        "path": "a b", "host": "-", "v4": "1.2.3", "v6": "::g", "secret": null, "at": "2026",
        "day": "2026-02-30", "id": "1", "bytes": "*", "older_bytes": null
    })));
}

#[test]
fn integers_and_numbers() {
    insta::assert_debug_snapshot!(wrong::<integer::models::Thing>(json!({
        "plain": 1.5, "bounded": 366, "above": 0, "small": 2_147_483_648_i64, "large": "1",
        "dozens": 13, "yes": "true"
    })));
    insta::assert_debug_snapshot!(wrong::<number::models::Thing>(json!({
        "plain": "1", "bounded": 1.1, "above": 99.5, "single": 1, "double": 1, "cents": 0.001,
        "weights": [1, 2, 3, 4], "score": -1
    })));
}

#[test]
fn listed_integers_stay_integers() {
    use integer::models::Thing;
    let with = |level: serde_json::Value, week_start: serde_json::Value, version| {
        json!({
            "plain": 1, "bounded": 1, "above": 1, "small": 1, "large": 1, "dozens": 12,
            "yes": true, "level": level, "week_start": week_start, "version": version
        })
    };
    for json in [
        with(json!(8), json!(0), json!(2)),
        with(json!(15), json!(null), json!(2)),
    ] {
        let thing: Thing = decode(&json).expect("it is valid");
        assert_eq!(
            serde_json::to_value(&thing).expect("it can be written"),
            json
        );
    }
    assert_eq!(
        wrong::<Thing>(with(json!(7), json!(2), json!(3))),
        ["/level enum", "/week_start enum", "/version enum"]
    );
    assert_eq!(
        wrong::<Thing>(with(json!("8"), json!("0"), json!(null))),
        ["/level type", "/week_start type", "/version type"]
    );
}

#[test]
fn numbers_without_json_are_not_written() {
    let thing = number::models::Thing {
        plain: f64::NAN,
        bounded: 0.0,
        above: 1.0,
        single: 1.0,
        double: 1.0,
        cents: 0.01,
        weights: vec![],
        score: Field::Absent,
    };
    assert!(serde_json::to_string(&thing).is_err());
}

#[test]
fn enumerations_keep_their_texts() {
    use enumeration::models::{Level, SortOrder, Thing};
    let thing: Thing = decode(&json!({"level": "advanced", "kind": "coding", "state": "2nd"}))
        .expect("it is valid");
    assert_eq!(thing.level, Level::Advanced);
    assert_eq!(thing.order, SortOrder::Desc);
    assert_eq!(
        serde_json::to_value(&thing).expect("it can be written"),
        json!({"level": "advanced", "kind": "coding", "state": "2nd", "order": "desc"})
    );
    assert_eq!("beginner".parse::<Level>(), Ok(Level::Beginner));
    assert!("expert".parse::<Level>().is_err());
    assert_eq!(
        wrong::<Thing>(json!({"level": "Advanced", "kind": "radio", "mood": 1})),
        ["/level enum", "/kind enum", "/mood type"]
    );
}

#[test]
fn arrays() {
    assert_eq!(
        wrong::<array::models::Thing>(json!({
            "any_number": [1, "2", null], "some": [], "few": [{"name": 1}, {}], "set": ["a", "a"],
            "grid": [[1, null], ["x"]], "tags": ["a", "b", "c", "d", "e", "f"], "maybe": null
        })),
        [
            "/any_number/1 type",
            "/any_number/2 type",
            "/some minItems",
            "/few/0/name type",
            "/few/1/name required",
            "/set/1 uniqueItems",
            "/grid/1/0 type",
            "/tags maxItems"
        ]
    );
}

#[test]
fn maps_keep_unknown_members() {
    use map::models::{Open, Typed};
    let open: Open = decode(&json!({"name": "a", "z": [1], "b": null})).expect("it is valid");
    assert_eq!(
        serde_json::to_string(&open).expect("it can be written"),
        r#"{"name":"a","z":[1],"b":null}"#
    );
    let typed: Typed = decode(&json!({"extra": "e", "x": 1})).expect("it is valid");
    assert_eq!(typed.extra_2.get("x"), Some(&1.0));
    assert_eq!(
        wrong::<Typed>(json!({"extra": 1, "x": -1, "y": "a"})),
        ["/extra type", "/x minimum", "/y type"]
    );
    assert_eq!(
        wrong::<map::models::Thing>(json!({
            "free": [], "anything": null, "counts": {}, "labels": {"a/b": {"text": 1}}
        })),
        [
            "/free type",
            "/counts minProperties",
            "/labels/a~1b/text type"
        ]
    );
}

#[test]
fn absent_null_and_value() {
    use presence::models::{Role, Thing};
    let thing: Thing =
        decode(&json!({"must": "a", "must_or_null": null, "may_or_null": null})).expect("valid");
    assert_eq!(thing.may, None);
    assert_eq!(thing.may_or_null, Field::Null);
    assert_eq!(thing.role_or_null, Field::Absent);
    assert_eq!(
        (thing.count, thing.role, &*thing.slug),
        (20, Role::Member, "main")
    );
    assert_eq!(thing.languages, ["en", "pt"]);
    let written = serde_json::to_value(&thing).expect("it can be written");
    assert_eq!(written["may_or_null"], json!(null));
    assert!(written.get("role_or_null").is_none());
    assert_eq!(
        wrong::<Thing>(json!({"may": null, "count": null, "may_or_null": 1})),
        [
            "/may type",
            "/count type",
            "/may_or_null type",
            "/must required",
            "/must_or_null required"
        ]
    );
}

#[test]
fn read_only_members_are_dropped_and_write_only_ones_never_answered() {
    use direction::models::{Owner, Thing, ThingInput};
    let input: ThingInput = decode(&json!({
        "id": 5, "name": "a", "password": "secret", "owner": {"created_at": "any"}
    }))
    .expect("what is readOnly is not looked at");
    assert_eq!(input.password, Redacted("secret".to_owned()));
    assert!(!format!("{input:?}").contains("secret"));
    let thing = Thing {
        id: Uuid::nil(),
        name: "a".to_owned(),
        owner: Owner {
            created_at: Timestamp::from_micros(0),
        },
        place: None,
    };
    assert_eq!(
        serde_json::to_string(&thing).expect("it can be written"),
        r#"{"id":"00000000-0000-0000-0000-000000000000","name":"a","owner":{"created_at":"1970-01-01T00:00:00Z"}}"#
    );
}

#[test]
fn a_discriminator_chooses() {
    use one_of_discriminated::models::Thing;
    let thing: Thing = decode(&json!({"type": "checkbox", "options": ["a", "b"]})).expect("valid");
    assert!(matches!(&thing, Thing::Choice(choice) if choice.options.len() == 2));
    assert_eq!(
        serde_json::to_value(&thing).expect("it can be written"),
        json!({"type": "checkbox", "options": ["a", "b"]})
    );
    assert!(matches!(
        decode(&json!({"type": "file"})),
        Ok(Thing::Upload(_))
    ));
    assert_eq!(
        wrong::<Thing>(json!({"type": "radio", "options": ["a"]})),
        ["/options minItems"]
    );
    assert_eq!(wrong::<Thing>(json!({"type": "essay"})), ["/type enum"]);
    assert_eq!(wrong::<Thing>(json!({})), ["/type required"]);
    assert_eq!(wrong::<Thing>(json!("radio")), [" type"]);
}

#[test]
fn exactly_one_alternative_matches() {
    use one_of::models::{Thing, ThingTarget};
    let of = |target: serde_json::Value| decode::<Thing>(&json!({ "target": target }));
    assert!(matches!(
        of(json!({"user": "a"})).map(|thing| thing.target),
        Ok(ThingTarget::Person(_))
    ));
    assert!(matches!(
        of(json!("a")).map(|thing| thing.target),
        Ok(ThingTarget::String(_))
    ));
    assert!(matches!(
        of(json!([1])).map(|thing| thing.target),
        Ok(ThingTarget::Array(_))
    ));
    // Two alternatives are objects, and none is a number.
    for target in [json!({"user": "a", "team": "b"}), json!({}), json!(1)] {
        assert_eq!(of(target).err(), Some(vec!["/target oneOf".to_owned()]));
    }
}

#[test]
fn the_only_alternative_of_the_same_type_says_what_is_wrong() {
    use any_of::models::Thing as Any;
    use one_of::models::Thing as One;
    for (target, expected) in [
        (json!("a".repeat(11)), vec!["/target maxLength"]),
        (
            json!([1, "a", 2, null]),
            vec!["/target/1 type", "/target/3 type"],
        ),
    ] {
        assert_eq!(wrong::<One>(json!({ "target": target })), expected);
    }
    for (value, expected) in [
        (
            json!({"from": "a", "within": 1}),
            vec!["/value/from type", "/value/within additionalProperties"],
        ),
        (json!([{"from": 1}]), vec!["/value anyOf"]),
        (json!("1"), vec!["/value anyOf"]),
        (json!(null), vec!["/value anyOf"]),
    ] {
        assert_eq!(wrong::<Any>(json!({ "value": value })), expected);
    }
}

#[test]
fn any_alternative_matches() {
    use any_of::models::{Thing, ThingValue};
    let thing: Thing = decode(&json!({"value": {"from": 1}})).expect("valid");
    assert!(matches!(thing.value, Some(ThingValue::Range(_))));
    assert_eq!(wrong::<Thing>(json!({"value": "1"})), ["/value anyOf"]);
}

#[test]
fn all_schemas_become_one_object() {
    use all_of::models::Thing;
    let thing: Thing =
        decode(&json!({"id": 1, "note": "n", "name": "a", "colour": "red"})).expect("valid");
    assert_eq!((thing.id, thing.name.as_str()), (1, "a"));
    assert_eq!(
        wrong::<Thing>(json!({"name": "a".repeat(51), "other": 1})),
        [
            "/name maxLength",
            "/other additionalProperties",
            "/id required",
            "/colour required"
        ]
    );
}

#[test]
fn recursion_ends_with_the_value() {
    use recursive::models::{Rule, Thing};
    let thing: Thing = decode(&json!({
        "parent": {"parent": {}}, "children": [{"children": []}], "by_name": {"a": {}},
        "rule": {"not": {"not": "a"}}
    }))
    .expect("valid");
    assert!(thing.parent.is_some_and(|parent| parent.parent.is_some()));
    assert!(matches!(thing.rule, Some(Rule::Not(_))));
    assert_eq!(
        wrong::<Thing>(json!({"children": [{"children": [{"parent": 1}]}]})),
        ["/children/0/children/0/parent type"]
    );
}

#[test]
fn named_scalars_keep_their_rules() {
    use newtype::models::{Pages, Score, Slug, ThingId};
    assert!(Slug::try_from("abc".to_owned()).is_ok());
    let refused = Slug::try_from("A".repeat(65)).expect_err("it breaks two rules");
    assert_eq!(
        refused
            .violations()
            .iter()
            .map(|one| one.keyword)
            .collect::<Vec<_>>(),
        ["maxLength", "pattern"]
    );
    assert_eq!(Pages::try_from(7).map(i64::from), Ok(7));
    assert!(Pages::try_from(0).is_err());
    assert!(Score::try_from(100.5).is_err());
    let id = ThingId::from(Uuid::nil());
    assert_eq!(id.to_string(), "thing_00000000000000000000000000");
}

#[test]
fn named_secrets_show_nothing() {
    use newtype::models::Secret;
    let secret = Secret::try_from("correct horse".to_owned()).expect("it is long enough");
    assert_eq!(
        format!("{secret:?} {:?}", Some(&secret)),
        "[redacted] Some([redacted])"
    );
    assert_eq!(secret.as_ref(), "correct horse");
    let refused = Secret::try_from("short".to_owned()).expect_err("it is too short");
    assert!(
        !format!("{refused} {refused:?}").contains("short"),
        "{refused:?}"
    );
}

#[test]
fn dates_are_dates() {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).expect("there is such a day");
    assert_eq!(
        serde_json::to_string(&day).expect("it can be written"),
        "\"2026-01-31\""
    );
}
