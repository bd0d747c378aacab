//! One thing is wrong with each response, and that is what is said.

use charter_saml::{Assertion, Expected, NameId, Received, Refusal, SignatureFault, Status};

use crate::world::{
    ACS, EMAIL_FORMAT, ENTITY_ID, MARA, PROVIDER, REQUEST, expected, field, issued, judged, key,
    moment, provider, provider_with,
};
use charter_issuer::{Issue, Signer, Signs, attribute, audience, confirmation, name_id};

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// What is accepted of an [`Issue`] that nobody has changed.
fn mara() -> Assertion {
    Assertion {
        id: "_assertion".to_owned(),
        issuer: PROVIDER.to_owned(),
        in_response_to: REQUEST.to_owned(),
        name_id: NameId {
            value: MARA.to_owned(),
            format: Some(EMAIL_FORMAT.to_owned()),
        },
        email: MARA.to_owned(),
        first_name: Some("Mara".to_owned()),
        last_name: Some("Olsen".to_owned()),
        display_name: Some("Mara & Olsen".to_owned()),
        session_index: Some("_session".to_owned()),
        not_on_or_after: moment("2026-05-05T12:05:00Z"),
    }
}

/// The response as it would be is accepted; with this change, it is not.
#[track_caller]
fn refused(why: Refusal, change: impl Fn(&mut Issue)) {
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let mut issue = issued(signs);
        let before = issue.xml();
        assert_eq!(judged(&before, &provider(), &expected()), Ok(mara()));
        change(&mut issue);
        let after = issue.xml();
        assert_ne!(before, after);
        assert_eq!(judged(&after, &provider(), &expected()), Err(why));
    }
}

/// With this change, the response is accepted.
#[track_caller]
fn accepted(change: impl Fn(&mut Issue)) -> Assertion {
    let mut issue = issued(Signs::Assertion);
    change(&mut issue);
    judged(&issue.xml(), &provider(), &expected()).expect("an accepted response")
}

#[test]
fn a_signature_of_the_response_or_of_the_assertion_is_enough() {
    for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
        let xml = issued(signs).xml();
        assert_eq!(judged(&xml, &provider(), &expected()), Ok(mara()));
    }
}

#[test]
fn unsigned() {
    let issue = issued(Signs::Neither);
    assert_eq!(
        judged(&issue.xml(), &provider(), &expected()),
        Err(Refusal::Signature(SignatureFault::Missing)),
    );
}

#[test]
fn sha_2_with_rsa_and_ecdsa() {
    let more = |name: &str| format!("http://www.w3.org/2001/04/xmldsig-more#{name}");
    let enc = |name: &str| format!("http://www.w3.org/2001/04/xmlenc#{name}");
    let provider_key = (key!("provider.key.pem"), key!("provider.pem"));
    let p256 = (key!("ec256.key.pem"), key!("ec256.pem"));
    let p384 = (key!("ec384.key.pem"), key!("ec384.pem"));
    for ((key, pem), method, digest) in [
        (provider_key, more("rsa-sha256"), enc("sha256")),
        (provider_key, more("rsa-sha384"), more("sha384")),
        (provider_key, more("rsa-sha512"), enc("sha512")),
        (p256, more("ecdsa-sha256"), enc("sha256")),
        (p384, more("ecdsa-sha384"), more("sha384")),
    ] {
        let mut issue = issued(Signs::Both);
        issue.signer = Signer {
            key,
            method: method.leak(),
            digest: digest.leak(),
        };
        let xml = issue.xml();
        assert_eq!(
            judged(&xml, &provider_with(pem), &expected()),
            Ok(mara()),
            "{}",
            issue.signer.method,
        );
        // The same response, and another key.
        assert_eq!(
            judged(&xml, &provider_with(key!("stranger.pem")), &expected()),
            Err(Refusal::Signature(SignatureFault::Value)),
        );
    }
}

#[test]
fn the_issuer_of_the_response() {
    refused(Refusal::Issuer, |issue| {
        issue.issuer = "https://idp.elsewhere.example/metadata".to_owned();
    });
}

