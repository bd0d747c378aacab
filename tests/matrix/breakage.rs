//! What a document rules out: each keyword of a schema broken once.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value, json};

use crate::support::document::Document;

/// A value in which one rule is broken.
#[derive(Debug)]
pub(crate) struct Breakage {
    /// The whole body.
    pub(crate) body: Value,
    /// Where the rule is broken.
    pub(crate) pointer: String,
    /// Which keyword says so.
    pub(crate) keyword: &'static str,
}

/// A parameter's text in which one rule is broken.
#[derive(Debug)]
pub(crate) struct BrokenText {
    /// The text.
    pub(crate) text: String,
    /// Which keyword says so.
    pub(crate) keyword: &'static str,
}

/// A schema with its references followed and null told apart.
struct Shape {
    types: Vec<String>,
    keywords: Map<String, Value>,
}

/// Say nothing about which values are valid.
const ANNOTATIONS: &[&str] = &[
    "description",
    "title",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// Broken below, one by one.
pub(crate) const BROKEN: &[&str] = &[
    "type",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
];

impl Shape {
    fn of(document: &Document, schema: &Value) -> Self {
        let mut keywords = Map::new();
        let mut null = false;
        flatten(document, schema, &mut keywords, &mut null);
        for keyword in keywords.keys() {
            let known = ANNOTATIONS.contains(&keyword.as_str())
                || BROKEN.contains(&keyword.as_str())
                || keyword.starts_with("x-");
            assert!(known, "teach the matrix how to break {keyword}");
        }
        let mut types: Vec<String> = match keywords.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
            _ => panic!("teach the matrix about schemas without a type: {schema}"),
        };
        if null {
            types.push("null".to_owned());
        }
        Self { types, keywords }
    }

    fn is(&self, name: &str) -> bool {
        self.types.iter().any(|own| own == name)
    }

    fn length(&self, keyword: &str) -> Option<usize> {
        let value = self.keywords.get(keyword)?.as_u64();
        let value = value.unwrap_or_else(|| panic!("teach the matrix about {keyword}"));
        Some(usize::try_from(value).unwrap())
    }

    /// Numbers beyond its bounds and beside its enumeration.
    fn broken_numbers(&self) -> Vec<(Number, &'static str)> {
        let mut broken = Vec::new();
        for (bound, step) in [("minimum", -1), ("maximum", 1)] {
            let Some(value) = self.keywords.get(bound) else {
                continue;
            };
            let beyond = match value.as_i64() {
                Some(whole) => Number::from(whole + step),
                None => Number::from_f64(value.as_f64().unwrap() + step as f64).unwrap(),
            };
            broken.push((beyond, static_keyword(bound)));
        }
        if let Some(listed) = self.keywords.get("enum").and_then(Value::as_array) {
            let beside = (0..).find(|number| !listed.contains(&json!(number)));
            broken.push((beside.unwrap().into(), "enum"));
        }
        broken
    }

    fn texts(&self, keyword: &str) -> Vec<&str> {
        self.keywords
            .get(keyword)
            .and_then(Value::as_array)
            .map(|texts| texts.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }
}

/// One schema out of several, or null where that is one more.
struct Union<'a> {
    keyword: &'static str,
    alternatives: Vec<&'a Value>,
    null: bool,
}

impl<'a> Union<'a> {
    fn of(document: &'a Document, schema: &'a Value) -> Option<Self> {
        let schema = document.resolve(schema);
        ["oneOf", "anyOf"].into_iter().find_map(|keyword| {
            let (nulls, alternatives): (Vec<&Value>, Vec<&Value>) = schema
                .get(keyword)?
                .as_array()?
                .iter()
                .partition(|one| **one == json!({"type": "null"}));
            let null = !nulls.is_empty();
            match alternatives.as_slice() {
                [only] => Self::of(document, only).map(|union| Self {
                    null: null || union.null,
                    ..union
                }),
                _ => Some(Self {
                    keyword,
                    alternatives,
                    null,
                }),
            }
        })
    }
}

