//! Our metadata, and that of identity providers.

use charter_saml::{CertificateFault, IdentityProvider, MetadataFault};
use url::Url;

use crate::world::{
    ACS, EMAIL_FORMAT, ENTITY_ID, PROVIDER, SSO, certificate, key, now, service, unsigned_service,
};

/// Metadata with these parts.
fn metadata(entity: &str, role: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" {entity}>\
         <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"{role}>\
         {content}</IDPSSODescriptor></EntityDescriptor>"
    )
}

fn named() -> String {
    format!("entityID=\"{PROVIDER}\"")
}

fn key_for(purpose: &str, pem: &str) -> String {
    format!(
        "<KeyDescriptor{purpose}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <ds:X509Data><ds:X509Certificate>\n{}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         </KeyDescriptor>",
        pem.lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<Vec<_>>()
            .join("\n")
    )
}

fn service_at(binding: &str, location: &str) -> String {
    format!(
        "<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"{location}\"/>"
    )
}

fn redirect() -> String {
    service_at("HTTP-Redirect", SSO)
}

fn signing() -> String {
    key_for(" use=\"signing\"", key!("provider.pem"))
}

fn read(xml: &str) -> Result<IdentityProvider, MetadataFault> {
    IdentityProvider::from_metadata(xml, now())
}

#[test]
fn what_an_identity_provider_says() {
    let formats = format!(
        "<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>\
         <NameIDFormat> {EMAIL_FORMAT} </NameIDFormat>"
    );
    let content = [
        key_for("", key!("ec256.pem")),
        signing(),
        key_for(" use=\"encryption\"", key!("weak.pem")),
        signing(),
        formats,
        service_at("HTTP-POST", "https://idp.northwind.example/post"),
        redirect(),
    ];
    let xml = metadata(
        &format!("{} validUntil=\"2026-05-05T12:00:01Z\"", named()),
        " WantAuthnRequestsSigned=\"true\"",
        &content.concat(),
    );
    let provider = read(&xml).unwrap();
    assert_eq!(provider.entity_id(), PROVIDER);
    assert_eq!(provider.sso_url().as_str(), SSO);
    assert_eq!(
        provider.certificates(),
        [
            certificate(key!("ec256.pem")),
            certificate(key!("provider.pem"))
        ],
    );
    assert_eq!(provider.name_id_format(), Some(EMAIL_FORMAT));
    assert!(provider.wants_signed_requests());

    let plain = read(&metadata(&named(), "", &(signing() + &redirect()))).unwrap();
    assert_eq!(plain.name_id_format(), None);
    assert!(!plain.wants_signed_requests());
    // What is kept of it makes it anew.
    let again = IdentityProvider::new(
        plain.entity_id(),
        plain.sso_url().clone(),
        plain.certificates().to_vec(),
    );
    assert_eq!(again.unwrap(), plain);
}

#[test]
fn metadata_that_cannot_be_used() {
    let good = metadata(&named(), "", &(signing() + &redirect()));
    read(&good).unwrap();
    let both = signing() + &redirect();
    let no_one = MetadataFault::Malformed("this is not the metadata of one identity provider");
    let no_provider = MetadataFault::Malformed("this is not the metadata of one provider");
    let no_xml = MetadataFault::Malformed("this is not well-formed XML without a document type");
    let at = |location: &str| {
        metadata(
            &named(),
            "",
            &(signing() + &service_at("HTTP-Redirect", location)),
        )
    };
    for (xml, fault) in [
        (good.replace("?>", "?><!DOCTYPE EntityDescriptor>"), no_xml),
        (
            good.replace(
                "?>",
                "?><!DOCTYPE e [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
            ),
            no_xml,
        ),
        (good[..good.len() - 5].to_owned(), no_xml),
        (String::new(), no_xml),
        (
            good.replace("EntityDescriptor", "EntitiesDescriptor"),
            no_provider,
        ),
        (
            good.replace("SAML:2.0:metadata", "SAML:1.0:metadata"),
            no_provider,
        ),
        (good.replace("IDPSSODescriptor", "SPSSODescriptor"), no_one),
        (
            good.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
            no_one,
        ),
        (
            {
                let start = good.find("<IDPSSO").unwrap();
                let end = good.find("</Entity").unwrap();
                good.replacen(&good[start..end], &good[start..end].repeat(2), 1)
            },
            no_one,
        ),
        (metadata("", "", &both), MetadataFault::EntityId),
        (
            metadata("entityID=\"a b\"", "", &both),
            MetadataFault::EntityId,
        ),
        (
            metadata(&format!("entityID=\"{}\"", "x".repeat(1025)), "", &both),
            MetadataFault::EntityId,
        ),
        (
            metadata(
                &format!("{} validUntil=\"2026-05-05T11:59:00Z\"", named()),
                "",
                &both,
            ),
            MetadataFault::Expired,
        ),
        (
            metadata(&named(), " validUntil=\"2026-05-05T11:59:00Z\"", &both),
            MetadataFault::Expired,
        ),
        (
            metadata(&named(), " validUntil=\"tomorrow\"", &both),
            MetadataFault::Malformed("a moment is none"),
        ),
        (
            metadata(&named(), "", &signing()),
            MetadataFault::SingleSignOn,
        ),
        (
            metadata(&named(), "", &(signing() + &service_at("HTTP-POST", SSO))),
            MetadataFault::SingleSignOn,
        ),
        (
            at("http://idp.northwind.example/sso"),
            MetadataFault::SingleSignOn,
        ),
        (at("javascript:alert(1)"), MetadataFault::SingleSignOn),
        (
            at("https://a:b@idp.northwind.example/"),
            MetadataFault::SingleSignOn,
        ),
        (at("/sso"), MetadataFault::SingleSignOn),
        (
            metadata(&named(), "", &redirect()),
            MetadataFault::Certificates,
        ),
        (
            metadata(
                &named(),
                "",
                &(key_for(" use=\"encryption\"", key!("provider.pem")) + &redirect()),
            ),
            MetadataFault::Certificates,
        ),
        (
            metadata(&named(), "", &(key_for("", key!("weak.pem")) + &redirect())),
            MetadataFault::Certificate(CertificateFault::Weak),
        ),
        (
            metadata(&named(), "", &(key_for("", "x") + &redirect())),
            MetadataFault::Certificate(CertificateFault::Malformed),
        ),
        (
            format!("{good}{}", " ".repeat(charter_saml::MAX_METADATA_BYTES)),
            MetadataFault::TooLarge,
        ),
    ] {
        assert_eq!(read(&xml), Err(fault), "{xml}");
        assert!(!fault.to_string().is_empty());
    }
    // On this machine, nobody listens.
    read(&at("http://127.0.0.1:8080/sso")).unwrap();
    read(&at("http://localhost:8080/sso")).unwrap();
}

