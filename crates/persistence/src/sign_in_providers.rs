//! The port through which providers are asked who somebody is.

use std::fmt;

use async_trait::async_trait;
use charter_api_identity::models::{Provider, SocialProvider, SocialSignIn};

/// The person for whom a provider vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchedPerson {
    /// Who it is there, for ever.
    pub subject: String,
    /// The address that the provider says is theirs.
    pub email: Option<VouchedEmail>,
    /// What the person is called there, where people have logins.
    pub login: Option<String>,
    /// The whole name.
    pub display_name: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The language, as a tag of BCP 47.
    pub language: Option<String>,
}

/// An address as a provider tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VouchedEmail {
    /// It is the person's.
    Verified(String),
    /// It may be anybody's.
    Unverified(String),
}

/// Why there is no person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotVouched {
    /// The operator has not set up this provider.
    NotConfigured,
    /// The redirect address is none of the configured ones.
    RedirectNotAllowed,
    /// The provider's codes need a PKCE verifier, and there is none.
    VerifierRequired,
    /// The provider does not vouch for what was handed in, or what it says does not
    /// hold; the audit log is told which.
    Refused(&'static str),
    /// The provider cannot be asked.
    Failed,
}

impl fmt::Display for NotVouched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => formatter.write_str("the provider is not set up"),
            Self::RedirectNotAllowed => formatter.write_str("the redirect address is not known"),
            Self::VerifierRequired => formatter.write_str("the PKCE verifier is missing"),
            Self::Refused(why) => write!(formatter, "the provider refuses: {why}"),
            Self::Failed => formatter.write_str("the provider cannot be asked"),
        }
    }
}

impl std::error::Error for NotVouched {}

/// Asks providers who somebody is.
#[async_trait]
pub trait SignInProviders: Send + Sync {
    /// Those that are set up, in the order of their names.
    fn offers(&self) -> Vec<Provider>;

    /// The person for whom `provider` vouches.
    ///
    /// # Errors
    /// When there is none.
    async fn person(
        &self,
        provider: SocialProvider,
        proof: SocialSignIn,
    ) -> Result<VouchedPerson, NotVouched>;
}
