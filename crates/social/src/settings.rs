//! What the operator has to say about each provider.
//!
//! Addresses have the providers' real ones as default; every one of them can be set, which is
//! how a company's own GitHub is reached, and a test's provider on this machine.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// The providers that are set up; those that are not are refused.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Facebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facebook: Option<Registration<FacebookAddresses>>,
    /// GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<Registration<GithubAddresses>>,
    /// Google.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google: Option<Registration<GoogleAddresses>>,
    /// LinkedIn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linkedin: Option<Registration<LinkedinAddresses>>,
}

/// What one provider and this server know of each other.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Registration<A> {
    /// By which name the provider knows this server.
    pub client_id: String,
    /// By which the provider knows that it is this server.
    pub client_secret: Secret,
    /// Where the provider may send people back to, as it has them on its side; the first is
    /// taken for a request that names none.
    pub redirect_uris: Vec<String>,
    /// What an authorization request should ask for; by default name and address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Whether codes come with PKCE; by default where the provider has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkce: Option<Pkce>,
    /// When an address counts as verified.
    #[serde(default)]
    pub email_trust: EmailTrust,
    /// Where the provider is.
    #[serde(default)]
    pub addresses: A,
}

impl<A: Default> Registration<A> {
    /// At the provider's own addresses, with everything else as it usually is.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: Secret,
        redirect_uris: Vec<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret,
            redirect_uris,
            scopes: None,
            pkce: None,
            email_trust: EmailTrust::default(),
            addresses: A::default(),
        }
    }
}

/// Whether codes come with the proof that whoever hands them in has asked for them (RFC 7636).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// A code without a verifier is not redeemed.
    Required,
    /// A verifier is passed on if there is one.
    Optional,
}

/// When an address counts as verified.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailTrust {
    /// When the provider says so of this very address.
    #[default]
    Claimed,
    /// Always: the operator knows that this provider shows no address that is not verified.
    Always,
}

/// Where Google is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GoogleAddresses {
    /// Where people are sent to sign in.
    pub authorization: String,
    /// The issuer of ID tokens, under which its metadata is found.
    pub issuer: String,
    /// The other addresses, if the metadata shall not be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<OpenIdEndpoints>,
    /// Where Google says whose an access token is.
    pub token_info: String,
}

impl Default for GoogleAddresses {
    fn default() -> Self {
        Self {
            authorization: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            issuer: "https://accounts.google.com".to_owned(),
            endpoints: None,
            token_info: "https://oauth2.googleapis.com/tokeninfo".to_owned(),
        }
    }
}

/// Where LinkedIn is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkedinAddresses {
    /// Where people are sent to sign in.
    pub authorization: String,
    /// The issuer of ID tokens, under which its metadata is found.
    pub issuer: String,
    /// The other addresses, if the metadata shall not be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<OpenIdEndpoints>,
    /// Where LinkedIn says whose an access token is, in the manner of RFC 7662.
    pub introspection: String,
}

impl Default for LinkedinAddresses {
    fn default() -> Self {
        Self {
            authorization: "https://www.linkedin.com/oauth/v2/authorization".to_owned(),
            issuer: "https://www.linkedin.com/oauth".to_owned(),
            endpoints: None,
            introspection: "https://www.linkedin.com/oauth/v2/introspectToken".to_owned(),
        }
    }
}

/// What the metadata of an OpenID provider would say.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIdEndpoints {
    /// Where codes are redeemed.
    pub token: String,
    /// The keys of ID tokens.
    pub keys: String,
    /// Where the provider says who the person is.
    pub user_info: String,
}

/// Where GitHub is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GithubAddresses {
    /// Where people are sent to sign in.
    pub authorization: String,
    /// Where codes are redeemed.
    pub token: String,
    /// The REST API, which says who the person is and whose an access token is.
    pub api: String,
}

impl Default for GithubAddresses {
    fn default() -> Self {
        Self {
            authorization: "https://github.com/login/oauth/authorize".to_owned(),
            token: "https://github.com/login/oauth/access_token".to_owned(),
            api: "https://api.github.com".to_owned(),
        }
    }
}

/// Where Facebook is. Without a version, the oldest one that the application may use answers.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FacebookAddresses {
    /// Where people are sent to sign in.
    pub authorization: String,
    /// Where codes are redeemed.
    pub token: String,
    /// The Graph API, which says who the person is and whose an access token is.
    pub graph: String,
}

impl Default for FacebookAddresses {
    fn default() -> Self {
        Self {
            authorization: "https://www.facebook.com/dialog/oauth".to_owned(),
            token: "https://graph.facebook.com/oauth/access_token".to_owned(),
            graph: "https://graph.facebook.com".to_owned(),
        }
    }
}