#[test]
fn the_issuer_of_the_assertion() {
    refused(Refusal::Issuer, |issue| {
        issue.assertion_issuer = "https://idp.elsewhere.example/metadata".to_owned();
    });
}

/// A response whose assertion is signed need not name its issuer.
#[test]
fn no_issuer_of_the_response() {
    let xml = issued(Signs::Assertion).xml();
    let start = xml.find("<saml:Issuer").unwrap();
    let end = xml.find("<samlp:Status>").unwrap();
    let without = [&xml[..start], &xml[end..]].concat();
    let received = Received::read(&field(&without)).unwrap();
    assert_eq!(received.claimed_issuer(), PROVIDER);
    assert_eq!(received.judge(&provider(), &expected()), Ok(mara()));
}

#[test]
fn a_failure_needs_no_signature_and_no_assertion() {
    let code = |value: &str| {
        format!(
            "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
             <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{value}\"></samlp:StatusCode>\
             </samlp:StatusCode>"
        )
    };
    for (value, status) in [
        ("AuthnFailed", Status::AuthnFailed),
        ("NoPassive", Status::NoPassive),
        ("InvalidNameIDPolicy", Status::InvalidNameIdPolicy),
        ("RequestDenied", Status::RequestDenied),
        ("Success", Status::Other),
    ] {
        refused(Refusal::Status(status), |issue| issue.status = code(value));
    }
    let mut issue = issued(Signs::Neither);
    issue.status = code("AuthnFailed");
    let xml = issue.xml();
    let (before, _) = xml.split_once("<saml:Assertion").unwrap();
    assert_eq!(
        judged(
            &format!("{before}</samlp:Response>"),
            &provider(),
            &expected()
        ),
        Err(Refusal::Status(Status::AuthnFailed)),
    );
}

#[test]
fn destination() {
    refused(Refusal::Destination, |issue| {
        issue.destination = " Destination=\"https://elsewhere.example/acs\"".to_owned();
    });
}

/// SAML demands a destination of responses that are signed. The assertion's own recipient is enough
/// where the response is not.
#[test]
fn no_destination() {
    let mut issue = issued(Signs::Response);
    issue.destination.clear();
    assert_eq!(
        judged(&issue.xml(), &provider(), &expected()),
        Err(Refusal::Destination),
    );
    assert_eq!(accepted(|issue| issue.destination.clear()), mara());
}

#[test]
fn recipient() {
    refused(Refusal::Recipient, |issue| {
        issue.confirmation = confirmation(
            REQUEST,
            "2026-05-05T12:05:00Z",
            "https://elsewhere.example/acs",
        );
    });
    refused(Refusal::Recipient, |issue| {
        issue.confirmation =
            format!(" InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2026-05-05T12:05:00Z\"");
    });
}

#[test]
fn audience_of_another() {
    refused(Refusal::Audience, |issue| {
        issue.restrictions = audience("https://elsewhere.example/metadata");
    });
    refused(Refusal::Audience, |issue| issue.restrictions.clear());
    // Each restriction must hold.
    refused(Refusal::Audience, |issue| {
        issue.restrictions = audience(ENTITY_ID) + &audience("https://elsewhere.example/metadata");
    });
    // A name that begins as ours does is another's.
    refused(Refusal::Audience, |issue| {
        issue.restrictions = audience(&format!("{ENTITY_ID}/more"));
    });
}

#[test]
fn one_audience_of_several_is_enough() {
    let both = format!(
        "<saml:AudienceRestriction><saml:Audience>urn:elsewhere</saml:Audience>\
         <saml:Audience>{ENTITY_ID}</saml:Audience></saml:AudienceRestriction>"
    );
    assert_eq!(accepted(|issue| issue.restrictions = both.clone()), mara());
}

#[test]
fn a_condition_that_nobody_knows() {
    refused(
        Refusal::Malformed("the assertion has a condition of an unknown kind"),
        |issue| {
            issue
                .restrictions
                .push_str("<saml:Condition></saml:Condition>")
        },
    );
}

