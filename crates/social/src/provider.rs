//! The providers there are.

use std::fmt;

/// A provider to sign in with, in the order of the names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Provider {
    /// Facebook: OAuth 2.0 and the Graph API.
    Facebook,
    /// GitHub: OAuth 2.0 and its REST API.
    Github,
    /// Google: OpenID Connect.
    Google,
    /// LinkedIn: OpenID Connect.
    Linkedin,
}

impl Provider {
    /// Its name in documents, tables and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Facebook => "facebook",
            Self::Github => "github",
            Self::Google => "google",
            Self::Linkedin => "linkedin",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
