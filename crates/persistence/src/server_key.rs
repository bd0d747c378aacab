//! The key that links and seals are made with. It never enters the database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_contract::Random;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// 256 random bits, kept outside the database.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey([u8; 32]);

/// Why a text is no server key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAServerKey;

impl fmt::Display for NotAServerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a server key is 32 bytes in base64url, 43 characters")
    }
}

impl std::error::Error for NotAServerKey {}

impl ServerKey {
    /// A new key.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// A key from its text, as [`ServerKey::reveal`] gives it.
    ///
    /// # Errors
    /// When the text is not 32 bytes in base64url.
    pub fn parse(text: &str) -> Result<Self, NotAServerKey> {
        URL_SAFE_NO_PAD
            .decode(text.trim().trim_end_matches('='))
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(NotAServerKey)
    }

    /// The text to keep in a file or a secret store.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// A key for one purpose, so that what one purpose gives away tells nothing
    /// about another.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = mac(&self.0);
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServerKey([redacted])")
    }
}

/// The key in use and those that are still accepted.
///
/// To rotate, put a new key in front and keep the old one as long as links made
/// with it should work: invites live for seven days.
#[derive(Clone, Debug)]
pub struct ServerKeys {
    /// New links and seals are made with it.
    pub current: ServerKey,
    /// Links and seals made with these still open.
    pub earlier: Vec<ServerKey>,
}

impl ServerKeys {
    /// Every accepted key, the current one first.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = &ServerKey> {
        std::iter::once(&self.current).chain(&self.earlier)
    }
}

impl From<ServerKey> for ServerKeys {
    fn from(current: ServerKey) -> Self {
        Self {
            current,
            earlier: Vec::new(),
        }
    }
}

/// HMAC-SHA256 under a key of 32 bytes. HMAC pads keys with zeros to the block
/// of the hash, which done here leaves nothing that could fail.
pub(crate) fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::{ServerKey, mac};
    use hmac::Mac as _;

    #[test]
    fn what_is_revealed_is_read() {
        let key = ServerKey([9; 32]);
        assert_eq!(ServerKey::parse(&key.reveal()), Ok(key.clone()));
        assert_eq!(
            ServerKey::parse(&format!(" {}=\n", key.reveal())),
            Ok(key.clone())
        );
        assert!(ServerKey::parse("short").is_err());
        assert!(!format!("{key:?}").contains(&key.reveal()));
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let key = ServerKey([9; 32]);
        assert_ne!(key.derive("one"), key.derive("another"));
    }

    /// RFC 4231, test case 1, whose key is shorter than the block as ours is.
    #[test]
    fn hmac_is_as_the_standard_has_it() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mut mac = mac(&key);
        mac.update(b"Hi There");
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(tag[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    }
}
