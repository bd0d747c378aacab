//! The key by which identity providers know our requests.

use std::error::Error;
use std::fmt;

use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use crate::certificate::{Certificate, CertificateFault};

/// An RSA key and its certificate.
pub struct SigningKey {
    pair: KeyPair,
    certificate: Certificate,
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKeyFault {
    /// It is no RSA key of 2048 to 4096 bits, in PEM without a password.
    Key,
    /// The certificate cannot be used.
    Certificate(CertificateFault),
    /// The certificate is another key's.
    Mismatch,
}

impl SigningKey {
    /// Reads the key (PKCS#8 or PKCS#1) and its certificate, both in PEM.
    ///
    /// # Errors
    ///
    /// What makes them unusable.
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, SigningKeyFault> {
        let pair = match PrivateKeyDer::from_pem_slice(key.as_bytes()) {
            Ok(PrivateKeyDer::Pkcs8(der)) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(der)) => KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(SigningKeyFault::Key),
        };
        let pair = pair.map_err(|_| SigningKeyFault::Key)?;
        let certificate =
            Certificate::from_pem(certificate).map_err(SigningKeyFault::Certificate)?;
        if !certificate.key().is_rsa(pair.public_key().as_ref()) {
            return Err(SigningKeyFault::Mismatch);
        }
        Ok(Self { pair, certificate })
    }

    /// The certificate that our metadata shows.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The RSA signature with SHA-256 of these bytes; nothing if the arithmetic went wrong.
    ///
    /// It depends on the key and the bytes alone: randomness only hides the arithmetic from who
    /// measures it, so it is no parameter.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .ok()?;
        Some(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.certificate.fingerprint())
    }
}

impl fmt::Display for SigningKeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("this is no RSA key of 2048 to 4096 bits in PEM"),
            Self::Certificate(fault) => write!(f, "the certificate cannot be used: {fault}"),
            Self::Mismatch => f.write_str("the certificate is another key's"),
        }
    }
}

impl Error for SigningKeyFault {}
