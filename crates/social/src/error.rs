//! Why there is no person.

use std::error::Error;
use std::fmt;

use crate::provider::Provider;

/// Why a sign-in has not led to a person. No variant holds a code, a token or a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignInError {
    /// The operator has not set up this provider.
    NotConfigured,
    /// The redirect address is none of the configured ones.
    RedirectNotAllowed,
    /// The provider's codes are redeemed only with a PKCE verifier, and there is none.
    VerifierRequired,
    /// The provider does not take the code or the token; its word for the reason, if that is a
    /// word.
    Refused(String),
    /// The provider does not attest that the access token was made for our client id.
    NotForUs,
    /// What the provider says about the person does not hold.
    Claims(Claim),
    /// The provider cannot be asked, or its answer makes no sense.
    Failed(Fault),
}

/// Which statement of a provider does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Claim {
    /// There is no ID token, or it is none.
    IdToken,
    /// `iss`: somebody else has issued it.
    Issuer,
    /// `aud`: it was made for another client, or for another one as well.
    Audience,
    /// `azp`: it was given to another client.
    AuthorizedParty,
    /// `exp`: it is over.
    Expiry,
    /// `iat`: it has not begun.
    IssuedAt,
    /// `nonce`: it answers another request, or none.
    Nonce,
    /// `alg`: it is not signed, or by something that is no public key.
    Algorithm,
    /// `kid`: the provider has no such key.
    Key,
    /// The signature is none of this key.
    Signature,
    /// `sub`: there is none that could be one, or two answers are about two people.
    Subject,
}

/// What went wrong between us and a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The connection broke.
    Broken,
    /// It sends us elsewhere, where we do not go.
    Redirected,
    /// The answer is larger than anything that could be meant.
    TooLarge,
    /// It has troubles of its own, or answers what is not documented.
    Status(u16),
    /// It says that it is out of order, or that it is asked too often.
    Unavailable,
    /// It does not take our client id and secret.
    Credentials,
    /// The answer, named here, is not in the documented form.
    Malformed(&'static str),
}

/// Why the settings of a provider cannot be used.
#[derive(Debug)]
pub enum SetUpError {
    /// This address is neither `https` nor, on this machine, `http`.
    Address(Provider, &'static str),
    /// The client id or its secret is empty.
    Credentials(Provider),
    /// There is no redirect address.
    NoRedirect(Provider),
    /// The HTTP client cannot be built.
    Client(reqwest::Error),
}

impl fmt::Display for SignInError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => formatter.write_str("the provider is not set up"),
            Self::RedirectNotAllowed => formatter.write_str("the redirect address is not known"),
            Self::VerifierRequired => formatter.write_str("the PKCE verifier is missing"),
            Self::Refused(reason) => write!(formatter, "the provider refuses: {reason}"),
            Self::NotForUs => formatter.write_str("the access token was not made for us"),
            Self::Claims(claim) => write!(formatter, "what the provider says is wrong: {claim}"),
            Self::Failed(fault) => write!(formatter, "the provider cannot be asked: {fault}"),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::IdToken => "ID token",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::AuthorizedParty => "authorized party",
            Self::Expiry => "expiry",
            Self::IssuedAt => "time of issue",
            Self::Nonce => "nonce",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Subject => "subject",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => formatter.write_str("no connection"),
            Self::TimedOut => formatter.write_str("no answer in time"),
            Self::Broken => formatter.write_str("the connection broke"),
            Self::Redirected => formatter.write_str("it redirects"),
            Self::TooLarge => formatter.write_str("its answer is too large"),
            Self::Status(status) => write!(formatter, "it answers {status}"),
            Self::Unavailable => formatter.write_str("it says that it is unavailable"),
            Self::Credentials => {
                formatter.write_str("it does not take the configured client id and secret")
            }
            Self::Malformed(what) => write!(formatter, "malformed {what}"),
        }
    }
}

impl fmt::Display for SetUpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(provider, setting) => write!(
                formatter,
                "{provider}: `{setting}` must be an https address (http only on this machine)"
            ),
            Self::Credentials(provider) => {
                write!(
                    formatter,
                    "{provider}: the client id or its secret is empty"
                )
            }
            Self::NoRedirect(provider) => {
                write!(formatter, "{provider}: there is no redirect address")
            }
            Self::Client(error) => write!(formatter, "the HTTP client: {error}"),
        }
    }
}

impl Error for SignInError {}
impl Error for Fault {}
impl Error for SetUpError {}

impl From<Claim> for SignInError {
    fn from(claim: Claim) -> Self {
        Self::Claims(claim)
    }
}

impl From<Fault> for SignInError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl SignInError {
    /// What an OAuth 2.0 error code means: some are about the code or the token, others about
    /// us or about the provider.
    pub(crate) fn from_code(code: &str) -> Self {
        match code {
            // GitHub has a word of its own.
            "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => {
                Self::Failed(Fault::Credentials)
            }
            "server_error" | "temporarily_unavailable" | "slow_down" => {
                Self::Failed(Fault::Unavailable)
            }
            // It goes into logs, so it has to be a word.
            word if word.len() <= 64
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
            {
                Self::Refused(word.to_owned())
            }
            _ => Self::Refused("unknown".to_owned()),
        }
    }

    /// The provider does not take an access token.
    pub(crate) fn invalid_token() -> Self {
        Self::Refused("invalid_token".to_owned())
    }
}
