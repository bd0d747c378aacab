//! Invite links, derived and never stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::server_key::{ServerKey, ServerKeys, mac};

/// What a genuine link says. Whether it still opens anything is up to the row:
/// a resent invite has a later generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteToken {
    /// The invite.
    pub invite: Uuid,
    /// The generation of the invite that the link belongs to.
    pub generation: i64,
}

const BODY: usize = 16 + 8;
const TOKEN: usize = BODY + 32;

impl InviteToken {
    /// The text in the link: id, generation and an HMAC of both under the
    /// server key.
    #[must_use]
    pub fn sign(self, keys: &ServerKeys) -> String {
        let mut token = [0; TOKEN];
        token[..16].copy_from_slice(self.invite.as_bytes());
        token[16..BODY].copy_from_slice(&self.generation.to_be_bytes());
        let tag = tag(&keys.current, &token[..BODY]);
        token[BODY..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads a text that [`InviteToken::sign`] made under any accepted key.
    #[must_use]
    pub fn verify(text: &str, keys: &ServerKeys) -> Option<Self> {
        let token: [u8; TOKEN] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (body, given) = token.split_at(BODY);
        let genuine = keys
            .accepted()
            .any(|key| bool::from(tag(key, body).ct_eq(given)));
        if !genuine {
            return None;
        }
        let (invite, generation) = body.split_first_chunk::<16>()?;
        Some(Self {
            invite: Uuid::from_bytes(*invite),
            generation: i64::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

fn tag(key: &ServerKey, body: &[u8]) -> [u8; 32] {
    let mut mac = mac(&key.derive("charter/invite-link/1"));
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{InviteToken, TOKEN};
    use crate::server_key::{ServerKey, ServerKeys};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use uuid::Uuid;

    fn key(byte: u8) -> ServerKey {
        ServerKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn token() -> InviteToken {
        InviteToken {
            invite: Uuid::from_u128(0x0123_4567),
            generation: 3,
        }
    }

    #[test]
    fn a_link_says_what_it_was_made_for() {
        let keys = ServerKeys::from(key(1));
        let text = token().sign(&keys);
        assert_eq!(InviteToken::verify(&text, &keys), Some(token()));
    }

    #[test]
    fn no_bit_can_be_changed() {
        let keys = ServerKeys::from(key(1));
        let bytes = URL_SAFE_NO_PAD.decode(token().sign(&keys)).unwrap();
        for bit in 0..TOKEN * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(InviteToken::verify(&text, &keys), None, "bit {bit}");
        }
        for text in ["", "AAAA", "\u{e9}", &token().sign(&keys)[1..]] {
            assert_eq!(InviteToken::verify(text, &keys), None, "{text}");
        }
    }

    #[test]
    fn links_work_as_long_as_their_key_is_accepted() {
        let text = token().sign(&key(1).into());
        let rotated = ServerKeys {
            current: key(2),
            earlier: vec![key(1)],
        };
        assert_eq!(InviteToken::verify(&text, &rotated), Some(token()));
        assert_ne!(token().sign(&rotated), text);
        assert_eq!(InviteToken::verify(&text, &key(2).into()), None);
    }
}