#[test]
fn time() {
    let window = |from: &str, until: &str| {
        format!(" NotBefore=\"2026-05-05T{from}Z\" NotOnOrAfter=\"2026-05-05T{until}Z\"")
    };
    // The clock stands at 12:00:00, and may be wrong by a minute.
    refused(Refusal::Early, |issue| {
        issue.window = window("12:01:01", "12:10:00");
    });
    refused(Refusal::Late, |issue| {
        issue.window = window("11:50:00", "11:59:00");
    });
    refused(Refusal::Late, |issue| {
        issue.confirmation = confirmation(REQUEST, "2026-05-05T11:59:00Z", ACS);
    });
    refused(Refusal::Early, |issue| {
        issue.confirmation = format!(
            " InResponseTo=\"{REQUEST}\" NotBefore=\"2026-05-05T12:01:01Z\" \
             NotOnOrAfter=\"2026-05-05T12:05:00Z\" Recipient=\"{ACS}\""
        );
    });
    refused(Refusal::Early, |issue| {
        issue.issued = "2026-05-05T12:01:01Z".to_owned();
    });
    refused(Refusal::Late, |issue| {
        issue.authentication = "<saml:AuthnStatement AuthnInstant=\"2026-05-05T11:00:00Z\" \
                                SessionNotOnOrAfter=\"2026-05-05T11:59:00Z\"></saml:AuthnStatement>"
            .to_owned();
    });
    let edges = accepted(|issue| {
        issue.window = window("12:01:00", "11:59:00.001");
        issue.confirmation = confirmation(REQUEST, "2026-05-05T11:59:00.5Z", ACS);
        issue.issued = "2026-05-05T12:01:00Z".to_owned();
    });
    assert_eq!(edges.not_on_or_after, moment("2026-05-05T11:59:00.001Z"));
}

#[test]
fn the_clock_moves_on() {
    let xml = issued(Signs::Assertion).xml();
    let at = |now: &str| {
        let now = moment(now);
        judged(&xml, &provider(), &Expected { now, ..expected() })
    };
    assert_eq!(at("2026-05-05T11:58:59Z"), Err(Refusal::Early));
    assert_eq!(at("2026-05-05T11:59:00Z"), Ok(mara()));
    assert_eq!(at("2026-05-05T12:05:59Z"), Ok(mara()));
    assert_eq!(at("2026-05-05T12:06:00Z"), Err(Refusal::Late));
}

#[test]
fn an_assertion_without_an_end() {
    refused(Refusal::Confirmation, |issue| {
        issue.confirmation = format!(" InResponseTo=\"{REQUEST}\" Recipient=\"{ACS}\"");
    });
}

#[test]
fn moments_without_a_time_zone() {
    refused(Refusal::Malformed("a moment is none"), |issue| {
        issue.confirmation = confirmation(REQUEST, "2026-05-05T12:05:00", ACS);
    });
}

#[test]
fn another_request() {
    refused(Refusal::UnknownRequest, |issue| {
        issue.in_response_to = " InResponseTo=\"_other\"".to_owned();
    });
    refused(Refusal::UnknownRequest, |issue| {
        issue.confirmation = confirmation("_other", "2026-05-05T12:05:00Z", ACS);
    });
}

#[test]
fn unsolicited() {
    refused(Refusal::UnknownRequest, |issue| {
        issue.in_response_to.clear()
    });
    refused(Refusal::UnknownRequest, |issue| {
        issue.confirmation = format!(" NotOnOrAfter=\"2026-05-05T12:05:00Z\" Recipient=\"{ACS}\"");
    });
    // Nor is a request open that nobody asks for.
    let none_open = Expected {
        open_request: None,
        ..expected()
    };
    let mut issue = issued(Signs::Assertion);
    assert_eq!(
        judged(&issue.xml(), &provider(), &none_open),
        Err(Refusal::UnknownRequest),
    );
    issue.in_response_to.clear();
    issue.confirmation = format!(" NotOnOrAfter=\"2026-05-05T12:05:00Z\" Recipient=\"{ACS}\"");
    assert_eq!(
        judged(&issue.xml(), &provider(), &none_open),
        Err(Refusal::UnknownRequest),
    );
}

