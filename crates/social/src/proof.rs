//! What a client hands in.

use charter_contract::Redacted;

/// What a provider has sent back to the person's browser or application.
#[derive(Clone, Debug)]
pub enum Proof {
    /// An authorization code, which is redeemed here.
    Code {
        /// The code. It works once.
        code: Redacted<String>,
        /// The redirect address of the authorization request; without it, the first of the
        /// configured ones.
        redirect_uri: Option<String>,
        /// The secret behind the challenge of the authorization request (RFC 7636).
        code_verifier: Option<Redacted<String>>,
        /// The nonce of the authorization request. If given, the ID token must carry it.
        nonce: Option<Redacted<String>>,
    },
    /// An access token that the client has obtained by itself.
    AccessToken {
        /// The token.
        access_token: Redacted<String>,
        /// The redirect address of the authorization request, if there was one.
        redirect_uri: Option<String>,
    },
}

impl Proof {
    pub(crate) fn redirect_uri(&self) -> Option<&str> {
        match self {
            Self::Code { redirect_uri, .. } | Self::AccessToken { redirect_uri, .. } => {
                redirect_uri.as_deref()
            }
        }
    }
}
