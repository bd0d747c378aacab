//! Randomness as a parameter.

/// A source of random bytes. Cryptographically secure in production, repeatable
/// in tests.
pub trait Random: Send + Sync {
    /// Fills all of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