/// Follows `$ref`, whose neighbours count as well, and takes null out of a
/// union of one schema and null.
fn flatten(
    document: &Document,
    schema: &Value,
    keywords: &mut Map<String, Value>,
    null: &mut bool,
) {
    if schema.get("$ref").is_some() {
        flatten(document, document.resolve(schema), keywords, null);
    }
    for (keyword, value) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$ref" => {}
            // Another name for a schema.
            "allOf" => {
                let [only] = value.as_array().unwrap().as_slice() else {
                    panic!("teach the matrix about schemas of several: {schema}");
                };
                flatten(document, only, keywords, null);
            }
            "anyOf" | "oneOf" => {
                let (nulls, others): (Vec<_>, Vec<_>) = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .partition(|alternative| **alternative == json!({"type": "null"}));
                let [only] = others.as_slice() else {
                    panic!("teach the matrix about unions: {schema}");
                };
                *null |= !nulls.is_empty();
                flatten(document, only, keywords, null);
            }
            _ => {
                keywords.insert(keyword.clone(), value.clone());
            }
        }
    }
}

/// What was broken in one example.
pub(crate) struct Broken {
    /// Every rule that could be broken, once.
    pub(crate) breakages: Vec<Breakage>,
    /// The pointers of objects and arrays that the example leaves out: their rules
    /// are to be broken in another example.
    pub(crate) left_out: Vec<String>,
}

/// Breaks every rule of `schema`, one at a time, in `base`, which satisfies it.
pub(crate) fn breakages(document: &Document, schema: &Value, base: &Value) -> Broken {
    let mut breaker = Breaker {
        document,
        base,
        found: Vec::new(),
        left_out: Vec::new(),
        unions: Vec::new(),
    };
    breaker.value(schema, "");
    let validator = document.validator(schema);
    assert!(validator.is_valid(base), "not a valid example: {base}");
    let told_otherwise: BTreeSet<usize> = breaker
        .unions
        .iter()
        .filter_map(|(one, told)| told.is_none().then_some(*one))
        .collect();
    for (one, broken) in breaker.found.iter().enumerate() {
        // Another alternative may take it as it is.
        if told_otherwise.contains(&one) {
            continue;
        }
        let Breakage {
            body,
            pointer,
            keyword,
        } = broken;
        // Whoever judges here takes more for an address than RFC 5321 does.
        let judged = *keyword != "format";
        assert!(
            !judged || !validator.is_valid(body),
            "{keyword} is not broken at {pointer:?}: {body}"
        );
    }
    let mut breakages: Vec<_> = breaker.found.into_iter().map(Some).collect();
    // The inner ones come first, and the outermost is what is told.
    for (one, told) in breaker.unions {
        breakages[one] = breakages[one].take().zip(told).map(|(broken, told)| {
            let UnionBroken { at, keyword } = told;
            Breakage {
                pointer: at,
                keyword,
                ..broken
            }
        });
    }
    Broken {
        breakages: breakages.into_iter().flatten().collect(),
        left_out: breaker.left_out,
    }
}

struct Breaker<'a> {
    document: &'a Document,
    base: &'a Value,
    found: Vec<Breakage>,
    left_out: Vec<String>,
    /// Which breakages are told as the union's, which is broken; `None` where what is
    /// told is wrong with another alternative than the broken one.
    unions: Vec<(usize, Option<UnionBroken>)>,
}

/// How it is told that a value is none of the alternatives.
struct UnionBroken {
    at: String,
    keyword: &'static str,
}

