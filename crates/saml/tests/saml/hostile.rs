//! Input that nobody has written in good faith: it is refused, in time, and nothing panics.

use charter_saml::{Assertion, Certificate, IdentityProvider, Received, Refusal};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::time::Duration;

use crate::recorded::{self, Recorded};
use crate::world::{expected, field, issued, judged, now, provider};
use charter_issuer::Signs;

fn read(text: &str) -> Result<Received, Refusal> {
    Received::read(text)
}

#[test]
fn no_response() {
    for (text, why) in [
        ("", "this is not well-formed XML without a document type"),
        ("!", "the response is not base64"),
        (
            "PHg+",
            "this is not well-formed XML without a document type",
        ),
        ("//79", "the response is not UTF-8"),
        ("PHgvPg==", "this is no response"),
        ("PHgvPg", "the response is not base64"),
    ] {
        assert_eq!(read(text).err(), Some(Refusal::Malformed(why)), "{text}");
    }
    let issue = issued(Signs::Assertion).xml();
    for (from, to, why) in [
        (
            "Version=\"2.0\"",
            "Version=\"1.1\"",
            "this is no response of SAML 2.0",
        ),
        (
            "SAML:2.0:protocol",
            "SAML:1.1:protocol",
            "this is no response",
        ),
    ] {
        let xml = issue.replacen(from, to, 1);
        assert_eq!(read(&field(&xml)).err(), Some(Refusal::Malformed(why)));
    }
    let twice = issue.replacen(
        "<samlp:Status>",
        "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">x</saml:Issuer><samlp:Status>",
        1,
    );
    assert_eq!(
        read(&field(&twice)).err(),
        Some(Refusal::Malformed(
            "an element that stands once stands twice"
        )),
    );
}

#[test]
fn line_breaks_in_base64() {
    let text = field(&issued(Signs::Assertion).xml());
    let broken: Vec<_> = text.as_bytes().chunks(76).map(<[u8]>::to_vec).collect();
    let broken = String::from_utf8(broken.join(&b"\r\n"[..])).unwrap();
    read(&broken)
        .unwrap()
        .judge(&provider(), &expected())
        .unwrap();
}

#[test]
fn too_large() {
    let xml = issued(Signs::Assertion).xml();
    let padded = |spaces: usize| field(&format!("{xml}{}", " ".repeat(spaces)));
    let room = charter_saml::MAX_RESPONSE_CHARACTERS / 4 * 3 - xml.len();
    let largest = padded(room);
    assert_eq!(largest.len(), charter_saml::MAX_RESPONSE_CHARACTERS);
    read(&largest)
        .unwrap()
        .judge(&provider(), &expected())
        .unwrap();
    assert_eq!(
        read(&padded(room + 1)).err(),
        Some(Refusal::Malformed("the response is too large")),
    );
}

/// A response with something in its status, where it does not count.
fn with(what: &str) -> String {
    issued(Signs::Assertion)
        .xml()
        .replacen("</samlp:Status>", &format!("{what}</samlp:Status>"), 1)
}

#[test]
fn too_deep_and_too_wide() {
    let judge = |xml: &str| judged(xml, &provider(), &expected());
    let deep = |levels: usize| {
        with(&format!(
            "{}{}",
            "<a>".repeat(levels),
            "</a>".repeat(levels)
        ))
    };
    judge(&deep(40)).expect("as deep as need be");
    assert_eq!(
        judge(&deep(60)).err(),
        Some(Refusal::Malformed(
            "this is not well-formed XML without a document type"
        )),
    );
    judge(&deep(9000)).expect_err("too deep");
    let wide = |attributes: usize| {
        let all: String = (0..attributes).map(|n| format!(" a{n}=\"\"")).collect();
        with(&format!("<a{all}/>"))
    };
    judge(&wide(64)).expect("as wide as need be");
    assert_eq!(
        judge(&wide(65)).err(),
        Some(Refusal::Malformed("an element has too many attributes")),
    );
}

/// The largest documents that are dear to read, each within a moment, although nothing is optimised here.
#[test]
fn nothing_takes_long() {
    let fill = |piece: &dyn Fn(usize) -> String| {
        let mut all = String::new();
        let mut number = 0;
        while all.len() < 180_000 {
            all.push_str(&piece(number));
            number += 1;
        }
        all
    };
    let elements = with(&fill(&|_| "<a/>".to_owned()));
    let comments = with(&fill(&|_| "<!---->".to_owned()));
    let namespaces = with(&fill(&|n| format!("<p{n}:a xmlns:p{n}=\"urn:{n}\"/>")));
    let ids = with(&fill(&|n| format!("<a ID=\"i{n}\"/>")));
    let attributes = with(&fill(&|n| {
        let all: String = (0..60).map(|a| format!(" a{a}=\"{n}\"")).collect();
        format!("<a{all}/>")
    }));
    let mut nested = String::new();
    for level in 0..40 {
        let all: String = (0..60)
            .map(|n| format!(" xmlns:l{level}n{n}=\"urn:{n}\""))
            .collect();
        nested.push_str(&format!("<a{all}>"));
    }
    nested.push_str(&"<l0n0:a/>".repeat(5_000));
    nested.push_str(&"</a>".repeat(40));
    let scopes = with(&nested);
    let signatures = with(&fill(&|_| {
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>".to_owned()
    }));
    for (name, xml) in [
        ("elements", elements),
        ("comments", comments),
        ("namespaces", namespaces),
        ("ids", ids),
        ("attributes", attributes),
        ("scopes", scopes),
        ("signatures", signatures),
    ] {
        let text = field(&xml);
        assert!(
            text.len() <= charter_saml::MAX_RESPONSE_CHARACTERS,
            "{name}"
        );
        #[expect(
            clippy::disallowed_methods,
            reason = "the time that it takes is what is measured"
        )]
        let start = std::time::Instant::now();
        let judged = read(&text).and_then(|received| received.judge(&provider(), &expected()));
        let took = start.elapsed();
        eprintln!(
            "{name}: {took:?}, {:?}",
            judged.as_ref().map(|_| "accepted")
        );
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    }
}

