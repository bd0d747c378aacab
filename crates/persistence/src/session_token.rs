//! The tokens of sessions as text: shown once, stored as a hash.

use charter_contract::Random;
use sha2::{Digest as _, Sha256};

use crate::secret_text;

/// What every session's token begins with; it also tells a session from a key
/// before the database is asked.
pub const SESSION_PREFIX: &str = "ct_session_";

/// The characters of a token: the prefix and 32 bytes in base64url.
const LENGTH: usize = SESSION_PREFIX.len() + 43;

/// The token of a new session.
pub(crate) struct SessionToken(String);

impl SessionToken {
    /// 256 random bits.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(secret_text::generate(SESSION_PREFIX, random))
    }

    /// The token itself, for the one answer that shows it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept to recognise it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionToken([redacted])")
    }
}

/// The hash to look a credential up by; `None` when it cannot be a session's
/// token, which saves the database the question.
pub(crate) fn hash_of(credential: &str) -> Option<[u8; 32]> {
    let plausible = credential.len() == LENGTH && credential.starts_with(SESSION_PREFIX);
    plausible.then(|| Sha256::digest(credential.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::{SessionToken, hash_of};
    use crate::api_secret::{self, ApiSecret};
    use charter_contract::Random;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_token_is_found_by_its_hash() {
        let token = SessionToken::generate(&Sevens);
        assert_eq!(hash_of(token.reveal()), Some(token.hash()));
        assert_eq!(token.reveal().len(), 54);
        assert!(token.reveal().starts_with("ct_session_BwcHBw"));
    }

    #[test]
    fn keys_and_sessions_are_told_apart() {
        let token = SessionToken::generate(&Sevens);
        assert_eq!(api_secret::hash_of(token.reveal()), None);
        assert_eq!(hash_of(ApiSecret::generate(&Sevens).reveal()), None);
        for text in ["", "ct_session_", &token.reveal()[1..]] {
            assert_eq!(hash_of(text), None, "{text}");
        }
        assert_eq!(hash_of(&format!("{}A", token.reveal())), None);
    }

    #[test]
    fn a_token_is_not_in_the_log() {
        let text = format!("{:?}", SessionToken::generate(&Sevens));
        assert_eq!(text, "SessionToken([redacted])");
    }
}
