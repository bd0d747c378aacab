//! An identity provider that says whatever a case asks for.
//!
//! It writes canonical XML by hand, so that its signatures do not depend on the canonicalisation that is
//! tested: what is written is what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;

use crate::world::{ACS, EMAIL_FORMAT, ENTITY_ID, MARA, PROVIDER, REQUEST, key};

pub(crate) const RESPONSE_ID: &str = "_response";
pub(crate) const ASSERTION_ID: &str = "_assertion";

/// What is signed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signs {
    Neither,
    Response,
    Assertion,
    Both,
}

/// How it is signed.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    pub(crate) key: &'static str,
    pub(crate) method: &'static str,
    pub(crate) digest: &'static str,
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(crate) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

impl Signer {
    pub(crate) const PROVIDER: Self = Self {
        key: key!("provider.key.pem"),
        method: RSA_SHA256,
        digest: SHA256,
    };

    fn digest(self, bytes: &str) -> String {
        let algorithm = match self.digest {
            SHA256 => &digest::SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
            SHA1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            other => panic!("{other} is no digest of these tests"),
        };
        STANDARD.encode(digest::digest(algorithm, bytes.as_bytes()))
    }

    fn sign(self, bytes: &str) -> String {
        let random = SystemRandom::new();
        let der = PrivatePkcs8KeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let ecdsa = match self.method {
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => {
                Some(&ECDSA_P256_SHA256_FIXED_SIGNING)
            }
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => {
                Some(&ECDSA_P384_SHA384_FIXED_SIGNING)
            }
            _ => None,
        };
        if let Some(algorithm) = ecdsa {
            let pair =
                EcdsaKeyPair::from_pkcs8(algorithm, der.secret_pkcs8_der(), &random).unwrap();
            return STANDARD.encode(pair.sign(&random, bytes.as_bytes()).unwrap());
        }
        let encoding: &dyn RsaEncoding = match self.method {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => &RSA_PKCS1_SHA384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(encoding, &random, bytes.as_bytes(), &mut signature)
            .unwrap();
        STANDARD.encode(signature)
    }

    /// A signature of the canonical bytes of the element with this id.
    pub(crate) fn signature(self, id: &str, bytes: &str, key_info: &str) -> String {
        self.enclosed(&self.information(id, bytes), key_info)
    }

    /// The same, whose `SignedInfo` says something else.
    pub(crate) fn signature_with(
        self,
        id: &str,
        bytes: &str,
        change: &dyn Fn(&str) -> String,
    ) -> String {
        self.enclosed(&change(&self.information(id, bytes)), "")
    }

    fn information(self, id: &str, bytes: &str) -> String {
        let Self { method, digest, .. } = self;
        format!(
            "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{method}\"></ds:SignatureMethod>\
             <ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
             <ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform>\
             </ds:Transforms><ds:DigestMethod Algorithm=\"{digest}\"></ds:DigestMethod>\
             <ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
            self.digest(bytes),
        )
    }

    fn enclosed(self, information: &str, key_info: &str) -> String {
        const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
        let value = self.sign(&format!(
            "<ds:SignedInfo xmlns:ds=\"{DS}\">{information}</ds:SignedInfo>"
        ));
        format!(
            "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo>{information}</ds:SignedInfo>\
             <ds:SignatureValue>{value}</ds:SignatureValue>{key_info}</ds:Signature>"
        )
    }
}

/// A response, which is in order unless a case makes it otherwise.
#[derive(Clone)]
pub(crate) struct Issue {
    pub(crate) signs: Signs,
    pub(crate) signer: Signer,
    pub(crate) key_info: String,
    pub(crate) issuer: &'static str,
    pub(crate) assertion_issuer: &'static str,
    /// The attribute, with a space before it, or nothing.
    pub(crate) destination: String,
    pub(crate) in_response_to: String,
    pub(crate) status: String,
    pub(crate) issued: &'static str,
    pub(crate) name_id: String,
    pub(crate) method: &'static str,
    /// The attributes of the confirmation's data, each with a space before it.
    pub(crate) confirmation: String,
    /// The attributes of the conditions, each with a space before it.
    pub(crate) window: String,
    pub(crate) restrictions: String,
    pub(crate) authentication: String,
    pub(crate) attributes: String,
}

pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

pub(crate) fn attribute(name: &str, value: &str) -> String {
    format!(
        "<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
    )
}

pub(crate) fn audience(entity_id: &str) -> String {
    format!(
        "<saml:AudienceRestriction><saml:Audience>{entity_id}</saml:Audience></saml:AudienceRestriction>"
    )
}

pub(crate) fn name_id(format: &str, value: &str) -> String {
    format!("<saml:NameID Format=\"{format}\">{value}</saml:NameID>")
}

pub(crate) fn confirmation(request: &str, until: &str, recipient: &str) -> String {
    format!(" InResponseTo=\"{request}\" NotOnOrAfter=\"{until}\" Recipient=\"{recipient}\"")
}

impl Issue {
    pub(crate) fn signing(signs: Signs) -> Self {
        Self {
            signs,
            signer: Signer::PROVIDER,
            key_info: String::new(),
            issuer: PROVIDER,
            assertion_issuer: PROVIDER,
            destination: format!(" Destination=\"{ACS}\""),
            in_response_to: format!(" InResponseTo=\"{REQUEST}\""),
            status: format!("<samlp:StatusCode Value=\"{SUCCESS}\"></samlp:StatusCode>"),
            issued: "2026-05-05T12:00:00Z",
            name_id: name_id(EMAIL_FORMAT, MARA),
            method: "urn:oasis:names:tc:SAML:2.0:cm:bearer",
            confirmation: confirmation(REQUEST, "2026-05-05T12:05:00Z", ACS),
            window: " NotBefore=\"2026-05-05T11:59:30Z\" NotOnOrAfter=\"2026-05-05T12:10:00Z\""
                .to_owned(),
            restrictions: audience(ENTITY_ID),
            authentication: "<saml:AuthnStatement AuthnInstant=\"2026-05-05T11:59:59Z\" \
                             SessionIndex=\"_session\"></saml:AuthnStatement>"
                .to_owned(),
            attributes: [
                attribute("urn:oid:2.5.4.42", "Mara"),
                attribute("sn", "Olsen"),
                attribute("displayName", "Mara &amp; Olsen"),
            ]
            .concat(),
        }
    }