impl Breaker<'_> {
    fn breaks(&mut self, at: &str, keyword: &'static str, value: Value) {
        let mut body = self.base.clone();
        put(&mut body, at, value);
        self.found.push(Breakage {
            body,
            pointer: at.to_owned(),
            keyword,
        });
    }

    fn value(&mut self, schema: &Value, at: &str) {
        if let Some(union) = Union::of(self.document, schema) {
            self.union(&union, at);
            return;
        }
        let shape = Shape::of(self.document, schema);
        let present = self
            .base
            .pointer(at)
            .filter(|value| !value.is_null())
            .cloned();
        for (name, sample) in samples() {
            let fits = shape.is(name) || (name == "integer" && shape.is("number"));
            if !fits {
                self.breaks(at, "type", sample);
            }
        }
        if shape.is("string") {
            let present = present.as_ref().and_then(Value::as_str);
            for BrokenText { text, keyword } in broken_strings(&shape, present) {
                self.breaks(at, keyword, text.into());
            }
        }
        if shape.is("integer") || shape.is("number") {
            for (number, keyword) in shape.broken_numbers() {
                self.breaks(at, keyword, number.into());
            }
        }
        if shape.is("array") {
            self.array(&shape, at, present.as_ref());
        }
        if shape.is("object") {
            self.object(&shape, at, present.as_ref());
        }
    }

    /// Breaks the alternative that the base has. Where one alone takes values of that
    /// JSON type, it was meant, and what is wrong with it is told; else what is told is
    /// that the value is none of them.
    fn union(&mut self, union: &Union<'_>, at: &str) {
        let Union {
            keyword,
            alternatives,
            null,
        } = union;
        let present = self.base.pointer(at).cloned();
        let meant = alternatives.iter().find(|alternative| {
            let validator = self.document.validator(alternative);
            present
                .as_ref()
                .is_some_and(|value| validator.is_valid(value))
        });
        let Some(meant) = meant else {
            self.left_out.push(at.to_owned());
            return;
        };
        let mark = self.found.len();
        self.value(meant, at);
        for one in mark..self.found.len() {
            let broken = self.found[one].body.pointer(at);
            if *null && broken == Some(&Value::Null) {
                self.unions.push((one, None));
                continue;
            }
            let mut near = alternatives.iter().filter(|alternative| {
                let types = json!({"type": Shape::of(self.document, alternative).types});
                broken.is_none_or(|value| jsonschema::is_valid(&types, value))
            });
            match (near.next(), near.next()) {
                (Some(only), None) if only == meant => {}
                (Some(_), None) => self.unions.push((one, None)),
                _ => {
                    let at = at.to_owned();
                    self.unions.push((one, Some(UnionBroken { at, keyword })));
                }
            }
        }
    }

    fn array(&mut self, shape: &Shape, at: &str, present: Option<&Value>) {
        let items = present
            .and_then(Value::as_array)
            .filter(|items| !items.is_empty());
        let Some(items) = items else {
            self.left_out.push(at.to_owned());
            return;
        };
        let times = |count: usize| Value::from(vec![items[0].clone(); count]);
        if let Some(least) = shape.length("minItems").filter(|least| *least > 0) {
            self.breaks(at, "minItems", times(least - 1));
        }
        if let Some(most) = shape.length("maxItems") {
            self.breaks(at, "maxItems", times(most + 1));
        }
        if shape.keywords.get("uniqueItems") == Some(&Value::Bool(true)) {
            // The repetition is told at the item that repeats.
            let mut body = self.base.clone();
            put(&mut body, at, times(2));
            self.found.push(Breakage {
                body,
                pointer: format!("{at}/1"),
                keyword: "uniqueItems",
            });
        }
        if let Some(schema) = shape.keywords.get("items") {
            self.value(schema, &format!("{at}/0"));
        }
    }

    fn object(&mut self, shape: &Shape, at: &str, present: Option<&Value>) {
        if present.is_none() {
            self.left_out.push(at.to_owned());
            return;
        }
        if let Some(least) = shape.length("minProperties").filter(|least| *least > 0) {
            let members = present.and_then(Value::as_object).into_iter().flatten();
            let fewer: Map<String, Value> = members
                .take(least - 1)
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            self.breaks(at, "minProperties", fewer.into());
        }
        for name in shape.texts("required") {
            let mut body = self.base.clone();
            let object = body.pointer_mut(at).and_then(Value::as_object_mut).unwrap();
            object.remove(name);
            self.found.push(Breakage {
                body,
                pointer: format!("{at}/{}", escape(name)),
                keyword: "required",
            });
        }
        match shape.keywords.get("additionalProperties") {
            Some(Value::Bool(false)) => {
                self.breaks(
                    &format!("{at}/unexpected"),
                    "additionalProperties",
                    json!(1),
                );
            }
            Some(Value::Bool(true)) | None => {}
            Some(schema) => {
                let named = present.and_then(Value::as_object).into_iter().flatten();
                match named.map(|(name, _)| name).next() {
                    Some(name) => self.value(schema, &format!("{at}/{}", escape(name))),
                    None => self.left_out.push(format!("{at}/*")),
                }
            }
        }
        if let Some(most) = shape.length("maxProperties") {
            let mut members = present.and_then(Value::as_object).into_iter().flatten();
            let value = members
                .next()
                .map_or(Value::Null, |(_, value)| value.clone());
            let more: Map<String, Value> = (0..=most)
                .map(|number| (format!("member{number}"), value.clone()))
                .collect();
            self.breaks(at, "maxProperties", more.into());
        }
        let members = shape.keywords.get("properties").and_then(Value::as_object);
        for (name, schema) in members.into_iter().flatten() {
            self.value(schema, &format!("{at}/{}", escape(name)));
        }
    }
}

