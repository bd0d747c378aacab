//! What the operator of a server decides about signing in.

use std::sync::Arc;

use charter_saml::ServiceProvider;
use url::Url;

use crate::password_hash::PasswordCosts;

/// Settings of the identity document.
#[derive(Clone, Debug)]
pub struct IdentityOptions {
    /// What one hash of a password costs.
    pub password_costs: PasswordCosts,
    /// How many passwords are hashed at a time; each takes that much memory and a
    /// core.
    pub passwords_at_once: usize,
    /// How long a session lives without being used.
    pub session_idle_seconds: i64,
    /// How long a session lives at most.
    pub session_absolute_seconds: i64,
    /// Whether it may be asked which way an address signs in.
    pub connect: Connect,
    /// Who may open an account.
    pub sign_up: SignUps,
    /// The page that browsers go on to after single sign-on; unset, it is `/signin` below
    /// the public address.
    pub sign_in_url: Option<Url>,
    /// What identity providers know this server by, as [`service_provider`] makes it;
    /// unset, it has the public address and signs no requests.
    ///
    /// [`service_provider`]: crate::service_provider
    pub service_provider: Option<Arc<ServiceProvider>>,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        Self {
            password_costs: PasswordCosts::default(),
            passwords_at_once: std::thread::available_parallelism().map_or(1, usize::from),
            session_idle_seconds: 14 * 86_400,
            session_absolute_seconds: 90 * 86_400,
            connect: Connect::Answer,
            sign_up: SignUps::Open,
            sign_in_url: None,
            service_provider: None,
        }
    }
}

/// What the operation `connect` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connect {
    /// It tells which way an address signs in, and that one has no account.
    Answer,
    /// It answers every address as one with a password, but for those of domains whose
    /// organisation demands single sign-on.
    Conceal,
}

/// Who may open an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUps {
    /// Everybody.
    Open,
    /// Who has an invite, or comes by the identity provider of an organisation.
    InviteOnly,
}
