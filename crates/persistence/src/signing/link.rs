//! The links by which documents are signed here, derived and never stored.

use uuid::Uuid;

use crate::Store;
use crate::server_key::ServerKeys;
use crate::signed_link::{Origin, SignedLink};

const PURPOSE: &str = "charter/sign-link/1";

/// What a genuine link says. Whether it still opens anything is up to the row: a document
/// that was withdrawn has a later generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignToken {
    /// The legal document.
    pub document: Uuid,
    /// The generation of the document that the link belongs to.
    pub generation: i64,
    /// How its holder came by it; the record of the signature tells.
    pub origin: Origin,
}

impl SignToken {
    /// The text in the link.
    #[must_use]
    pub fn sign(self, keys: &ServerKeys) -> String {
        let link = SignedLink {
            id: self.document,
            generation: self.generation,
            origin: self.origin,
        };
        link.sign(keys, PURPOSE)
    }

    /// Reads a text that [`SignToken::sign`] made under any accepted key.
    #[must_use]
    pub fn verify(text: &str, keys: &ServerKeys) -> Option<Self> {
        let SignedLink {
            id,
            generation,
            origin,
        } = SignedLink::verify(text, keys, PURPOSE)?;
        Some(Self {
            document: id,
            generation,
            origin,
        })
    }
}

impl Store {
    /// The link by which a document is signed here.
    pub(crate) fn sign_url(&self, token: SignToken) -> String {
        let mut url = self.public_url().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("sign");
        }
        url.query_pairs_mut()
            .clear()
            .append_pair("token", &token.sign(self.server_keys()));
        url.into()
    }
}
