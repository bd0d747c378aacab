//! What a provider says of itself.

use crate::issue::EMAIL_FORMAT;

/// The metadata of a provider, known by the certificate in `pem`.
#[must_use]
pub fn metadata(entity_id: &str, sso_url: &str, pem: &str) -> String {
    let certificate: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity_id}\">\
         <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>\
         </ds:KeyInfo></md:KeyDescriptor>\
         <md:NameIDFormat>{EMAIL_FORMAT}</md:NameIDFormat>\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"{sso_url}\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}
