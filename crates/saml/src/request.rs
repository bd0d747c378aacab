//! Requests, which a browser takes to the identity provider in an address.

use std::error::Error;
use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::identity_provider::IdentityProvider;
use crate::service_provider::{POST, ServiceProvider};
use crate::time;
use crate::xml::{ASSERTION, PROTOCOL, escaped};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// Identity providers need not keep more (SAML bindings, 3.4.3).
const MAX_RELAY_STATE_BYTES: usize = 80;

/// How well a request is compressed; it is small.
const LEVEL: u8 = 6;

/// Everything but RFC 3986's unreserved characters, so that no two programs write it differently: what is
/// signed is the encoded text.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request that a browser takes to the identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// Its id, which the response has to name.
    pub id: String,
    /// Where to send the browser.
    pub url: Url,
}

/// Why there is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFault {
    /// The relay state has more than 80 bytes.
    RelayState,
    /// The provider takes signed requests alone, and we have no key.
    NoKey,
    /// Signing failed.
    Signing,
}

impl ServiceProvider {
    /// A request to this provider: the HTTP-Redirect binding, answered by HTTP-POST. `random` makes
    /// its id; `relay_state` comes back with the response.
    ///
    /// # Errors
    ///
    /// Why there is no request.
    pub fn authn_request(
        &self,
        provider: &IdentityProvider,
        relay_state: &str,
        random: [u8; 20],
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, RequestFault> {
        if relay_state.len() > MAX_RELAY_STATE_BYTES {
            return Err(RequestFault::RelayState);
        }
        if provider.wants_signed_requests() && self.key().is_none() {
            return Err(RequestFault::NoKey);
        }
        let id = id(random);
        let xml = self.written(provider, &id, now);
        let deflated = miniz_oxide::deflate::compress_to_vec(xml.as_bytes(), LEVEL);
        let mut query = format!("SAMLRequest={}", encoded(&STANDARD.encode(deflated)));
        if !relay_state.is_empty() {
            query.push_str("&RelayState=");
            query.push_str(&encoded(relay_state));
        }
        if let Some(key) = self.key() {
            query.push_str("&SigAlg=");
            query.push_str(&encoded(RSA_SHA256));
            let signature = key.sign(query.as_bytes()).ok_or(RequestFault::Signing)?;
            query.push_str("&Signature=");
            query.push_str(&encoded(&STANDARD.encode(signature)));
        }
        let mut url = provider.sso_url().clone();
        url.set_fragment(None);
        let whole = match url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{query}"),
            _ => query,
        };
        url.set_query(Some(&whole));
        Ok(AuthnRequest { id, url })
    }

    fn written(&self, provider: &IdentityProvider, id: &str, now: DateTime<Utc>) -> String {
        let format = provider
            .name_id_format()
            .map_or_else(String::new, |format| {
                format!(" Format=\"{}\"", escaped(format))
            });
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" \
             AssertionConsumerServiceURL=\"{acs}\" Destination=\"{destination}\" ID=\"{id}\" \
             IssueInstant=\"{now}\" ProtocolBinding=\"{POST}\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"{ASSERTION}\">{issuer}</saml:Issuer>\
             <samlp:NameIDPolicy AllowCreate=\"true\"{format}/></samlp:AuthnRequest>",
            acs = escaped(self.acs().as_str()),
            destination = escaped(provider.sso_url().as_str()),
            now = time::written(now),
            issuer = escaped(self.entity_id()),
        )
    }
}

/// An id, which XML does not let begin with a digit.
fn id(random: [u8; 20]) -> String {
    random.iter().fold(String::from("_"), |mut id, byte| {
        // Writing to a text cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RelayState => "the relay state has more than 80 bytes",
            Self::NoKey => "the identity provider takes signed requests alone",
            Self::Signing => "signing failed",
        })
    }
}

impl Error for RequestFault {}
