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
