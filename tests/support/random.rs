//! Randomness that repeats.

use std::sync::Mutex;

use charter_contract::Random;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// The same bytes in every run.
pub struct SeededRandom(Mutex<StdRng>);

impl Default for SeededRandom {
    fn default() -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(2026)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}
