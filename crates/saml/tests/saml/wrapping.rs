//! Signature wrapping: the signed element is moved to where it is not read, and another stands in its
//! place. The eight forms are those of "On Breaking SAML: Be Whoever You Want to Be" (Somorovsky et al., 2012).
//!
//! Each is made from responses of our own provider and of the recorded ones. That its signature still
//! holds for who looks elements up by id is the word of xml-crypto, samlp's own library.

use std::ops::Range;
use std::path::Path;

use charter_saml::Refusal;
use serde_json::json;
use uppsala::{Document, NodeId};

use crate::issue::{Issue, Signs};
use crate::programs::{self, ask};
use crate::recorded::{self, Recorded};
use crate::world::{expected, judged, provider};

const VICTIM: &str = "root@northwind.example";

/// A response cut into its parts.
struct Cut<'a> {
    xml: &'a str,
    response_signature: Option<Range<usize>>,
    assertion: Range<usize>,
    assertion_signature: Option<Range<usize>>,
    response_id: String,
    assertion_id: String,
    name: String,
}

fn child(document: &Document<'_>, parent: NodeId, name: &str) -> Option<NodeId> {
    let is_it = |id: &NodeId| {
        document
            .element(*id)
            .is_some_and(|element| element.name.local_name == name)
    };
    document.children_iter(parent).find(is_it)
}

impl<'a> Cut<'a> {
    fn of(xml: &'a str) -> Self {
        let document = uppsala::parse(xml).unwrap();
        let range = |id: NodeId| document.node_range(id).unwrap();
        let response = document.document_element().unwrap();
        let assertion = child(&document, response, "Assertion").unwrap();
        let subject = child(&document, assertion, "Subject").unwrap();
        let name = child(&document, subject, "NameID").unwrap();
        let id = |of: NodeId| document.get_attribute(of, "ID").unwrap().to_owned();
        Self {
            xml,
            response_signature: child(&document, response, "Signature").map(range),
            assertion: range(assertion),
            assertion_signature: child(&document, assertion, "Signature").map(range),
            response_id: id(response),
            assertion_id: id(assertion),
            name: document.text_content_deep(name),
        }
    }

    /// The assertion.
    fn assertion(&self) -> &'a str {
        &self.xml[self.assertion.clone()]
    }

    /// The signature of the assertion.
    fn signature(&self) -> &'a str {
        &self.xml[self.assertion_signature.clone().unwrap()]
    }

    /// The assertion as it was signed.
    fn bare_assertion(&self) -> String {
        self.assertion().replacen(self.signature(), "", 1)
    }

    /// An assertion that speaks of the victim.
    fn evil(&self, assertion: &str) -> String {
        let renamed = assertion.replacen(&self.assertion_id, "_evil", 1);
        let evil = renamed.replacen(&self.name, VICTIM, 1);
        assert_ne!(evil, renamed);
        evil
    }

    /// The response with something else where the assertion is.
    fn with(&self, instead: &str) -> String {
        let Range { start, end } = self.assertion.clone();
        format!("{}{instead}{}", &self.xml[..start], &self.xml[end..])
    }
}

/// Puts something at the end of an element.
fn append(element: &str, what: &str) -> String {
    let end = element.rfind("</").unwrap();
    format!("{}{what}{}", &element[..end], &element[end..])
}

/// The first two forms: the response is signed, and stands in an evil one.
fn wrapped_response(xml: &str, after: impl Fn(&str, &str) -> String) -> String {
    let cut = Cut::of(xml);
    let signature = &xml[cut.response_signature.clone().unwrap()];
    let (_, original) = xml.split_at(xml.find(root_tag(xml)).unwrap());
    let original = original.replacen(signature, "", 1);
    let evil = xml
        .replacen(&cut.response_id, "_evil", 1)
        .replacen(&cut.name, VICTIM, 1);
    evil.replacen(signature, &after(signature, &original), 1)
}

/// `<samlp:Response`, with whatever prefix.
fn root_tag(xml: &str) -> &str {
    let document = uppsala::parse(xml).unwrap();
    let root = document.document_element().unwrap();
    let start = document.node_range(root).unwrap().start;
    let end = start + xml[start..].find(char::is_whitespace).unwrap();
    &xml[start..end]
}

fn extensions(what: &str) -> String {
    format!(
        "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{what}</samlp:Extensions>"
    )
}

fn object(what: &str) -> String {
    format!("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{what}</ds:Object>")
}

