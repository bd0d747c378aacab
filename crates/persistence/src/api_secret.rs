//! API keys as text: shown once, stored as a hash.

use charter_contract::Random;
use sha2::{Digest as _, Sha256};

use crate::secret_text;

/// What every key begins with; secret scanners look for it.
pub const KEY_PREFIX: &str = "ct_live_";

/// The characters of a key that are kept for display: the prefix and six more,
/// which leaves 220 of its 256 bits unknown.
const SHOWN: usize = KEY_PREFIX.len() + 6;

/// The characters of a key: the prefix and 32 bytes in base64url.
const LENGTH: usize = KEY_PREFIX.len() + 43;

/// A new API key.
pub struct ApiSecret(String);

impl ApiSecret {
    /// 256 random bits.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(secret_text::generate(KEY_PREFIX, random))
    }

    /// The key itself, for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept for display.
    pub(crate) fn prefix(&self) -> String {
        self.0.chars().take(SHOWN).collect()
    }

    /// What is kept to recognise it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for ApiSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ApiSecret([redacted])")
    }
}

/// The hash to look a credential up by; `None` when it cannot be a key, which
/// saves the database the question.
pub(crate) fn hash_of(credential: &str) -> Option<[u8; 32]> {
    let plausible = credential.len() == LENGTH && credential.starts_with(KEY_PREFIX);
    plausible.then(|| Sha256::digest(credential.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::{ApiSecret, hash_of};
    use charter_contract::Random;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_key_is_found_by_its_hash() {
        let secret = ApiSecret::generate(&Sevens);
        assert_eq!(hash_of(secret.reveal()), Some(secret.hash()));
        assert_eq!(secret.reveal().len(), 51);
        assert_eq!(secret.prefix(), "ct_live_BwcHBw");
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        let secret = ApiSecret::generate(&Sevens);
        for text in [
            "",
            "ct_live_",
            &secret.reveal()[1..],
            &format!("{}A", secret.reveal()),
        ] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_not_in_the_log() {
        let text = format!("{:?}", ApiSecret::generate(&Sevens));
        assert_eq!(text, "ApiSecret([redacted])");
    }
}