#[test]
fn too_many_certificates() {
    let sso = Url::parse(SSO).unwrap();
    let many = vec![certificate(key!("provider.pem")); 9];
    assert_eq!(
        IdentityProvider::new(PROVIDER, sso, many),
        Err(MetadataFault::Certificates),
    );
}

#[test]
fn our_metadata() {
    let xml = service().metadata();
    let document = uppsala::parse(&xml).unwrap();
    let one = |name: &str| {
        let all = document.get_elements_by_tag_name(name);
        assert_eq!(all.len(), 1, "{name}");
        all[0]
    };
    let attribute = |of, name| document.get_attribute(of, name).unwrap();
    assert_eq!(attribute(one("EntityDescriptor"), "entityID"), ENTITY_ID);
    let role = one("SPSSODescriptor");
    assert_eq!(attribute(role, "WantAssertionsSigned"), "true");
    assert_eq!(attribute(role, "AuthnRequestsSigned"), "true");
    let acs = one("AssertionConsumerService");
    assert_eq!(attribute(acs, "Location"), ACS);
    assert_eq!(
        attribute(acs, "Binding"),
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    );
    assert_eq!(
        document.text_content_deep(one("X509Certificate")),
        certificate(key!("service.pem")).to_base64(),
    );
    let formats = document.get_elements_by_tag_name("NameIDFormat");
    assert_eq!(document.text_content_deep(formats[0]), EMAIL_FORMAT);

    let unsigned = unsigned_service().metadata();
    assert!(unsigned.contains("AuthnRequestsSigned=\"false\""));
    assert!(!unsigned.contains("KeyDescriptor"));
}

/// Names are written so that they stay names.
#[test]
fn our_metadata_is_well_formed_whatever_we_are_called() {
    let name = "urn:charter:\"<&>'";
    let acs = Url::parse("https://charter.example/acs?a=1&b=%22").unwrap();
    let service = charter_saml::ServiceProvider::new(name, acs.clone(), None).unwrap();
    let xml = service.metadata();
    let document = uppsala::parse(&xml).unwrap();
    let root = document.document_element().unwrap();
    assert_eq!(document.get_attribute(root, "entityID"), Some(name));
    let service = document.get_elements_by_tag_name("AssertionConsumerService")[0];
    assert_eq!(
        document.get_attribute(service, "Location"),
        Some(acs.as_str())
    );
}

#[test]
fn a_service_that_cannot_be_set_up() {
    use charter_saml::{ServiceProvider, ServiceProviderFault};
    let acs = Url::parse(ACS).unwrap();
    for name in ["", "a b", "a\nb"] {
        assert_eq!(
            ServiceProvider::new(name, acs.clone(), None).err(),
            Some(ServiceProviderFault::EntityId),
        );
    }
    let plain = Url::parse("http://charter.example/acs").unwrap();
    assert_eq!(
        ServiceProvider::new(ENTITY_ID, plain, None).err(),
        Some(ServiceProviderFault::AssertionConsumerService),
    );
}
