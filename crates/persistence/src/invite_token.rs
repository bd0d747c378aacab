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
    /// How its holder came by it.
    pub origin: Origin,
}

/// How the holder of a link came by it. The two links of an invite differ, because
/// admins are shown one of them: were it the one that is mailed, an admin could
/// invite anybody's address, take the link from the answer, and own the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From an answer of the API.
    Answer,
    /// From the mail to the invited address, whose owner the holder therefore is.
    Mail,
}

const BODY: usize = 16 + 8;
const TAG: usize = 32;

/// What the body of a mailed link ends with.
const MAILED: u8 = 1;

impl InviteToken {
    /// The text in the link: id, generation, a mark if it is mailed, and an HMAC of
    /// them under the server key.
    #[must_use]
    pub fn sign(self, keys: &ServerKeys) -> String {
        let mut token = Vec::with_capacity(BODY + 1 + TAG);
        token.extend_from_slice(self.invite.as_bytes());
        token.extend_from_slice(&self.generation.to_be_bytes());
        if self.origin == Origin::Mail {
            token.push(MAILED);
        }
        let tag = tag(&keys.current, &token);
        token.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads a text that [`InviteToken::sign`] made under any accepted key.
    #[must_use]
    pub fn verify(text: &str, keys: &ServerKeys) -> Option<Self> {
        let token = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, given) = token.split_at_checked(token.len().checked_sub(TAG)?)?;
        let (invite, rest) = body.split_first_chunk::<16>()?;
        let (generation, mark) = rest.split_first_chunk::<8>()?;
        let origin = match mark {
            [] => Origin::Answer,
            [MAILED] => Origin::Mail,
            _ => return None,
        };
        let genuine = keys
            .accepted()
            .any(|key| bool::from(tag(key, body).ct_eq(given)));
        genuine.then(|| Self {
            invite: Uuid::from_bytes(*invite),
            generation: i64::from_be_bytes(*generation),
            origin,
        })
    }
}

fn tag(key: &ServerKey, body: &[u8]) -> [u8; TAG] {
    let mut mac = mac(&key.derive("charter/invite-link/1"));
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{InviteToken, Origin};
    use crate::server_key::{ServerKey, ServerKeys};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use uuid::Uuid;

    fn key(byte: u8) -> ServerKey {
        ServerKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn token(origin: Origin) -> InviteToken {
        InviteToken {
            invite: Uuid::from_u128(0x0123_4567),
            generation: 3,
            origin,
        }
    }

    const BOTH: [Origin; 2] = [Origin::Answer, Origin::Mail];

    #[test]
    fn a_link_says_what_it_was_made_for() {
        let keys = ServerKeys::from(key(1));
        for origin in BOTH {
            let text = token(origin).sign(&keys);
            assert_eq!(InviteToken::verify(&text, &keys), Some(token(origin)));
        }
    }

    #[test]
    fn no_bit_can_be_changed() {
        let keys = ServerKeys::from(key(1));
        for origin in BOTH {
            let bytes = URL_SAFE_NO_PAD.decode(token(origin).sign(&keys)).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let text = URL_SAFE_NO_PAD.encode(changed);
                assert_eq!(InviteToken::verify(&text, &keys), None, "bit {bit}");
            }
        }
        let text = token(Origin::Answer).sign(&keys);
        for text in ["", "AAAA", "\u{e9}", &text[1..]] {
            assert_eq!(InviteToken::verify(text, &keys), None, "{text}");
        }
    }

    #[test]
    fn the_link_that_admins_see_cannot_be_made_the_mailed_one() {
        let keys = ServerKeys::from(key(1));
        let mut bytes = URL_SAFE_NO_PAD
            .decode(token(Origin::Answer).sign(&keys))
            .unwrap();
        bytes.insert(super::BODY, super::MAILED);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(InviteToken::verify(&text, &keys), None);
    }

    #[test]
    fn links_work_as_long_as_their_key_is_accepted() {
        let text = token(Origin::Mail).sign(&key(1).into());
        let rotated = ServerKeys {
            current: key(2),
            earlier: vec![key(1)],
        };
        assert_eq!(
            InviteToken::verify(&text, &rotated),
            Some(token(Origin::Mail))
        );
        assert_ne!(token(Origin::Mail).sign(&rotated), text);
        assert_eq!(InviteToken::verify(&text, &key(2).into()), None);
    }
}
