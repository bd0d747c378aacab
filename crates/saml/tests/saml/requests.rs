//! Requests, as a browser takes them to the identity provider. That others can read them is seen in
//! `foreign`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use charter_saml::{AuthnRequest, IdentityProvider, RequestFault};
use url::Url;

use crate::world::{
    ACS, EMAIL_FORMAT, ENTITY_ID, PROVIDER, SSO, certificate, key, now, provider, service,
    unsigned_service,
};

const ID: &str = "_0707070707070707070707070707070707070707";

fn request() -> AuthnRequest {
    service()
        .authn_request(&provider(), "Kd93", [7; 20], now())
        .unwrap()
}

fn query(request: &AuthnRequest) -> BTreeMap<String, String> {
    request.url.query_pairs().into_owned().collect()
}

fn inflated(query: &BTreeMap<String, String>) -> String {
    let bytes = STANDARD.decode(&query["SAMLRequest"]).unwrap();
    let xml = miniz_oxide::inflate::decompress_to_vec(&bytes).unwrap();
    String::from_utf8(xml).unwrap()
}

#[test]
fn what_is_asked() {
    let request = request();
    assert_eq!(request.id, ID);
    let xml = inflated(&query(&request));
    assert_eq!(
        xml,
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             AssertionConsumerServiceURL=\"{ACS}\" Destination=\"{SSO}\" ID=\"{ID}\" \
             IssueInstant=\"2026-05-05T12:00:00Z\" \
             ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ENTITY_ID}</saml:Issuer>\
             <samlp:NameIDPolicy AllowCreate=\"true\" Format=\"{EMAIL_FORMAT}\"/></samlp:AuthnRequest>"
        )
    );
}

#[test]
fn the_signature_covers_the_query_as_it_is_written() {
    let request = request();
    let text = request.url.query().unwrap();
    let (signed, _) = text.split_once("&Signature=").unwrap();
    assert!(signed.starts_with("SAMLRequest="), "{signed}");
    assert!(
        signed.contains("&RelayState=Kd93&SigAlg=http%3A%2F%2F"),
        "{signed}"
    );
    let key = {
        use ring::signature::KeyPair as _;
        let pair = ring::rsa::KeyPair::from_pkcs8(
            &STANDARD
                .decode(
                    key!("service.key.pem")
                        .lines()
                        .filter(|line| !line.starts_with('-'))
                        .collect::<String>(),
                )
                .unwrap(),
        )
        .unwrap();
        pair.public_key().as_ref().to_vec()
    };
    let holds = |message: &str| {
        let signature = STANDARD.decode(&query(&request)["Signature"]).unwrap();
        ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PKCS1_2048_8192_SHA256, &key)
            .verify(message.as_bytes(), &signature)
            .is_ok()
    };
    assert!(holds(signed));
    assert!(!holds(&signed.replacen("Kd93", "Kd94", 1)));
}

#[test]
fn relay_state() {
    let with = |relay_state: &str| {
        unsigned_service()
            .authn_request(&provider(), relay_state, [7; 20], now())
            .map(|request| query(&request))
    };
    assert!(!with("").unwrap().contains_key("RelayState"));
    for text in ["a&b=c", "%20+ ;", "é\u{0}\"<>", &"x".repeat(80)] {
        assert_eq!(with(text).unwrap()["RelayState"], text);
    }
    assert_eq!(with(&"x".repeat(81)), Err(RequestFault::RelayState));
}

#[test]
fn an_address_with_a_query_of_its_own() {
    let sso = Url::parse("https://idp.northwind.example/sso?tenant=a%20b&x#top").unwrap();
    let provider =
        IdentityProvider::new(PROVIDER, sso, vec![certificate(key!("provider.pem"))]).unwrap();
    let request = unsigned_service()
        .authn_request(&provider, "", [7; 20], now())
        .unwrap();
    let text = request.url.as_str();
    assert!(
        text.starts_with("https://idp.northwind.example/sso?tenant=a%20b&x&SAMLRequest="),
        "{text}"
    );
    assert!(!text.contains('#'), "{text}");
    // No format of names is known, and none is asked for.
    let xml = inflated(&query(&request));
    assert!(
        xml.contains("<samlp:NameIDPolicy AllowCreate=\"true\"/>"),
        "{xml}"
    );
}

#[test]
fn providers_that_take_signed_requests_alone() {
    let strict = provider().with_signed_requests();
    assert_eq!(
        unsigned_service().authn_request(&strict, "", [7; 20], now()),
        Err(RequestFault::NoKey),
    );
    service()
        .authn_request(&strict, "", [7; 20], now())
        .expect("a signed request");
}
