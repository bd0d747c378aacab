//! What stands in links that are derived and never stored: an id, a generation, how
//! the holder came by it, and an HMAC of these under the server key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::server_key::{ServerKey, ServerKeys, mac};

/// How the holder of a link came by it. The two links of a thing differ, because
/// admins are shown one of them: were it the one that is mailed, an admin could
/// invite anybody's address, take the link from the answer, and own the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From an answer of the API.
    Answer,
    /// From the mail to the address that it is for, whose owner the holder therefore is.
    Mail,
}

/// What a genuine link says. Whether it still opens anything is up to the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignedLink {
    /// What it leads to.
    pub(crate) id: Uuid,
    /// The generation that the link belongs to.
    pub(crate) generation: i64,
    /// How its holder came by it.
    pub(crate) origin: Origin,
}

const BODY: usize = 16 + 8;
const TAG: usize = 32;

/// What the body of a mailed link ends with.
const MAILED: u8 = 1;

impl SignedLink {
    /// The text in the link. Those of one `purpose` are worth nothing for another.
    pub(crate) fn sign(self, keys: &ServerKeys, purpose: &str) -> String {
        let mut token = Vec::with_capacity(BODY + 1 + TAG);
        token.extend_from_slice(self.id.as_bytes());
        token.extend_from_slice(&self.generation.to_be_bytes());
        if self.origin == Origin::Mail {
            token.push(MAILED);
        }
        let tag = tag(&keys.current, purpose, &token);
        token.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads a text that [`SignedLink::sign`] made under any accepted key.
    pub(crate) fn verify(text: &str, keys: &ServerKeys, purpose: &str) -> Option<Self> {
        let token = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, given) = token.split_at_checked(token.len().checked_sub(TAG)?)?;
        let (id, rest) = body.split_first_chunk::<16>()?;
        let (generation, mark) = rest.split_first_chunk::<8>()?;
        let origin = match mark {
            [] => Origin::Answer,
            [MAILED] => Origin::Mail,
            _ => return None,
        };
        let genuine = keys
            .accepted()
            .any(|key| bool::from(tag(key, purpose, body).ct_eq(given)));
        genuine.then(|| Self {
            id: Uuid::from_bytes(*id),
            generation: i64::from_be_bytes(*generation),
            origin,
        })
    }
}

fn tag(key: &ServerKey, purpose: &str, body: &[u8]) -> [u8; TAG] {
    let mut mac = mac(&key.derive(purpose));
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{Origin, SignedLink};
    use crate::server_key::{ServerKey, ServerKeys};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use uuid::Uuid;

    const PURPOSE: &str = "charter/test/1";

    fn key(byte: u8) -> ServerKey {
        ServerKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn link(origin: Origin) -> SignedLink {
        SignedLink {
            id: Uuid::from_u128(0x0123_4567),
            generation: 3,
            origin,
        }
    }

    const BOTH: [Origin; 2] = [Origin::Answer, Origin::Mail];

    #[test]
    fn a_link_says_what_it_was_made_for() {
        let keys = ServerKeys::from(key(1));
        for origin in BOTH {
            let text = link(origin).sign(&keys, PURPOSE);
            assert_eq!(
                SignedLink::verify(&text, &keys, PURPOSE),
                Some(link(origin))
            );
            assert_eq!(SignedLink::verify(&text, &keys, "charter/test/2"), None);
        }
    }

    #[test]
    fn no_bit_can_be_changed() {
        let keys = ServerKeys::from(key(1));
        for origin in BOTH {
            let text = link(origin).sign(&keys, PURPOSE);
            let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let text = URL_SAFE_NO_PAD.encode(changed);
                assert_eq!(SignedLink::verify(&text, &keys, PURPOSE), None, "bit {bit}");
            }
        }
        let text = link(Origin::Answer).sign(&keys, PURPOSE);
        for text in ["", "AAAA", "\u{e9}", &text[1..]] {
            assert_eq!(SignedLink::verify(text, &keys, PURPOSE), None, "{text}");
        }
    }

    #[test]
    fn the_link_that_admins_see_cannot_be_made_the_mailed_one() {
        let keys = ServerKeys::from(key(1));
        let text = link(Origin::Answer).sign(&keys, PURPOSE);
        let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        bytes.insert(super::BODY, super::MAILED);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(SignedLink::verify(&text, &keys, PURPOSE), None);
    }

    #[test]
    fn links_work_as_long_as_their_key_is_accepted() {
        let mailed = link(Origin::Mail);
        let text = mailed.sign(&key(1).into(), PURPOSE);
        let rotated = ServerKeys {
            current: key(2),
            earlier: vec![key(1)],
        };
        assert_eq!(SignedLink::verify(&text, &rotated, PURPOSE), Some(mailed));
        assert_ne!(mailed.sign(&rotated, PURPOSE), text);
        assert_eq!(SignedLink::verify(&text, &key(2).into(), PURPOSE), None);
    }
}
