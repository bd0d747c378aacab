//! The certificates by which an identity provider is known.
//!
//! A certificate is only the wrapping of a key here: metadata that the operator has brought says that the
//! key is the provider's, and neither the issuer's name nor the dates in it say anything more.

use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::xml;

/// No certificate of a provider is anywhere near as large.
const MAX_BYTES: usize = 16 * 1024;

/// RSA keys of fewer bits can be broken.
const MIN_RSA_BITS: usize = 2048;

/// A certificate with a key that we can verify with.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    key: PublicKey,
}

/// A key, as `ring` takes it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    kind: KeyKind,
    bytes: Vec<u8>,
}

/// What a key can do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// Why a certificate cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// It is no certificate.
    Malformed,
    /// Its key is neither RSA nor ECDSA on P-256 or P-384.
    KeyKind,
    /// Its key is RSA of less than 2048 bits.
    Weak,
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureMethod {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    EcdsaSha256,
    EcdsaSha384,
}

impl SignatureMethod {
    /// The method that a URI names. What is not here does not count, SHA-1 and HMAC least of all.
    pub(crate) fn named(uri: &str) -> Option<Self> {
        match uri {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Some(Self::RsaSha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Some(Self::RsaSha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Some(Self::RsaSha512),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Some(Self::EcdsaSha256),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Some(Self::EcdsaSha384),
            _ => None,
        }
    }
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    ///
    /// What makes it unusable.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateFault> {
        if der.len() > MAX_BYTES {
            return Err(CertificateFault::Malformed);
        }
        Ok(Self {
            der: der.to_vec(),
            key: PublicKey::of_certificate(der)?,
        })
    }

    /// Reads a certificate as it stands in metadata: base64, with white space anywhere.
    ///
    /// # Errors
    ///
    /// What makes it unusable.
    pub fn from_base64(text: &str) -> Result<Self, CertificateFault> {
        if text.len() > 2 * MAX_BYTES {
            return Err(CertificateFault::Malformed);
        }
        let packed: String = text.chars().filter(|c| !xml::is_space(*c)).collect();
        match STANDARD.decode(packed) {
            Ok(der) => Self::from_der(&der),
            Err(_) => Err(CertificateFault::Malformed),
        }
    }

    /// Reads a certificate in PEM.
    ///
    /// # Errors
    ///
    /// What makes it unusable.
    pub fn from_pem(text: &str) -> Result<Self, CertificateFault> {
        match CertificateDer::from_pem_slice(text.as_bytes()) {
            Ok(der) => Self::from_der(&der),
            Err(_) => Err(CertificateFault::Malformed),
        }
    }

    /// The certificate in base64, in one line: what [`Certificate::from_base64`] reads.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// The SHA-256 of the certificate in hexadecimal, for people to compare.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        digest::digest(&digest::SHA256, &self.der)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

impl PublicKey {
    /// Whether this key has made `signature` of `message`. A key of another kind has not.
    pub(crate) fn has_signed(
        &self,
        method: SignatureMethod,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match (self.kind, method) {
            (KeyKind::Rsa, SignatureMethod::RsaSha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, SignatureMethod::RsaSha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa, SignatureMethod::RsaSha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::P256, SignatureMethod::EcdsaSha256) => &signature::ECDSA_P256_SHA256_FIXED,
            (KeyKind::P384, SignatureMethod::EcdsaSha384) => &signature::ECDSA_P384_SHA384_FIXED,
            _ => return false,
        };
        UnparsedPublicKey::new(algorithm, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }

    /// Whether this is the RSA key whose `RSAPublicKey` this is.
    pub(crate) fn is_rsa(&self, key: &[u8]) -> bool {
        self.kind == KeyKind::Rsa && self.bytes == key
    }

    /// Finds the key in a certificate (RFC 5280). Version 1 is read as well, since some
    /// identity providers sign their own certificates so.
    fn of_certificate(der: &[u8]) -> Result<Self, CertificateFault> {
        let parts = Parts::of(der).ok_or(CertificateFault::Malformed)?;
        match parts.algorithm {
            oid::RSA => {
                let bits = rsa_bits(parts.key).ok_or(CertificateFault::Malformed)?;
                if bits < MIN_RSA_BITS {
                    return Err(CertificateFault::Weak);
                }
                Ok(Self::of(KeyKind::Rsa, parts.key))
            }
            oid::EC if parts.curve == Some(oid::P256) => Ok(Self::of(KeyKind::P256, parts.key)),
            oid::EC if parts.curve == Some(oid::P384) => Ok(Self::of(KeyKind::P384, parts.key)),
            _ => Err(CertificateFault::KeyKind),
        }
    }

    fn of(kind: KeyKind, bytes: &[u8]) -> Self {
        Self {
            kind,
            bytes: bytes.to_vec(),
        }
    }
}

/// Object identifiers, as their bytes.
mod oid {
    pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// What a certificate says of its key.
struct Parts<'a> {
    algorithm: &'a [u8],
    curve: Option<&'a [u8]>,
    key: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let mut outside = Der(der);
        let mut certificate = Der(outside.take(SEQUENCE)?);
        let mut to_be_signed = Der(certificate.take(SEQUENCE)?);
        if to_be_signed.next_is(VERSION) {
            to_be_signed.take(VERSION)?;
        }
        to_be_signed.take(INTEGER)?;
        // The algorithm, the issuer, the dates and the subject.
        for _ in 0..4 {
            to_be_signed.take(SEQUENCE)?;
        }
        let mut information = Der(to_be_signed.take(SEQUENCE)?);
        let mut algorithm = Der(information.take(SEQUENCE)?);
        let name = algorithm.take(OBJECT_IDENTIFIER)?;
        let curve = algorithm.take(OBJECT_IDENTIFIER);
        // The first byte of a bit string says how many bits of the last do not count.
        let (unused, key) = information.take(BIT_STRING)?.split_first()?;
        (*unused == 0 && outside.0.is_empty()).then_some(Self {
            algorithm: name,
            curve,
            key,
        })
    }
}

/// The bits of the modulus of an `RSAPublicKey`.
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut key = Der(Der(key).take(SEQUENCE)?);
    let modulus = key.take(INTEGER)?;
    key.take(INTEGER)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let digits = modulus.get(zeros..)?;
    let first = digits.first()?;
    Some(digits.len() * 8 - first.leading_zeros() as usize)
}

/// What is left of a run of values in DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next_is(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The content of the next value, which has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(*first) {
            short @ 0..=0x7f => (short, rest),
            long @ 0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(long - 0x80)?;
                let length = bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "this is no certificate",
            Self::KeyKind => "the key is neither RSA nor ECDSA on P-256 or P-384",
            Self::Weak => "the RSA key has less than 2048 bits",
        })
    }
}

impl Error for CertificateFault {}
