//! What every secret that is shown once looks like.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_contract::Random;

/// 256 random bits in base64url behind `prefix`, by which secret scanners know them: 43
/// characters.
pub(crate) fn generate(prefix: &str, random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}