fn samples() -> [(&'static str, Value); 7] {
    [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("number", json!(7.5)),
        ("string", json!("text")),
        ("array", json!([])),
        ("object", json!({})),
    ]
}

/// Breaks every rule of a parameter, one at a time, by its text.
pub(crate) fn broken_texts(
    document: &Document,
    parameter: &Value,
    present: Option<&str>,
) -> Vec<BrokenText> {
    let shape = Shape::of(document, &parameter["schema"]);
    let mut broken = Vec::new();
    if shape.is("integer") {
        let others = [
            "nonsense", "", "1.5", "+5", "007", "1e400", "NaN", "0x10", "--1", "5 6",
        ];
        broken.extend(others.map(|text| BrokenText {
            text: text.to_owned(),
            keyword: "type",
        }));
        broken.extend(shape.broken_numbers().into_iter().map(|(number, keyword)| {
            let text = number.to_string();
            BrokenText { text, keyword }
        }));
    } else if shape.is("string") {
        broken = broken_strings(&shape, present);
    } else {
        panic!(
            "teach the matrix about parameters of type {:?}",
            shape.types
        );
    }
    match parameter["in"].as_str().unwrap() {
        // Nothing at all is another path.
        "path" => broken.retain(|broken| !broken.text.is_empty()),
        // What HTTP cannot carry, or takes away at the ends.
        "header" => broken.retain(|broken| {
            let plain = broken
                .text
                .bytes()
                .all(|byte| (b' '..=b'~').contains(&byte));
            plain && broken.text.trim() == broken.text && !broken.text.is_empty()
        }),
        _ => {}
    }
    broken
}

fn broken_strings(shape: &Shape, present: Option<&str>) -> Vec<BrokenText> {
    let mut broken = Vec::new();
    let mut breaks = |keyword, text: String| broken.push(BrokenText { text, keyword });
    let present = present.unwrap_or("a");
    if let Some(least) = shape.length("minLength").filter(|least| *least > 0) {
        breaks("minLength", present.chars().take(least - 1).collect());
    }
    if let Some(most) = shape.length("maxLength") {
        let filler = std::iter::repeat('a');
        breaks(
            "maxLength",
            present.chars().chain(filler).take(most + 1).collect(),
        );
    }
    let texts = shape.texts("enum");
    if let Some(first) = texts.first() {
        let cases = [first.to_uppercase(), first.to_lowercase()];
        for other in ["", "nonsense", &cases[0], &cases[1], &format!("{first} ")] {
            if !texts.contains(&other) {
                breaks("enum", other.to_owned());
            }
        }
    }
    if let Some(pattern) = shape.keywords.get("pattern") {
        let rule = jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap();
        let others = [
            String::new(),
            " ".to_owned(),
            "nonsense".to_owned(),
            "Nonsense".to_owned(),
            "a b".to_owned(),
            "\u{e4}".to_owned(),
            "\u{0}".to_owned(),
            format!("{present}\n"),
            format!(" {present}"),
            format!("{present} "),
            present.to_uppercase(),
            format!("{present}{present}"),
        ];
        for other in others {
            if !rule.is_valid(&Value::from(other.as_str())) {
                breaks("pattern", other);
            }
        }
    }
    if let Some(format) = shape.keywords.get("format") {
        for other in not_of_format(format.as_str().unwrap()) {
            breaks("format", (*other).to_owned());
        }
    }
    broken
}

fn not_of_format(format: &str) -> &'static [&'static str] {
    match format {
        "email" => &[
            "nonsense",
            "@example.com",
            "ada@",
            "ada lovelace@example.com",
            "ada@example.com, bob@example.com",
            "Ada <ada@example.com>",
        ],
        "date-time" => &[
            "yesterday",
            "2026-05-05",
            "2026-05-05T12:00:00",
            "2026-02-30T12:00:00Z",
            "2026-05-05T25:00:00Z",
            "2026-05-05T12:00:00+24:00",
        ],
        "date" => &[
            "yesterday",
            "2026-02-30",
            "2026-5-5",
            "2026-05-05T12:00:00Z",
        ],
        "uuid" => &["nonsense", "019df802-6610-739c-9a93-9eebb6e0b33"],
        "uri" => &[
            "nonsense",
            "/path",
            "https://charter.example/a b",
            "https://[::1",
        ],
        // It says how to show a text, not which one.
        "password" => &[],
        other => panic!("teach the matrix what is not of the format {other}"),
    }
}

fn static_keyword(keyword: &str) -> &'static str {
    BROKEN.iter().find(|own| **own == keyword).unwrap()
}

