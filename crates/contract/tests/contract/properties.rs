//! What holds for every value: round trips, agreement with JSON Schema, and that
//! no input whatever makes the readers fall over.

use std::sync::LazyLock;

use charter_contract::{
    Cursor, Cx, Format, Pattern, Schema, Timestamp, TypeId, Uuid, date, date_time, integer, number,
    string, uuid,
};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use jsonschema::Validator;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::widget::WidgetId;

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        // PROPTEST_CASES asks for more.
        cases: default.cases.max(512),
        failure_persistence: None,
        ..default
    }
}

/// Text that is nearly one of `seeds`: a few characters are put in, changed or
/// left out.
fn nearly(seeds: &'static [&'static str], alphabet: &'static str) -> impl Strategy<Value = String> {
    let characters: Vec<char> = alphabet.chars().collect();
    let edit = (any::<Index>(), 0..3, select(characters));
    (select(seeds), vec(edit, 0..4)).prop_map(|(seed, edits)| {
        let mut text: Vec<char> = seed.chars().collect();
        for (at, kind, character) in edits {
            let at = at.index(text.len() + 1);
            match kind {
                0 => text.insert(at, character),
                1 if at < text.len() => text[at] = character,
                _ if at < text.len() => {
                    text.remove(at);
                }
                _ => {}
            }
        }
        text.into_iter().collect()
    })
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .expect("a schema")
}

fn format_validator(format: &str) -> Validator {
    validator(&json!({ "type": "string", "format": format }))
}

/// Whether a schema takes a value.
fn takes<S: Schema>(schema: &S, value: &Value) -> bool {
    let mut cx = Cx::new();
    let decoded = schema
        .decode(value, &mut cx)
        .expect("a value is well-formed");
    assert_eq!(decoded.is_some(), cx.is_valid());
    decoded.is_some()
}

const EMAILS: &[&str] = &[
    "ada@example.org",
    "ada.lovelace+tag@mail.example.org",
    "\"ada lovelace\"@example.org",
    "\"a\\\"b\"@example.org",
    "ada@[192.0.2.1]",
    "ada@[IPv6:2001:db8::1]",
    "a@b",
    "!#$%&'*+-/=?^_`{|}~@example.org",
];

const URIS: &[&str] = &[
    "https://example.org/a/b?c=d#e",
    "http://user:secret@example.org:8080/%41",
    "http://[2001:db8::1]:80/",
    "http://[v1.a:b]/",
    "mailto:ada@example.org",
    "urn:uuid:0199a0b1-7c3d-7e5f-8a9b-0c1d2e3f4a5b",
    "//example.org/a",
    "../a/b?c",
    "a:b",
    "#fragment",
    "file:///etc/hosts",
];

const HOSTS: &[&str] = &[
    "example.org",
    "a-b.example",
    "localhost",
    "a.b.c.d",
    "3com.example",
];
const IPV4: &[&str] = &["192.0.2.1", "0.0.0.0", "255.255.255.255"];
const IPV6: &[&str] = &[
    "2001:db8::1",
    "::",
    "::1",
    "::ffff:192.0.2.1",
    "1:2:3:4:5:6:7:8",
];

const MOMENTS: &[&str] = &[
    "2026-01-31T09:30:00Z",
    "2026-01-31t09:30:00.5z",
    "2024-02-29T23:59:59.123456789+05:30",
    "2016-12-31T23:59:60Z",
    "2016-12-31T18:59:60-05:00",
    "2017-01-01T05:29:60+05:30",
    "0000-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
];

const DAYS: &[&str] = &[
    "2026-01-31",
    "2024-02-29",
    "2023-02-28",
    "0000-12-01",
    "9999-12-31",
];

const UUIDS: &[&str] = &[
    "0199a0b1-7c3d-7e5f-8a9b-0c1d2e3f4a5b",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
];

const WIDGET_ID: &str = "^widget_[0-7][0-9a-hjkmnp-tv-z]{25}$";

