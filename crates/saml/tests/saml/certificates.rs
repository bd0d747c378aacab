//! Which certificates can be pinned, and which keys sign requests.

use charter_saml::{Certificate, CertificateFault, SigningKey, SigningKeyFault};

use crate::world::{certificate, key};

#[test]
fn keys_that_can_be_pinned() {
    for pem in [
        key!("provider.pem"),
        key!("version1.pem"),
        key!("ec256.pem"),
        key!("ec384.pem"),
    ] {
        let read = certificate(pem);
        let text = read.to_base64();
        assert_eq!(Certificate::from_base64(&text), Ok(read.clone()));
        let spaced: String = text.chars().flat_map(|c| [c, '\n']).collect();
        assert_eq!(Certificate::from_base64(&spaced), Ok(read));
    }
}

#[test]
fn keys_that_cannot() {
    assert_eq!(
        Certificate::from_pem(key!("weak.pem")),
        Err(CertificateFault::Weak),
    );
    assert_eq!(
        Certificate::from_pem(key!("ed25519.pem")),
        Err(CertificateFault::KeyKind),
    );
    for none in ["", "x", key!("provider.key.pem")] {
        assert_eq!(
            Certificate::from_pem(none),
            Err(CertificateFault::Malformed)
        );
    }
    let mut longer = key!("provider.pem").as_bytes().to_vec();
    longer.truncate(0);
    assert_eq!(
        Certificate::from_der(&longer),
        Err(CertificateFault::Malformed),
    );
}

/// `openssl x509 -noout -fingerprint -sha256`.
#[test]
fn fingerprints() {
    let shown = certificate(key!("provider.pem")).fingerprint();
    assert_eq!(shown, FINGERPRINT);
    assert_eq!(
        format!("{:?}", certificate(key!("provider.pem"))),
        format!("Certificate({FINGERPRINT})"),
    );
}

const FINGERPRINT: &str = "28133d976b9a0830ef8be73c4e41aceb5776e2782fccc8667219a0c33d532ef2";

#[test]
fn keys_that_sign() {
    let certificate = key!("service.pem");
    for key in [key!("service.key.pem"), key!("service.pkcs1.pem")] {
        let read = SigningKey::from_pem(key, certificate).unwrap();
        assert_eq!(read.certificate(), &crate::world::certificate(certificate));
        let shown = format!("{read:?}");
        assert!(shown.starts_with("SigningKey("), "{shown}");
        assert_eq!(shown.len(), "SigningKey()".len() + 64);
    }
    let read = |key, certificate| SigningKey::from_pem(key, certificate).err();
    assert_eq!(
        read(key!("service.key.pem"), key!("provider.pem")),
        Some(SigningKeyFault::Mismatch),
    );
    assert_eq!(
        read(key!("service.key.pem"), key!("weak.pem")),
        Some(SigningKeyFault::Certificate(CertificateFault::Weak)),
    );
    for none in ["", key!("service.pem"), key!("ec256.key.pem")] {
        assert_eq!(read(none, certificate), Some(SigningKeyFault::Key));
    }
}
