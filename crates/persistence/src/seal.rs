//! What the database keeps but must not be able to read.
//!
//! Answers stored for a retry and mails that wait to be sent hold live keys and
//! links. They are sealed with XChaCha20-Poly1305 under a key derived from the
//! server key, and bound to the row they belong to.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use charter_contract::{Internal, Random};

use crate::server_key::{ServerKey, ServerKeys};

const NONCE: usize = 24;

/// Seals `secret`; `row` has to be given again to open it.
pub(crate) fn seal(
    keys: &ServerKeys,
    random: &dyn Random,
    row: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, Internal> {
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce);
    let sealed = cipher(&keys.current)
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: secret,
                aad: row,
            },
        )
        .map_err(|_| Internal::new("sealing failed"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made under any accepted key.
pub(crate) fn open(keys: &ServerKeys, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Internal> {
    let (nonce, text) = sealed
        .split_first_chunk::<NONCE>()
        .ok_or_else(|| Internal::new("a sealed value is too short"))?;
    keys.accepted()
        .find_map(|key| {
            cipher(key)
                .decrypt(
                    &XNonce::from(*nonce),
                    Payload {
                        msg: text,
                        aad: row,
                    },
                )
                .ok()
        })
        .ok_or_else(|| Internal::new("a sealed value opens under none of the server keys"))
}

fn cipher(key: &ServerKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&key.derive("charter/seal/1").into())
}

#[cfg(test)]
mod tests {
    use super::{open, seal};
    use crate::server_key::{ServerKey, ServerKeys};
    use charter_contract::Random;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    #[test]
    fn opens_for_its_row_and_under_an_accepted_key_only() {
        let random = Counting(1.into());
        let keys = ServerKeys::from(ServerKey::generate(&random));
        let sealed = seal(&keys, &random, b"row", b"secret").unwrap();
        assert_eq!(open(&keys, b"row", &sealed).unwrap(), b"secret");
        assert!(open(&keys, b"another", &sealed).is_err());
        assert!(open(&keys, b"row", &sealed[..20]).is_err());
        let rotated = ServerKeys {
            current: ServerKey::generate(&random),
            earlier: vec![keys.current.clone()],
        };
        assert_eq!(open(&rotated, b"row", &sealed).unwrap(), b"secret");
        let without = ServerKeys::from(rotated.current);
        assert!(open(&without, b"row", &sealed).is_err());
        let again = seal(&keys, &random, b"row", b"secret").unwrap();
        assert_ne!(again, sealed);
    }
}
