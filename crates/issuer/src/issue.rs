//! An identity provider that says whatever a case asks for.
//!
//! It writes canonical XML by hand, so that its signatures do not depend on the canonicalisation that is
//! tested: what is written is what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;

use crate::keys;

/// The id of a response, unless a case gives it another.
pub const RESPONSE_ID: &str = "_response";

/// The id of an assertion, unless a case gives it another.
pub const ASSERTION_ID: &str = "_assertion";

/// Names that are mail addresses.
pub const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// Nothing.
    Neither,
    /// The response, with everything in it.
    Response,
    /// The assertion.
    Assertion,
    /// The assertion, and then the response.
    Both,
}

/// How it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signer {
    /// A PKCS #8 key in PEM.
    pub key: &'static str,
    /// What the signature says of its algorithm.
    pub method: &'static str,
    /// What it says of its digest.
    pub digest: &'static str,
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// RSA with SHA-256.
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// SHA-256.
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// SHA-1.
pub const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

impl Signer {
    /// As the provider signs.
    pub const PROVIDER: Self = Self {
        key: keys::PROVIDER_KEY,
        method: RSA_SHA256,
        digest: SHA256,
    };

    /// As somebody signs whom nobody knows.
    pub const STRANGER: Self = Self {
        key: keys::STRANGER_KEY,
        ..Self::PROVIDER
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
    #[must_use]
    pub fn signature(self, id: &str, bytes: &str, key_info: &str) -> String {
        self.enclosed(&self.information(id, bytes), key_info)
    }

    /// The same, whose `SignedInfo` says something else.
    #[must_use]
    pub fn signature_with(self, id: &str, bytes: &str, change: &dyn Fn(&str) -> String) -> String {
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

/// A sign-in in which everything is in order.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The entity id of the provider.
    pub provider: &'a str,
    /// The entity id of the service provider.
    pub service: &'a str,
    /// Where the response arrives.
    pub address: &'a str,
    /// The id of the request.
    pub request: &'a str,
    /// Who signs in.
    pub email: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

/// A response, which is in order unless a case makes it otherwise.
#[derive(Clone, Debug)]
pub struct Issue {
    /// What is signed.
    pub signs: Signs,
    /// How.
    pub signer: Signer,
    /// `KeyInfo` for the signatures, or nothing.
    pub key_info: String,
    /// The id of the response.
    pub id: String,
    /// The id of the assertion.
    pub assertion_id: String,
    /// Who issues the response.
    pub issuer: String,
    /// Who issues the assertion.
    pub assertion_issuer: String,
    /// The attribute, with a space before it, or nothing.
    pub destination: String,
    /// The attribute, with a space before it, or nothing.
    pub in_response_to: String,
    /// What stands in the status.
    pub status: String,
    /// When the assertion was issued.
    pub issued: String,
    /// The element that names the person.
    pub name_id: String,
    /// How the subject is confirmed.
    pub method: &'static str,
    /// The attributes of the confirmation's data, each with a space before it.
    pub confirmation: String,
    /// The attributes of the conditions, each with a space before it.
    pub window: String,
    /// What stands in the conditions.
    pub restrictions: String,
    /// The statement of authentication.
    pub authentication: String,
    /// What stands in the statement of attributes.
    pub attributes: String,
}

/// The status of who has signed in.
pub const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// A moment, as SAML writes it.
#[must_use]
pub fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An attribute of the person.
#[must_use]
pub fn attribute(name: &str, value: &str) -> String {
    format!(
        "<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
    )
}

/// For whom the assertion is.
#[must_use]
pub fn audience(entity_id: &str) -> String {
    format!(
        "<saml:AudienceRestriction><saml:Audience>{entity_id}</saml:Audience></saml:AudienceRestriction>"
    )
}

/// How the person is named.
#[must_use]
pub fn name_id(format: &str, value: &str) -> String {
    format!("<saml:NameID Format=\"{format}\">{value}</saml:NameID>")
}

/// The attributes of the confirmation's data.
#[must_use]
pub fn confirmation(request: &str, until: &str, recipient: &str) -> String {
    format!(" InResponseTo=\"{request}\" NotOnOrAfter=\"{until}\" Recipient=\"{recipient}\"")
}

impl Issue {
    /// What a provider answers that does as it should.
    #[must_use]
    pub fn of(exchange: &Exchange<'_>, signs: Signs) -> Self {
        let Exchange {
            provider,
            service,
            address,
            request,
            email,
            now,
        } = *exchange;
        let from_now = |seconds: i64| moment(now + TimeDelta::seconds(seconds));
        Self {
            signs,
            signer: Signer::PROVIDER,
            key_info: String::new(),
            id: RESPONSE_ID.to_owned(),
            assertion_id: ASSERTION_ID.to_owned(),
            issuer: provider.to_owned(),
            assertion_issuer: provider.to_owned(),
            destination: format!(" Destination=\"{address}\""),
            in_response_to: format!(" InResponseTo=\"{request}\""),
            status: format!("<samlp:StatusCode Value=\"{SUCCESS}\"></samlp:StatusCode>"),
            issued: from_now(0),
            name_id: name_id(EMAIL_FORMAT, email),
            method: "urn:oasis:names:tc:SAML:2.0:cm:bearer",
            confirmation: confirmation(request, &from_now(300), address),
            window: format!(
                " NotBefore=\"{}\" NotOnOrAfter=\"{}\"",
                from_now(-30),
                from_now(600)
            ),
            restrictions: audience(service),
            authentication: format!(
                "<saml:AuthnStatement AuthnInstant=\"{}\" \
                 SessionIndex=\"_session\"></saml:AuthnStatement>",
                from_now(-1)
            ),
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
            assertion_id,
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
             ID=\"{assertion_id}\" IssueInstant=\"{issued}\" Version=\"2.0\">\
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
            id,
            issued,
            issuer,
            destination,
            in_response_to,
            status,
            ..
        } = self;
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"{destination} \
             ID=\"{id}\"{in_response_to} IssueInstant=\"{issued}\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</saml:Issuer>\
             {signature}<samlp:Status>{status}</samlp:Status>{assertion}</samlp:Response>"
        )
    }

    /// The response.
    #[must_use]
    pub fn xml(&self) -> String {
        let sign = |id: &str, bytes: &str| self.signer.signature(id, bytes, &self.key_info);
        let mut assertion = self.assertion("");
        if matches!(self.signs, Signs::Assertion | Signs::Both) {
            assertion = self.assertion(&sign(&self.assertion_id, &assertion));
        }
        let response = self.response("", &assertion);
        if matches!(self.signs, Signs::Response | Signs::Both) {
            return self.response(&sign(&self.id, &response), &assertion);
        }
        response
    }
}

/// A response as the form field `SAMLResponse` has it.
#[must_use]
pub fn field(xml: &str) -> String {
    STANDARD.encode(xml)
}
