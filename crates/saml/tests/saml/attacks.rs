//! Attacks on parsers, keys and algorithms. Each response is accepted before it is changed.

use charter_saml::{Received, Refusal, SignatureFault};

use crate::recorded::{self, Recorded};
use crate::world::{
    EMAIL_FORMAT, MARA, PROVIDER, expected, field, issued, judged, key, provider, provider_with,
};
use charter_issuer::tampering::{
    after, key_info, laughs, signed_by, with_entity, without_signatures,
};
use charter_issuer::{Issue, RSA_SHA256, SHA1, SHA256, Signer, Signs, name_id};

/// Responses of every kind and of everybody, all of which are accepted.
fn bases() -> Vec<Recorded> {
    let mut all = Vec::new();
    for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
        all.extend(recorded::signing(signs));
        all.push(Recorded {
            name: "issue".to_owned(),
            xml: issued(signs).xml(),
            request: crate::world::REQUEST.to_owned(),
            now: crate::world::now(),
        });
    }
    assert_eq!(all.len(), 9);
    all
}

/// Each of these responses is accepted as it is, and refused with this change.
#[track_caller]
fn refused(why: Refusal, change: impl Fn(&str) -> String) {
    for base in bases() {
        base.judged(&base.xml).expect("it was not changed yet");
        let changed = change(&base.xml);
        assert_ne!(changed, base.xml, "{}", base.name);
        assert_eq!(base.judged(&changed), Err(why), "{}: {changed}", base.name);
    }
}

const NO_XML: Refusal = Refusal::Malformed("this is not well-formed XML without a document type");

#[test]
fn a_document_type() {
    refused(NO_XML, |xml| after("<!DOCTYPE Response>", xml));
    refused(NO_XML, |xml| {
        after(
            "<!DOCTYPE Response SYSTEM \"http://127.0.0.1:9/evil.dtd\">",
            xml,
        )
    });
}

#[test]
fn entities() {
    let with = |declarations: &str, xml: &str| with_entity(declarations, MARA, xml);
    refused(NO_XML, |xml| {
        with("<!ENTITY e \"root@northwind.example\">", xml)
    });
    refused(NO_XML, |xml| {
        with("<!ENTITY e SYSTEM \"file:///etc/passwd\">", xml)
    });
    refused(NO_XML, |xml| {
        with("<!ENTITY % p SYSTEM \"http://127.0.0.1:9/\"> %p;", xml)
    });
    refused(NO_XML, |xml| with(&laughs(), xml));
    // An entity that nobody has declared.
    refused(NO_XML, |xml| xml.replacen(MARA, "&e;", 1));
}

/// A comment splits the text of an element in two. Who reads the first part alone takes
/// `mara@northwind.example.evil.example`, which anybody may have had signed, for Mara
/// (CVE-2017-11427 and others).
#[test]
fn a_comment_in_the_name() {
    const EVIL: &str = "mara@northwind.example.evil.example";
    for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
        let mut issue = issued(signs);
        issue.name_id = name_id(EMAIL_FORMAT, EVIL);
        let xml = issue.xml();
        let split = xml.replacen(MARA, "mara@northwind.example<!-- -->", 1);
        assert_ne!(split, xml);
        let before = judged(&xml, &provider(), &expected()).unwrap();
        // The signature still holds: comments are no part of what is signed.
        let after = judged(&split, &provider(), &expected()).unwrap();
        assert_eq!(before, after);
        assert_eq!(after.name_id.value, EVIL);
        assert_eq!(after.email, EVIL);
    }
    for base in bases() {
        let before = base.judged(&base.xml).unwrap();
        let split = base.xml.replace(
            MARA,
            "mara@<!-- root@northwind.example -->northwind.example",
        );
        assert_ne!(split, base.xml);
        assert_eq!(base.judged(&split), Ok(before), "{}", base.name);
    }
}

/// The name by which a provider is looked up is the whole of it, too.
#[test]
fn a_comment_in_the_issuer() {
    let issuer = format!(">{PROVIDER}</saml:Issuer>");
    for signs in [Signs::Response, Signs::Assertion] {
        let xml = issued(signs).xml();
        let longer = xml.replace(&issuer, &format!(">{PROVIDER}<!-- -->.evil</saml:Issuer>"));
        assert_ne!(longer, xml);
        let received = Received::read(&field(&longer)).unwrap();
        assert_eq!(received.claimed_issuer(), format!("{PROVIDER}.evil"));
        assert_eq!(
            received.judge(&provider(), &expected()),
            Err(Refusal::Issuer)
        );
    }
}