const RESPONSE_IN_RESPONSE: Refusal = Refusal::Wrapping("there is a response in the response");
const MORE_ASSERTIONS: Refusal = Refusal::Wrapping("there is more than one assertion");

/// Number, what is made of the response, what is said of it.
type Form = (u8, fn(&str) -> String, Refusal);

const OF_RESPONSES: &[Form] = &[
    (1, |xml| wrapped_response(xml, append), RESPONSE_IN_RESPONSE),
    (
        2,
        |xml| wrapped_response(xml, |signature, original| format!("{original}{signature}")),
        RESPONSE_IN_RESPONSE,
    ),
];

const OF_ASSERTIONS: &[Form] = &[
    (
        3,
        |xml| {
            let cut = Cut::of(xml);
            let evil = cut.evil(&cut.bare_assertion());
            cut.with(&format!("{evil}{}", cut.assertion()))
        },
        MORE_ASSERTIONS,
    ),
    (
        4,
        |xml| {
            let cut = Cut::of(xml);
            let evil = cut.evil(&cut.bare_assertion());
            cut.with(&append(&evil, cut.assertion()))
        },
        MORE_ASSERTIONS,
    ),
    (
        5,
        |xml| {
            let cut = Cut::of(xml);
            let evil = cut.evil(cut.assertion()).replacen(
                &cut.signature().replacen(&cut.assertion_id, "_evil", 1),
                cut.signature(),
                1,
            );
            cut.with(&format!("{evil}{}", cut.bare_assertion()))
        },
        MORE_ASSERTIONS,
    ),
    (
        6,
        |xml| {
            let cut = Cut::of(xml);
            let signature = append(cut.signature(), &cut.bare_assertion());
            let evil = cut.evil(cut.assertion());
            cut.with(&evil.replacen(cut.signature(), &signature, 1))
        },
        MORE_ASSERTIONS,
    ),
    (
        7,
        |xml| {
            let cut = Cut::of(xml);
            let evil = cut.evil(&cut.bare_assertion());
            cut.with(&format!("{}{}", extensions(&evil), cut.assertion()))
        },
        MORE_ASSERTIONS,
    ),
    (
        8,
        |xml| {
            let cut = Cut::of(xml);
            let signature = append(cut.signature(), &object(&cut.bare_assertion()));
            let evil = cut.evil(cut.assertion());
            cut.with(&evil.replacen(cut.signature(), &signature, 1))
        },
        MORE_ASSERTIONS,
    ),
];

/// Responses of everybody, with what they fit.
fn bases(signs: Signs) -> Vec<Recorded> {
    let own = Recorded {
        name: "issue".to_owned(),
        xml: Issue::signing(signs).xml(),
        request: crate::world::REQUEST.to_owned(),
        now: crate::world::now(),
    };
    let mut all = recorded::signing(signs);
    assert_eq!(all.len(), 2, "pysaml2 and samlp");
    all.push(own);
    all
}

#[test]
fn all_eight_forms() {
    for (signs, forms) in [
        (Signs::Response, OF_RESPONSES),
        (Signs::Assertion, OF_ASSERTIONS),
    ] {
        for base in bases(signs) {
            let before = base.judged(&base.xml).expect("it was not wrapped yet");
            assert_ne!(before.email, VICTIM);
            for (number, wrap, why) in forms {
                let wrapped = wrap(&base.xml);
                assert!(wrapped.contains(VICTIM), "{} {number}", base.name);
                assert_eq!(
                    base.judged(&wrapped),
                    Err(*why),
                    "{} of {}: {wrapped}",
                    number,
                    base.name,
                );
            }
        }
    }
}

/// Without this, the forms above might be refused because they are broken.
#[test]
fn xml_crypto_takes_every_form() {
    let Some(mut xml_crypto) = programs::xml_crypto() else {
        return;
    };
    let mut names = Vec::new();
    let mut documents = Vec::new();
    for (signs, forms) in [
        (Signs::Response, OF_RESPONSES),
        (Signs::Assertion, OF_ASSERTIONS),
    ] {
        for base in bases(signs) {
            for (number, wrap, _) in forms {
                names.push(format!("{number} of {}", base.name));
                documents.push(wrap(&base.xml));
            }
            // It does look.
            names.push(format!("another name in {}", base.name));
            documents.push(base.xml.replacen(&Cut::of(&base.xml).name, VICTIM, 1));
        }
    }
    let job = json!({
        "certificate": Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/provider.pem"),
        "documents": documents,
    });
    let verdicts = ask(&mut xml_crypto, &job);
    assert_eq!(verdicts.len(), names.len());
    for (name, verdict) in names.iter().zip(&verdicts) {
        let is_wrapped = !name.starts_with("another name");
        assert_eq!(verdict, is_wrapped, "{name}");
    }
}

