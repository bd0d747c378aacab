//! Signature wrapping: the signed element is moved to where it is not read, and another stands in its
//! place.
//!
//! Each is made from responses of our own provider and of the recorded ones. That its signature still
//! holds for who looks elements up by id is the word of xml-crypto, samlp's own library.

use charter_issuer::programs::{self, ask};
use charter_issuer::wrapping::{Cut, FORMS, Form, append, extensions, object};
use charter_issuer::{Signs, keys};
use charter_saml::Refusal;
use serde_json::json;

use crate::recorded::{self, Recorded};
use crate::world::{expected, issued, judged, provider};

const VICTIM: &str = "root@northwind.example";

const RESPONSE_IN_RESPONSE: Refusal = Refusal::Wrapping("there is a response in the response");
const MORE_ASSERTIONS: Refusal = Refusal::Wrapping("there is more than one assertion");

/// What is said of the forms.
const fn why(form: Form) -> Refusal {
    match form.signs {
        Signs::Response => RESPONSE_IN_RESPONSE,
        _ => MORE_ASSERTIONS,
    }
}

/// Responses of everybody, with what they fit.
fn bases(signs: Signs) -> Vec<Recorded> {
    let own = Recorded {
        name: "issue".to_owned(),
        xml: issued(signs).xml(),
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
    assert_eq!(FORMS.len(), 8);
    for form in FORMS {
        for base in bases(form.signs) {
            let before = base.judged(&base.xml).expect("it was not wrapped yet");
            assert_ne!(before.email, VICTIM);
            let wrapped = (form.wrap)(&base.xml, VICTIM);
            assert!(wrapped.contains(VICTIM), "{} {}", base.name, form.number);
            assert_eq!(
                base.judged(&wrapped),
                Err(why(*form)),
                "{} of {}: {wrapped}",
                form.number,
                base.name,
            );
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
    for form in FORMS {
        for base in bases(form.signs) {
            names.push(format!("{} of {}", form.number, base.name));
            documents.push((form.wrap)(&base.xml, VICTIM));
        }
    }
    for base in [bases(Signs::Response), bases(Signs::Assertion)].concat() {
        // It does look.
        names.push(format!("another name in {}", base.name));
        documents.push(base.xml.replacen(Cut::of(&base.xml).name(), VICTIM, 1));
    }
    let job = json!({
        "certificate": keys::folder().join("provider.pem"),
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
    let assertion_signed = issued(Signs::Assertion).xml();
    let response_signed = issued(Signs::Response).xml();
    let both = issued(Signs::Both).xml();
    let judge = |xml: &str| judged(xml, &provider(), &expected());
    for xml in [&assertion_signed, &response_signed, &both] {
        judge(xml).expect("it was not changed yet");
    }
    let cut = Cut::of(&assertion_signed);

    // The evil assertion has the signature, and the signed one is gone.
    assert_eq!(
        judge(&cut.with(&cut.evil(cut.assertion(), VICTIM))),
        Err(Refusal::Wrapping(
            "the signature is for another element than the one it stands in"
        )),
    );
    // The evil one takes the id of the signed one, which hides in extensions.
    let evil = cut.bare_assertion().replacen(cut.name(), VICTIM, 1);
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
    let signature = charter_issuer::Signer::PROVIDER.signature(
        "_metadata",
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_metadata\"></md:EntityDescriptor>",
        "",
    );
    let unsigned = issued(Signs::Neither).xml();
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