/// Of these, some are accepted as they are.
fn recorded_responses() -> Vec<Recorded> {
    [
        Signs::Response,
        Signs::Assertion,
        Signs::Both,
        Signs::Neither,
    ]
    .into_iter()
    .flat_map(recorded::signing)
    .collect()
}

/// A change that somebody on the way could make.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Drop(Index, usize),
    Put(Index, String),
    Repeat(Index, usize, Index),
}

impl Change {
    fn make(&self, xml: &mut String) {
        let whole = |xml: &str, at: usize| {
            (at..=xml.len())
                .find(|at| xml.is_char_boundary(*at))
                .unwrap()
        };
        let place = |xml: &str, index: &Index| whole(xml, index.index(xml.len() + 1));
        match self {
            Self::Cut(at) => xml.truncate(place(xml, at)),
            Self::Drop(at, length) => {
                let start = place(xml, at);
                let end = whole(xml, (start + length).min(xml.len()));
                xml.replace_range(start..end, "");
            }
            Self::Put(at, what) => {
                let at = place(xml, at);
                xml.insert_str(at, what);
            }
            Self::Repeat(from, length, to) => {
                let start = place(xml, from);
                let end = whole(xml, (start + length).min(xml.len()));
                let what = xml[start..end].to_owned();
                let to = place(xml, to);
                xml.insert_str(to, &what);
            }
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let pieces = select(vec![
        "<",
        ">",
        "/",
        "\"",
        "&",
        "&amp;",
        "&#0;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "<a/>",
        " ",
        "\u{0}",
        "\u{feff}",
        "=",
        "#",
        " ID=\"_assertion\"",
        " xmlns=\"urn:x\"",
        "xmlns:saml=\"\"",
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
        "2099",
        "root@",
        "é",
    ])
    .prop_map(str::to_owned);
    let change = prop_oneof![
        1 => any::<Index>().prop_map(Change::Cut),
        4 => (any::<Index>(), 1..200_usize).prop_map(|(at, length)| Change::Drop(at, length)),
        8 => (any::<Index>(), pieces).prop_map(|(at, what)| Change::Put(at, what)),
        4 => (any::<Index>(), 1..3000_usize, any::<Index>())
            .prop_map(|(from, length, to)| Change::Repeat(from, length, to)),
    ];
    prop::collection::vec(change, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is done to a response on its way: what is accepted is what was signed.
    #[test]
    fn a_changed_response_says_the_same_or_nothing(
        base in any::<Index>(),
        changes in changes(),
    ) {
        let bases = recorded_responses();
        let base = base.get(&bases);
        let before: Option<Assertion> = base.judged(&base.xml).ok();
        let mut xml = base.xml.clone();
        for change in &changes {
            change.make(&mut xml);
        }
        if let Ok(after) = base.judged(&xml) {
            prop_assert_eq!(Some(after), before);
        }
    }

    #[test]
    fn text_is_refused(text in "\\PC{0,200}") {
        prop_assert!(read(&text).is_err());
        prop_assert!(read(&field(&text)).is_err());
        prop_assert!(IdentityProvider::from_metadata(&text, now()).is_err());
        prop_assert!(Certificate::from_base64(&text).is_err());
        prop_assert!(Certificate::from_pem(&text).is_err());
    }

    #[test]
    fn bytes_are_no_certificate(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Certificate::from_der(&bytes).is_err());
    }

    /// Whatever is done to a certificate, it is read or refused.
    #[test]
    fn changed_certificates(at in any::<Index>(), byte in any::<u8>(), length in any::<Index>()) {
        use base64::Engine as _;
        let good = crate::world::certificate(crate::world::key!("provider.pem")).to_base64();
        let mut der = base64::engine::general_purpose::STANDARD.decode(good).unwrap();
        let at = at.index(der.len());
        der[at] = byte;
        let _ = Certificate::from_der(&der);
        der.truncate(length.index(der.len()));
        prop_assert!(Certificate::from_der(&der).is_err());
    }
}
