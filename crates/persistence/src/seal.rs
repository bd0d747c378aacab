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