#[test]
fn assertions_that_are_not_for_their_bearer() {
    refused(Refusal::Confirmation, |issue| {
        issue.method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
    });
    refused(Refusal::Confirmation, |issue| issue.authentication.clear());
}

#[test]
fn encrypted() {
    refused(Refusal::Encrypted, |issue| {
        issue.name_id = "<saml:EncryptedID></saml:EncryptedID>".to_owned();
    });
    let xml = issued(Signs::Neither).xml();
    let (before, _) = xml.split_once("<saml:Assertion").unwrap();
    let encrypted = format!(
        "{before}<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         </saml:EncryptedAssertion></samlp:Response>"
    );
    assert_eq!(
        judged(&encrypted, &provider(), &expected()),
        Err(Refusal::Encrypted),
    );
}

#[test]
fn the_address_is_the_name_or_an_attribute() {
    let email = |format: &str, name: &str, attributes: &str| {
        accepted(|issue| {
            issue.name_id = name_id(format, name);
            issue.attributes = attributes.to_owned();
        })
        .email
    };
    let mail = |name: &str| attribute(name, "mail@northwind.example");
    assert_eq!(email(EMAIL_FORMAT, MARA, &mail("mail")), MARA);
    for name in [
        "mail",
        "Email",
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    ] {
        let attributes = mail(name);
        assert_eq!(
            email(PERSISTENT, "7f3a", &attributes),
            "mail@northwind.example"
        );
        assert_eq!(
            email(UNSPECIFIED, "mara", &attributes),
            "mail@northwind.example"
        );
    }
    assert_eq!(email(UNSPECIFIED, MARA, ""), MARA);
}

#[test]
fn no_address() {
    // An opaque name says nothing, even if it looks like an address.
    refused(Refusal::Address, |issue| {
        issue.name_id = name_id(PERSISTENT, MARA);
    });
    for odd in [
        "mara",
        "@northwind.example",
        "mara@",
        "mara@northwind.example@evil.example",
        "mara@northwind.example, root@northwind.example",
        "mara@northwind.example root@northwind.example",
        "&lt;mara@northwind.example&gt;",
    ] {
        refused(Refusal::Address, |issue| {
            issue.name_id = name_id(EMAIL_FORMAT, odd);
        });
    }
}

#[test]
fn names_that_are_none_are_left_out() {
    let assertion = accepted(|issue| {
        issue.attributes = [
            attribute("givenName", "  "),
            attribute("sn", "Ol\u{85}sen"),
            attribute("displayName", &"x".repeat(201)),
        ]
        .concat();
    });
    assert_eq!(assertion.first_name, None);
    assert_eq!(assertion.last_name, None);
    assert_eq!(assertion.display_name, None);
}

#[test]
fn before_anybody_has_judged() {
    let received = Received::read(&field(&issued(Signs::Neither).xml()));
    let received = received.unwrap();
    assert_eq!(received.claimed_issuer(), PROVIDER);
    assert_eq!(received.claimed_request(), Some(REQUEST));
    let shown = format!("{received:?}");
    assert!(!shown.contains(MARA), "{shown}");
}

#[test]
fn the_word_for_the_audit_log() {
    for (refusal, word) in [
        (Refusal::Malformed(""), "malformed"),
        (Refusal::Encrypted, "encrypted"),
        (Refusal::Issuer, "issuer"),
        (Refusal::Status(Status::Other), "status"),
        (Refusal::Signature(SignatureFault::Missing), "signature"),
        (Refusal::Wrapping(""), "wrapping"),
        (Refusal::Destination, "destination"),
        (Refusal::Recipient, "destination"),
        (Refusal::Audience, "audience"),
        (Refusal::Early, "time"),
        (Refusal::Late, "time"),
        (Refusal::UnknownRequest, "unknown_request"),
        (Refusal::Confirmation, "confirmation"),
        (Refusal::Address, "address"),
    ] {
        assert_eq!(refusal.code(), word);
        assert!(!refusal.to_string().is_empty());
    }
}