    fn assertion(&self, signature: &str) -> String {
        let Self {
            assertion_issuer,
            issued,
            name_id,
            method,
            confirmation,
            window,
            restrictions,
            authentication,
            attributes,
            ..
        } = self;
        format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
             ID=\"{ASSERTION_ID}\" IssueInstant=\"{issued}\" Version=\"2.0\">\
             <saml:Issuer>{assertion_issuer}</saml:Issuer>{signature}<saml:Subject>{name_id}\
             <saml:SubjectConfirmation Method=\"{method}\">\
             <saml:SubjectConfirmationData{confirmation}></saml:SubjectConfirmationData>\
             </saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions{window}>{restrictions}</saml:Conditions>{authentication}\
             <saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
        )
    }

    fn response(&self, signature: &str, assertion: &str) -> String {
        let Self {
            issuer,
            destination,
            in_response_to,
            status,
            ..
        } = self;
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"{destination} \
             ID=\"{RESPONSE_ID}\"{in_response_to} IssueInstant=\"2026-05-05T12:00:00Z\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</saml:Issuer>\
             {signature}<samlp:Status>{status}</samlp:Status>{assertion}</samlp:Response>"
        )
    }

    /// The response.
    pub(crate) fn xml(&self) -> String {
        let sign = |id: &str, bytes: &str| self.signer.signature(id, bytes, &self.key_info);
        let mut assertion = self.assertion("");
        if matches!(self.signs, Signs::Assertion | Signs::Both) {
            assertion = self.assertion(&sign(ASSERTION_ID, &assertion));
        }
        let response = self.response("", &assertion);
        if matches!(self.signs, Signs::Response | Signs::Both) {
            return self.response(&sign(RESPONSE_ID, &response), &assertion);
        }
        response
    }
}