/// Sets the value at `pointer`; its parent must be there.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        *body = value;
        return;
    };
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.insert(name.replace("~1", "/").replace("~0", "~"), value);
        }
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("nothing can be put into {other}"),
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schema: Value) -> Document {
        Document::new(
            "test",
            json!({"components": {"schemas": {"It": schema}}, "paths": {}}),
        )
    }

    /// The matrix is worth as much as its list of breakages.
    #[test]
    fn every_keyword_is_broken() {
        let document = document(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["names"],
            "properties": {
                "names": {
                    "type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true,
                    "items": {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]+$"},
                },
                "role": {"type": "string", "enum": ["admin"]},
                "mail": {"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]},
                "count": {"type": "integer", "minimum": 1, "maximum": 9},
                "home": {"type": "object", "additionalProperties": false, "properties": {}},
                "ways": {
                    "type": "object", "additionalProperties": false, "minProperties": 1,
                    "properties": {"one": {"type": "string"}, "other": {"type": "string"}},
                },
                "tasks": {
                    "type": "object", "maxProperties": 2,
                    "additionalProperties": {"type": "string", "enum": ["done"]},
                },
            },
        }));
        let schema = json!({"$ref": "#/components/schemas/It"});
        let Broken {
            breakages: found,
            left_out,
        } = breakages(
            &document,
            &schema,
            &json!({"names": ["ab"], "ways": {"one": "a"}, "tasks": {"a": "done"}}),
        );
        assert_eq!(left_out, ["/home"]);
        for (pointer, keyword) in [
            ("", "type"),
            ("/names", "required"),
            ("/unexpected", "additionalProperties"),
            ("/names", "type"),
            ("/names", "minItems"),
            ("/names", "maxItems"),
            ("/names/1", "uniqueItems"),
            ("/names/0", "minLength"),
            ("/names/0", "maxLength"),
            ("/names/0", "pattern"),
            ("/role", "enum"),
            ("/mail", "format"),
            ("/mail", "type"),
            ("/count", "minimum"),
            ("/count", "maximum"),
            ("/ways", "minProperties"),
            ("/tasks", "maxProperties"),
            ("/tasks/a", "enum"),
        ] {
            let there = found
                .iter()
                .any(|broken| broken.pointer == pointer && broken.keyword == keyword);
            assert!(there, "{keyword} at {pointer:?}");
        }
        let null_mail = json!({"names": ["ab"], "ways": {"one": "a"}, "mail": null});
        assert!(
            found.iter().all(|broken| broken.body != null_mail),
            "null is allowed there"
        );
    }

    /// Whatever is broken in a union, it is the union that is broken.
    #[test]
    fn unions_are_broken_as_a_whole() {
        let closed = |name: &str| {
            json!({
                "type": "object", "additionalProperties": false, "required": [name],
                "properties": {name: {"type": "string", "minLength": 1}},
            })
        };
        let document = document(json!({"oneOf": [closed("code"), closed("token")]}));
        let schema = json!({"$ref": "#/components/schemas/It"});
        let Broken {
            breakages: found,
            left_out,
        } = breakages(&document, &schema, &json!({"token": "ab"}));
        assert!(left_out.is_empty());
        for broken in [
            json!({}),
            json!({"token": ""}),
            json!({"token": 7}),
            json!({"token": "ab", "unexpected": 1}),
            json!([]),
        ] {
            assert!(found.iter().any(|one| one.body == broken), "{broken}");
        }
        let told = |one: &Breakage| one.pointer.is_empty() && one.keyword == "oneOf";
        assert!(found.iter().all(told));
    }

    /// Several or one: what is wrong with the list is told of the list.
    #[test]
    fn a_union_of_types_is_broken_within() {
        let one = json!({"type": "string", "minLength": 1});
        let several = json!({"type": "array", "minItems": 1, "items": one});
        let document = document(json!({"oneOf": [several, one]}));
        let schema = json!({"$ref": "#/components/schemas/It"});
        let found = breakages(&document, &schema, &json!(["ab"])).breakages;
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.body.to_string(), one.pointer.as_str(), one.keyword))
            .collect();
        assert!(
            told.contains(&("[]".to_owned(), "", "minItems")),
            "{told:?}"
        );
        assert!(told.contains(&("[7]".to_owned(), "/0", "type")), "{told:?}");
        assert!(told.contains(&("7".to_owned(), "", "oneOf")), "{told:?}");
        assert!(told.iter().all(|(body, ..)| body != "\"text\""), "{told:?}");
    }
}