/// What else hides, moves or doubles what is signed.
#[test]
fn other_forms() {
    let assertion_signed = Issue::signing(Signs::Assertion).xml();
    let response_signed = Issue::signing(Signs::Response).xml();
    let both = Issue::signing(Signs::Both).xml();
    let judge = |xml: &str| judged(xml, &provider(), &expected());
    for xml in [&assertion_signed, &response_signed, &both] {
        judge(xml).expect("it was not changed yet");
    }
    let cut = Cut::of(&assertion_signed);

    // The evil assertion has the signature, and the signed one is gone.
    assert_eq!(
        judge(&cut.with(&cut.evil(cut.assertion()))),
        Err(Refusal::Wrapping(
            "the signature is for another element than the one it stands in"
        )),
    );
    // The evil one takes the id of the signed one, which hides in extensions.
    let evil = cut.bare_assertion().replacen(&cut.name, VICTIM, 1);
    let hidden = extensions(&cut.assertion().replace("Assertion", "Advice"));
    assert_eq!(
        judge(&cut.with(&format!("{hidden}{evil}"))),
        Err(Refusal::Wrapping("two elements have the same id")),
    );
    // The signature of the assertion moves to the response.
    let moved = cut.with(&cut.bare_assertion()).replacen(
        "<samlp:Status>",
        &format!("{}<samlp:Status>", cut.signature()),
        1,
    );
    assert_eq!(
        judge(&moved),
        Err(Refusal::Wrapping(
            "the signature is for another element than the one it stands in"
        )),
    );
    // The assertion moves away from where assertions are.
    assert_eq!(
        judge(&cut.with(&extensions(cut.assertion()))),
        Err(Refusal::Wrapping("the assertion stands elsewhere")),
    );
    // The signature moves deeper.
    let subject = cut.assertion().replacen(cut.signature(), "", 1).replacen(
        "<saml:Subject>",
        &format!("<saml:Subject>{}", cut.signature()),
        1,
    );
    assert_eq!(
        judge(&cut.with(&subject)),
        Err(Refusal::Wrapping("a signature stands elsewhere")),
    );
    // Signed twice.
    let twice = cut
        .assertion()
        .replacen(cut.signature(), &cut.signature().repeat(2), 1);
    assert_eq!(
        judge(&cut.with(&twice)),
        Err(Refusal::Wrapping("something is signed twice")),
    );
    // An object in the signature, even an empty one.
    let object = append(cut.signature(), &object(""));
    assert_eq!(
        judge(&assertion_signed.replacen(cut.signature(), &object, 1)),
        Err(Refusal::Wrapping("something hides in the signature")),
    );
    // A second assertion beside the signed ones, in a signed response.
    for xml in [&response_signed, &both] {
        let evil = Cut::of(xml).assertion().replacen("_assertion", "_evil", 1);
        let evil = evil.replacen(crate::world::MARA, VICTIM, 1);
        let with = xml.replacen("<saml:Assertion", &format!("{evil}<saml:Assertion"), 1);
        assert_eq!(judge(&with), Err(MORE_ASSERTIONS));
    }
}

/// A response in which something is signed that is no response and no assertion: the provider's
/// signature of other documents admits nobody.
#[test]
fn the_signature_of_something_else() {
    let signature = crate::issue::Signer::PROVIDER.signature(
        "_metadata",
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_metadata\"></md:EntityDescriptor>",
        "",
    );
    let unsigned = Issue::signing(Signs::Neither).xml();
    let metadata = format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_metadata\">{signature}</md:EntityDescriptor>"
    );
    let judge = |xml: &str| judged(xml, &provider(), &expected());
    let with = unsigned.replacen(
        "<samlp:Status>",
        &format!("{}<samlp:Status>", extensions(&metadata)),
        1,
    );
    assert_eq!(
        judge(&with),
        Err(Refusal::Wrapping("a signature stands elsewhere"))
    );
    let with = unsigned.replacen("<samlp:Status>", &format!("{signature}<samlp:Status>"), 1);
    assert_eq!(
        judge(&with),
        Err(Refusal::Wrapping(
            "the signature is for another element than the one it stands in"
        )),
    );
    // Not even under its id.
    let named = with.replacen("_response", "_metadata", 1);
    assert_eq!(
        judge(&named),
        Err(Refusal::Signature(charter_saml::SignatureFault::Digest)),
    );
}