/// The same with what is part of what is signed.
#[test]
fn other_things_in_the_name() {
    refused(Refusal::Signature(SignatureFault::Digest), |xml| {
        xml.replacen(MARA, "mara@northwind.example<?pi?>", 1)
    });
    // Even a provider that signs it is not followed.
    let mut issue = issued(Signs::Both);
    issue.name_id = name_id(EMAIL_FORMAT, "mara@northwind.example<?pi?>.evil.example");
    assert_eq!(
        judged(&issue.xml(), &provider(), &expected()),
        Err(Refusal::Malformed(
            "something else stands where text belongs"
        )),
    );
}

/// White space, `CDATA` and references are other ways to write what was signed.
#[test]
fn the_same_in_other_words() {
    for base in bases() {
        let before = base.judged(&base.xml).unwrap();
        for same in [
            "<![CDATA[mara@northwind.example]]>",
            "mara&#64;northwind.example",
            "mara&#x40;northwind.example",
        ] {
            let xml = base.xml.replace(MARA, same);
            assert_eq!(base.judged(&xml), Ok(before.clone()), "{}", base.name);
        }
    }
}

#[test]
fn another_name() {
    refused(Refusal::Signature(SignatureFault::Digest), |xml| {
        xml.replacen(MARA, "root@northwind.example", 1)
    });
}

#[test]
fn without_the_signatures() {
    refused(Refusal::Signature(SignatureFault::Missing), |xml| {
        without_signatures(xml)
    });
}

/// One letter of the signature's value.
#[test]
fn a_changed_signature() {
    refused(Refusal::Signature(SignatureFault::Value), |xml| {
        let at = xml.find("SignatureValue>").unwrap() + "SignatureValue>".len() + 20;
        let other = if &xml[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &xml[..at], &xml[at + 1..])
    });
}

/// Every signature counts: a response whose own signature holds is refused if its assertion's does not.
#[test]
fn one_of_two_signatures_is_broken() {
    let mut stranger = issued(Signs::Assertion);
    stranger.signer.key = key!("stranger.key.pem");
    let xml = stranger.xml();
    let signed = |xml: &str| {
        let signature = Signer::PROVIDER.signature("_response", xml, "");
        signed_by(&signature, xml)
    };
    assert_eq!(
        judged(&signed(&xml), &provider(), &expected()),
        Err(Refusal::Signature(SignatureFault::Value)),
    );
    let own = issued(Signs::Assertion).xml();
    // What stands in a signature's scope declares its prefix but once.
    let canonical = own.replace(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
        "<ds:SignedInfo>",
    );
    judged(&signed(&canonical), &provider(), &expected()).expect("both hold");
}

/// A certificate in the response says nothing: neither does a stranger's admit the stranger, nor does
/// one that does not belong there keep out who signs with the pinned key.
#[test]
fn another_certificate_in_key_info() {
    for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
        let mut issue = issued(signs);
        issue.signer.key = key!("stranger.key.pem");
        for pem in [key!("stranger.pem"), key!("provider.pem")] {
            issue.key_info = key_info(pem);
            let xml = issue.xml();
            assert_eq!(
                judged(&xml, &provider(), &expected()),
                Err(Refusal::Signature(SignatureFault::Value)),
            );
            // For who has pinned the stranger, it is in order.
            judged(&xml, &provider_with(key!("stranger.pem")), &expected()).expect("the stranger");
        }
        let mut issue = issued(signs);
        issue.key_info = key_info(key!("stranger.pem"));
        judged(&issue.xml(), &provider(), &expected()).expect("the pinned key");
    }
    // And without it the recorded ones hold as well.
    for base in bases() {
        let before = base.judged(&base.xml).unwrap();
        let document = uppsala::parse(&base.xml).unwrap();
        let mut bare = base.xml.clone();
        for info in document
            .get_elements_by_tag_name("KeyInfo")
            .into_iter()
            .rev()
        {
            bare.replace_range(document.node_range(info).unwrap(), "");
        }
        match base.name.contains("both") {
            // The inner one is part of what the outer signature covers.
            true => assert_eq!(
                base.judged(&bare),
                Err(Refusal::Signature(SignatureFault::Digest))
            ),
            false => assert_eq!(base.judged(&bare), Ok(before)),
        }
    }
}