const PATTERNS: &[&str] = &[
    r"^\s+$",
    r"^\S+$",
    r"^.+$",
    r"^[\s.]+$",
    r"^\w+\W*$",
    r"^[^\d\s]+$",
    r"^[a-z&&b]$",
    r"^[a~~b]+$",
    r"^[+--]+$",
    r"a$",
    r"^[!-~]+$",
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff][^\u0000-\u001f\u007f-\u009f]*$",
    r"^org_[0-7][0-9a-hjkmnp-tv-z]{25}$",
    r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#,
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn email_agrees_with_json_schema(text in nearly(EMAILS, "ab1.@\"\\ [](),:;-_+\u{e4}\n\u{0}")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("email"));
        // RFC 5321 lets any printable character stand behind a backslash, the space
        // too; the other validator does not.
        prop_assume!(!text.contains("\\ "));
        prop_assert_eq!(Format::Email.is_match(&text), OTHER.is_valid(&json!(text)));
    }

    #[test]
    fn uri_agrees_with_json_schema(text in nearly(URIS, "a1:/?#[]@!$&'()*+,;=-._~% \\\"<>^`{|}\u{e4}\n")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("uri"));
        prop_assert_eq!(Format::Uri.is_match(&text), OTHER.is_valid(&json!(text)));
    }

    #[test]
    fn uri_reference_agrees_with_json_schema(text in nearly(URIS, "a1:/?#[]@!$&'()*+,;=-._~% \\\"<>^`{|}\u{e4}\n")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("uri-reference"));
        prop_assert_eq!(Format::UriReference.is_match(&text), OTHER.is_valid(&json!(text)));
    }

    #[test]
    fn hostname_agrees_with_json_schema(text in nearly(HOSTS, "aZ09.-_ \u{e4}\n")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("hostname"));
        prop_assert_eq!(Format::Hostname.is_match(&text), OTHER.is_valid(&json!(text)));
    }

    #[test]
    fn ipv4_agrees_with_json_schema(text in nearly(IPV4, "0129. x")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("ipv4"));
        prop_assert_eq!(Format::Ipv4.is_match(&text), OTHER.is_valid(&json!(text)));
    }

    #[test]
    fn ipv6_agrees_with_json_schema(text in nearly(IPV6, "0af:.% g")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("ipv6"));
        prop_assert_eq!(Format::Ipv6.is_match(&text), OTHER.is_valid(&json!(text)));
    }

    #[test]
    fn date_time_agrees_with_json_schema(text in nearly(MOMENTS, "0123456789TtZz+-:., \u{2212}")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("date-time"));
        prop_assert_eq!(takes(&date_time(), &json!(text)), OTHER.is_valid(&json!(text)), "{}", text);
    }

    #[test]
    fn date_agrees_with_json_schema(text in nearly(DAYS, "0123456789-+ ")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("date"));
        prop_assert_eq!(takes(&date(), &json!(text)), OTHER.is_valid(&json!(text)), "{}", text);
    }

    #[test]
    fn uuid_agrees_with_json_schema(text in nearly(UUIDS, "0aFg-{} ")) {
        static OTHER: LazyLock<Validator> = LazyLock::new(|| format_validator("uuid"));
        prop_assert_eq!(takes(&uuid(), &json!(text)), OTHER.is_valid(&json!(text)), "{}", text);
    }

    #[test]
    fn patterns_agree_with_json_schema(pattern in select(PATTERNS), text in "[ab+,&~.\\- \"*W/!1_\n\r\u{a0}\u{e4}\u{85}\u{2028}\u{feff}\u{1680}]{0,5}") {
        let other = validator(&json!({ "type": "string", "pattern": pattern }));
        prop_assert_eq!(Pattern::new(pattern).is_match(&text), other.is_valid(&json!(text)), "{:?} {:?}", pattern, text);
    }

    #[test]
    fn lengths_count_characters(text in ".{0,12}", min in 0_usize..8, more in 0_usize..8) {
        let schema = string().min_length(min).max_length(min + more);
        let other = validator(&json!({ "minLength": min, "maxLength": min + more }));
        prop_assert_eq!(takes(&schema, &json!(text)), other.is_valid(&json!(text)));
        prop_assert_eq!(
            takes(&schema, &json!(text)),
            (min..=min + more).contains(&text.chars().count())
        );
    }

    #[test]
    fn integers_agree_with_json_schema(
        value in prop_oneof![any::<i64>().prop_map(Value::from), any::<u64>().prop_map(Value::from), any::<i8>().prop_map(Value::from), (any::<i8>(), 0..4).prop_map(|(whole, quarters)| json!(f64::from(whole) + f64::from(quarters) / 4.0)), any::<f64>().prop_map(Value::from)],
        minimum in -50_i64..0, span in 0_i64..100, unit in 1_i64..9,
    ) {
        let maximum = minimum + span;
        let schema = integer().minimum(minimum).maximum(maximum).multiple_of(unit);
        let other = validator(&json!({ "type": "integer", "minimum": minimum, "maximum": maximum, "multipleOf": unit }));
        prop_assert_eq!(takes(&schema, &value), other.is_valid(&value), "{}", value);
    }

    #[test]
    fn integers_keep_every_digit(value in any::<i64>()) {
        let mut cx = Cx::new();
        let text = value.to_string();
        let read = integer().decode(&mut serde_json::Deserializer::from_str(&text), &mut cx);
        prop_assert_eq!(read.unwrap(), Some(value));
    }

    #[test]
    fn multiples_are_those_of_exact_arithmetic(
        digits in -100_000_i64..100_000, decimals in 0_u32..6,
        unit in select(&["0.1", "0.01", "0.25", "2.5", "3", "0.003", "100", "1e-4", "1E2"][..]),
    ) {
        // value = digits / 10^decimals and unit = numerator / 10^4.
        let text = format!("{digits}e-{decimals}");
        let numerator = (unit.parse::<f64>().unwrap() * 10_000.0).round();
        #[expect(clippy::cast_possible_truncation, reason = "the units above times 10,000")]
        let numerator = numerator as i128;
        let expected = (i128::from(digits) * 10_000) % (numerator * 10_i128.pow(decimals)) == 0;
        let mut cx = Cx::new();
        let schema = number().multiple_of(unit);
        let read = schema.decode(&mut serde_json::Deserializer::from_str(&text), &mut cx);
        prop_assert_eq!(read.unwrap().is_some(), expected, "{} of {}", text, unit);
    }

    #[test]
    fn powers_are_multiples_of_what_divides_them(exponent in -300_i32..300) {
        let value: Value = serde_json::from_str(&format!("3e{exponent}")).unwrap();
        let takes = |unit: &'static str| takes(&number().multiple_of(unit), &value);
        prop_assert_eq!(takes("1"), exponent >= 0);
        prop_assert_eq!(takes("0.003"), exponent >= -3);
        prop_assert_eq!(takes("300"), exponent >= 2);
        prop_assert!(!takes("7"));
    }

    #[test]
    fn numbers_are_the_nearest_doubles(digits in "[1-9][0-9]{15,19}", exponent in -60_i32..40) {
        let text = format!("{digits}e{exponent}");
        let mut cx = Cx::new();
        let read = number().decode(&mut serde_json::Deserializer::from_str(&text), &mut cx);
        prop_assert_eq!(read.unwrap(), text.parse().ok(), "{}", text);
    }

    #[test]
    fn numbers_in_parameters_are_those_of_json(text in "[-+]?[0-9]{0,3}(\\.[0-9]{0,3})?([eE][-+]?[0-9]{0,2})?[ x]?") {
        let input = charter_contract::Text(text.as_str().into());
        let mut cx = Cx::new();
        let read = cx.notation(charter_contract::Source::Text, |cx| number().decode(input, cx));
        let strict = text.trim() == text;
        let expected = serde_json::from_str::<f64>(&text).ok().filter(|_| strict);
        prop_assert_eq!(read.unwrap(), expected, "{:?}", text);
    }

    #[test]
    fn moments_are_written_as_chrono_writes_them(micros in -62_167_219_200_000_000_i64..=253_402_300_799_999_999) {
        for micros in [micros, micros - micros.rem_euclid(1_000_000)] {
            let moment = Timestamp::from_micros(micros);
            prop_assert_eq!(moment.micros(), micros);
            let precision = if micros % 1_000_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
            let text = moment.to_string();
            prop_assert_eq!(&text, &moment.date_time().to_rfc3339_opts(precision, true));
            prop_assert_eq!(Timestamp::parse(&text), Some(moment));
            prop_assert_eq!(serde_json::to_value(moment).unwrap(), json!(text));
        }
    }

    #[test]
    fn moments_are_read_in_every_offset(micros in -62_000_000_000_000_000_i64..=253_000_000_000_000_000, minutes in -1439..=1439) {
        let moment = Timestamp::from_micros(micros);
        let offset = FixedOffset::east_opt(minutes * 60).unwrap();
        let text = moment.date_time().with_timezone(&offset).to_rfc3339();
        prop_assert_eq!(Timestamp::parse(&text), Some(moment), "{}", text);
        prop_assert_eq!(DateTime::parse_from_rfc3339(&text).unwrap(), moment.date_time());
    }

    #[test]
    fn ids_survive_and_keep_their_order(left in any::<u128>(), right in any::<u128>()) {
        let [a, b] = [left, right].map(|bits| WidgetId::from(Uuid::from_u128(bits)).to_string());
        prop_assert!(Pattern::new(WIDGET_ID).is_match(&a), "{}", a);
        prop_assert_eq!(WidgetId::parse(&a).map(|id| Uuid::from(id).as_u128()), Some(left));
        prop_assert_eq!(a.cmp(&b), left.cmp(&right));
        let cursor = Cursor::from(Uuid::from_u128(left)).to_string();
        prop_assert_eq!(Cursor::parse(&cursor).map(|id| Uuid::from(id).as_u128()), Some(left));
    }

    #[test]
    fn what_is_no_id_is_none(text in nearly(&["widget_01h455vb4pex5vsknk084sn02q", "widget_7zzzzzzzzzzzzzzzzzzzzzzzzz"], "01789abiluzAZ_- \u{e4}")) {
        let is_id = Pattern::new(WIDGET_ID).is_match(&text);
        prop_assert_eq!(WidgetId::parse(&text).is_some(), is_id, "{}", text);
    }

    #[test]
    fn pointers_lead_to_their_values(names in vec(prop_oneof!["[a/~0-1é\u{1f600}]{0,4}", Just("~1".to_owned())], 0..6)) {
        let mut cx = Cx::new();
        let mut document = json!("here");
        let mark = cx.mark();
        cx.violation("type", "is wrong");
        for name in &names {
            document = json!({ name: document });
            cx.enclose(mark, name);
            document = json!([null, document]);
            cx.enclose_index(mark, 1);
        }
        let violations = cx.into_violations();
        let pointer = violations[0].pointer.as_deref().unwrap();
        prop_assert_eq!(document.pointer(pointer), Some(&json!("here")));
    }

    #[test]
    fn escapes_in_queries_and_forms_are_undone(text in "\\PC{0,12}") {
        let escaped = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        let plus = escaped.replace("%20", "+");
        let debug = format!("name: {text:?}");
        for query in [escaped, plus] {
            let request = poem::Request::builder()
                .uri(format!("/required?name={query}&ids=&csv=").parse().unwrap())
                .header("x-key", "k")
                .finish();
            let answer = call(request);
            let json = answer.json();
            prop_assert!(json["read"].as_str().unwrap().contains(&debug), "{}", json);
        }
    }

    #[test]
    fn no_json_makes_it_fall(body in prop_oneof![vec(any::<u8>(), 0..64), "[\\[\\]{}\",:0-9a-z.\\-+ \\\\u]{0,64}".prop_map(String::into_bytes), nearly(&[r#"{"name":"ab","count":1,"parts":[{"size":1}],"free":[[]],"labels":{"a":"b"}}"#], "{}[]\",:01e-.\\u\u{e4}").prop_map(String::into_bytes)]) {
        let request = post("/widgets", "application/json").body(body);
        prop_assert!([201, 400].contains(&call(request).status.as_u16()));
    }

    #[test]
    fn no_form_makes_it_fall(body in prop_oneof![vec(any::<u8>(), 0..64), "[a-z=&%+0-9]{0,64}".prop_map(String::into_bytes)]) {
        let request = post("/form", "application/x-www-form-urlencoded").body(body);
        prop_assert!([200, 400].contains(&call(request).status.as_u16()));
    }

    #[test]
    fn no_multipart_makes_it_fall(
        body in prop_oneof![vec(any::<u8>(), 0..64), nearly(&["--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nabc\r\n--X\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\nContent-Type: image/png\r\n\r\na\r\n--X--\r\n"], "-X\r\n:;=\"a\u{e4}\u{0}").prop_map(String::into_bytes)],
        boundary in select(&["X", "\"X\"", "", "Y", "X; charset=utf-8"][..]),
    ) {
        let media_type = format!("multipart/form-data; boundary={boundary}");
        let request = post("/upload", &media_type).body(body);
        let status = call(request).status.as_u16();
        prop_assert!([200, 400, 415].contains(&status), "{}", status);
    }

    #[test]
    fn no_target_makes_it_fall(path in "[!-~]{0,40}", query in "[!-~]{0,60}") {
        for target in [format!("/search?{query}"), format!("/widgets/{path}/parts/1"), format!("/days/{path}?{query}"), format!("/{path}")] {
            let Ok(uri) = target.parse::<poem::http::Uri>() else {
                continue;
            };
            let status = call(poem::Request::builder().uri(uri).finish()).status.as_u16();
            prop_assert!([200, 400, 401, 404, 405].contains(&status), "{} {}", target, status);
        }
    }

    #[test]
    fn no_header_makes_it_fall(value in vec(any::<u8>(), 0..24), name in select(&["x-name", "x-tags", "x-count", "cookie", "content-type", "authorization", "x-api-key"][..])) {
        let Ok(value) = poem::http::HeaderValue::from_bytes(&value) else {
            return Ok(());
        };
        for target in ["/headers", "/secret", "/either"] {
            let request = poem::Request::builder().uri(target.parse().unwrap()).header(name, value.clone()).finish();
            let status = call(request).status.as_u16();
            prop_assert!([200, 400, 401].contains(&status), "{}", status);
        }
    }
}

/// The other validator leaves `\b` to Unicode; in ECMA-262 it is ASCII.
#[test]
fn word_boundaries_are_those_of_ascii() {
    let pattern = Pattern::new(r"^\w+\b\W*$");
    assert!(pattern.is_match("ab\u{e4}"));
    assert!(!Pattern::new(r"^a\b\w$").is_match("ab"));
    assert!(Pattern::new(r"^a\B\w$").is_match("ab"));
    assert!(!Pattern::new(r"^a\B\W$").is_match("a\u{e4}"));
}

fn post(path: &'static str, media_type: &str) -> poem::RequestBuilder {
    poem::Request::builder()
        .method(poem::http::Method::POST)
        .uri(poem::http::Uri::from_static(path))
        .header("content-type", media_type)
}

/// Calls the API from code that is not asynchronous.
fn call(request: poem::Request) -> Answer {
    static API: LazyLock<Api> = LazyLock::new(Api::new);
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
    });
    RUNTIME.block_on(async { Answer::of(API.call(request).await).await })
}
