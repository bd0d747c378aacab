//! Invite links, derived and never stored.

use uuid::Uuid;

use crate::server_key::ServerKeys;
use crate::signed_link::{Origin, SignedLink};

const PURPOSE: &str = "charter/invite-link/1";

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

impl InviteToken {
    /// The text in the link.
    #[must_use]
    pub fn sign(self, keys: &ServerKeys) -> String {
        let link = SignedLink {
            id: self.invite,
            generation: self.generation,
            origin: self.origin,
        };
        link.sign(keys, PURPOSE)
    }

    /// Reads a text that [`InviteToken::sign`] made under any accepted key.
    #[must_use]
    pub fn verify(text: &str, keys: &ServerKeys) -> Option<Self> {
        let SignedLink {
            id,
            generation,
            origin,
        } = SignedLink::verify(text, keys, PURPOSE)?;
        Some(Self {
            invite: id,
            generation,
            origin,
        })
    }
}
