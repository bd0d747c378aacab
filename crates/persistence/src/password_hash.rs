//! Passwords as they are stored: Argon2id, as slow as the server affords.
//!
//! Hashing one takes memory and a core for some tens of milliseconds.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use charter_contract::{Internal, Random};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::aside::Aside;

/// The bytes of a salt, as RFC 9106 recommends them, and of a hash.
const SALT: usize = 16;
const HASH: usize = 32;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCosts {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCosts {
    /// What OWASP's cheat sheet on password storage has for Argon2id.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1_024,
            passes: 2,
            lanes: 1,
        }
    }
}

impl PasswordCosts {
    /// Whether Argon2 takes them.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(self) -> Result<(), String> {
        self.params().map(|_| ()).map_err(|why| why.to_string())
    }

    fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH))
    }
}

/// What came of comparing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the one.
    Right,
    /// It is the one, and its hash was made at other costs than those of today.
    RightAndOutdated,
    /// It is not.
    Wrong,
}

/// Hashes and compares passwords.
pub(crate) struct PasswordHashes {
    argon2: Argon2<'static>,
    /// A hash that no password has, at today's costs: comparing with it takes as
    /// long as comparing with somebody's.
    nobodys: String,
    aside: Aside,
}

impl PasswordHashes {
    /// At these costs, so many at a time.
    pub(crate) fn new(costs: PasswordCosts, at_once: usize) -> Result<Self, Internal> {
        let PasswordCosts {
            memory_kib,
            passes,
            lanes,
        } = costs;
        let params = costs.params().map_err(Internal::new)?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            nobodys: format!(
                "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${}${}",
                STANDARD_NO_PAD.encode([0; SALT]),
                STANDARD_NO_PAD.encode([0; HASH]),
            ),
            aside: Aside::new(at_once, "too many passwords are being hashed"),
        })
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// When too many others are being hashed.
    pub(crate) async fn hash(
        &self,
        password: &str,
        random: &dyn Random,
    ) -> Result<String, Internal> {
        let password = normalised(password);
        let mut salt = [0; SALT];
        random.fill(&mut salt);
        let argon2 = self.argon2.clone();
        tracing::trace!(target: "charter::work", "a password is hashed");
        self.aside(move || {
            let hash = argon2
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map_err(Internal::new)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Compares a password with a stored hash. Without one, the answer is no and
    /// takes as long.
    ///
    /// # Errors
    /// When too many others are being compared, or the stored text is no hash.
    pub(crate) async fn verify(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Verdict, Internal> {
        let password = normalised(password);
        let known = stored.is_some();
        let hash = PasswordHash::new(stored.unwrap_or(&self.nobodys)).map_err(Internal::new)?;
        let outdated = Params::try_from(&hash).map_err(Internal::new)? != *self.argon2.params();
        let argon2 = self.argon2.clone();
        tracing::trace!(target: "charter::work", "a password is compared");
        self.aside(move || {
            let compared = argon2.verify_password(password.as_bytes(), &hash);
            match compared {
                Ok(()) if known && outdated => Ok(Verdict::RightAndOutdated),
                Ok(()) if known => Ok(Verdict::Right),
                Ok(()) | Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
                Err(failure) => Err(Internal::new(failure)),
            }
        })
        .await
    }

    /// Runs other work on passwords among that of hashing them.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Internal> + Send + 'static,
    ) -> Result<T, Internal> {
        self.aside.run(work).await
    }
}

/// The same password, however its characters were composed: NFKC, as RFC 8265 and
/// NIST SP 800-63B ask.
fn normalised(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

impl std::fmt::Debug for PasswordHashes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHashes")
    }
}

#[cfg(test)]
mod tests {
    use super::{PasswordCosts, PasswordHashes, Verdict};
    use charter_contract::Random;
    use std::sync::atomic::{AtomicU8, Ordering};

    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    const CHEAP: PasswordCosts = PasswordCosts {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    fn random() -> Counting {
        Counting(AtomicU8::new(1))
    }

    fn hashes(costs: PasswordCosts) -> PasswordHashes {
        PasswordHashes::new(costs, 2).unwrap()
    }

    #[test]
    fn the_costs_are_those_of_owasp() {
        let costs = PasswordCosts::default();
        assert_eq!(
            (costs.memory_kib, costs.passes, costs.lanes),
            (19_456, 2, 1)
        );
    }

    #[tokio::test]
    async fn what_is_hashed_is_recognised() {
        let (hashes, random) = (hashes(CHEAP), random());
        let stored = hashes.hash("grey heron", &random).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
            "{stored}"
        );
        let verdict = hashes.verify("grey heron", Some(&stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Right);
        let verdict = hashes.verify("grey herons", Some(&stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Wrong);
        let again = hashes.hash("grey heron", &random).await.unwrap();
        assert_ne!(again, stored, "each has a salt of its own");
    }

    #[tokio::test]
    async fn characters_may_be_composed_in_either_way() {
        let hashes = hashes(CHEAP);
        let stored = hashes.hash("caf\u{e9} \u{fb01}n", &random()).await.unwrap();
        let verdict = hashes
            .verify("cafe\u{301} fin", Some(&stored))
            .await
            .unwrap();
        assert_eq!(verdict, Verdict::Right);
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        let hashes = hashes(CHEAP);
        for password in ["", "password", &hashes.nobodys] {
            let verdict = hashes.verify(password, None).await.unwrap();
            assert_eq!(verdict, Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn a_hash_at_other_costs_is_outdated() {
        let stored = hashes(CHEAP).hash("grey heron", &random()).await.unwrap();
        for dearer in [
            PasswordCosts {
                memory_kib: 16,
                ..CHEAP
            },
            PasswordCosts { passes: 2, ..CHEAP },
        ] {
            let hashes = hashes(dearer);
            let verdict = hashes.verify("grey heron", Some(&stored)).await.unwrap();
            assert_eq!(verdict, Verdict::RightAndOutdated);
            let verdict = hashes.verify("another", Some(&stored)).await.unwrap();
            assert_eq!(verdict, Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_fault_and_no_password() {
        assert!(hashes(CHEAP).verify("any", Some("$2b$10$")).await.is_err());
    }
}