/// Algorithms that do not count, each declared by the provider itself. The recorded responses with
/// SHA-1 are judged in `foreign`.
#[test]
fn weak_algorithms() {
    let weak = |change: &dyn Fn(&mut Issue)| {
        for signs in [Signs::Response, Signs::Assertion] {
            let mut issue = issued(signs);
            judged(&issue.xml(), &provider(), &expected()).expect("it was not changed yet");
            change(&mut issue);
            assert_eq!(
                judged(&issue.xml(), &provider(), &expected()),
                Err(Refusal::Signature(SignatureFault::Algorithm)),
            );
        }
    };
    weak(&|issue| issue.signer.digest = SHA1);
    for method in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "",
    ] {
        assert_ne!(method, RSA_SHA256);
        weak(&|issue| issue.signer.method = method);
    }
    let issue = issued(Signs::Neither).xml();
    for canonicalization in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#",
    ] {
        // For what is signed, for the reference, and for its first transform.
        for (element, algorithm) in [
            (
                "CanonicalizationMethod",
                "http://www.w3.org/2001/10/xml-exc-c14n#",
            ),
            ("Transform", "http://www.w3.org/2001/10/xml-exc-c14n#"),
            (
                "Transform",
                "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
            ),
        ] {
            let from = format!("<ds:{element} Algorithm=\"{algorithm}\">");
            let to = format!("<ds:{element} Algorithm=\"{canonicalization}\">");
            let signature = Signer::PROVIDER.signature_with("_response", &issue, &|information| {
                assert!(information.contains(&from), "{information}");
                information.replacen(&from, &to, 1)
            });
            let signed = format!("{signature}<samlp:Status>");
            assert_eq!(
                judged(
                    &issue.replacen("<samlp:Status>", &signed, 1),
                    &provider(),
                    &expected()
                ),
                Err(Refusal::Signature(SignatureFault::Algorithm)),
                "{to}",
            );
        }
    }
    assert_eq!(Signer::PROVIDER.digest, SHA256);
}

/// A signature says by an id what it is for, and in no other way.
#[test]
fn other_references() {
    let issue = issued(Signs::Neither).xml();
    let judge = |change: &dyn Fn(&str) -> String| {
        let signature = Signer::PROVIDER.signature_with("_response", &issue, change);
        let signed = format!("{signature}<samlp:Status>");
        let xml = issue.replacen("<samlp:Status>", &signed, 1);
        judged(&xml, &provider(), &expected())
    };
    judge(&str::to_owned).expect("it was not changed yet");
    for uri in [
        "",
        "#",
        "_response",
        "#_assertion",
        "#xpointer(/)",
        "#xpointer(id('_response'))",
        "https://idp.northwind.example/response.xml#_response",
    ] {
        assert_eq!(
            judge(&|information| information.replacen("#_response", uri, 1)),
            Err(Refusal::Wrapping(
                "the signature is for another element than the one it stands in"
            )),
            "{uri}",
        );
    }
    let shape = |why| Err(Refusal::Signature(SignatureFault::Shape(why)));
    assert_eq!(
        judge(&|information| {
            let (_, reference) = information.split_once("<ds:Reference").unwrap();
            format!("{information}<ds:Reference{reference}")
        }),
        shape("it is not for exactly one element"),
    );
    assert_eq!(
        judge(&|information| {
            let start = information.find("<ds:Transform ").unwrap();
            let end = information.find("</ds:Transform>").unwrap() + "</ds:Transform>".len();
            information.replacen(&information[start..end], "", 1)
        }),
        shape("its transforms are not those of SAML"),
    );
    assert_eq!(
        judge(&|information| {
            let many = (0..17).map(|n| format!(" p{n}")).collect::<String>();
            let kept = format!(
                "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
                 PrefixList=\"{many}\"></ec:InclusiveNamespaces></ds:Transform></ds:Transforms>"
            );
            information.replacen("</ds:Transform></ds:Transforms>", &kept, 1)
        }),
        shape("it keeps too many prefixes"),
    );
}

/// Prefixes that canonicalisation keeps, as ADFS and Shibboleth ask for, are kept.
#[test]
fn kept_prefixes() {
    let issue = issued(Signs::Neither);
    let plain = issue.xml();
    // The prefix is declared on the response, and used in a value alone.
    let declared = plain.replacen(
        "<samlp:Response ",
        "<samlp:Response xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" ",
        1,
    );
    let assertion = {
        let start = plain.find("<saml:Assertion").unwrap();
        let end = plain.find("</samlp:Response>").unwrap();
        &plain[start..end]
    };
    let canonical = assertion.replacen(
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"",
        1,
    );
    const TRANSFORM: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    const KEPT: &str = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"></ec:InclusiveNamespaces>";
    let signature = Signer::PROVIDER.signature_with("_assertion", &canonical, &|information| {
        information.replacen(TRANSFORM, &format!("{TRANSFORM}{KEPT}"), 1)
    });
    let signed = declared.replacen("<saml:Subject>", &format!("{signature}<saml:Subject>"), 1);
    judged(&signed, &provider(), &expected()).expect("the prefix is kept");
    // It is part of what was signed.
    let other = signed.replacen("2001/XMLSchema", "2002/XMLSchema", 1);
    assert_eq!(
        judged(&other, &provider(), &expected()),
        Err(Refusal::Signature(SignatureFault::Digest)),
    );
}
