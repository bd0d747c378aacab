//! What the four providers have in common: this server as their client.

use url::Url;

use crate::error::{SetUpError, SignInError};
use crate::provider::Provider;
use crate::secret::Secret;
use crate::settings::{EmailTrust, Pkce, Registration};

/// This server, as a provider knows it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scope: String,
    pub(crate) pkce: Pkce,
    pub(crate) email_trust: EmailTrust,
    pub(crate) authorization: Url,
}

impl Client {
    /// What is registered; `scope` and `pkce` are the provider's defaults.
    pub(crate) fn new<A>(
        provider: Provider,
        registration: &Registration<A>,
        authorization: &str,
        scope: &str,
        pkce: Pkce,
    ) -> Result<Self, SetUpError> {
        if registration.client_id.is_empty() || registration.client_secret.expose().is_empty() {
            return Err(SetUpError::Credentials(provider));
        }
        if registration.redirect_uris.is_empty() {
            return Err(SetUpError::NoRedirect(provider));
        }
        // It need not be https: an application on a phone has a scheme of its own.
        if registration
            .redirect_uris
            .iter()
            .any(|address| Url::parse(address).is_err())
        {
            return Err(SetUpError::Address(provider, "redirect_uris"));
        }
        Ok(Self {
            id: registration.client_id.clone(),
            secret: registration.client_secret.clone(),
            redirect_uris: registration.redirect_uris.clone(),
            scope: registration
                .scopes
                .as_ref()
                .map_or_else(|| scope.to_owned(), |scopes| scopes.join(" ")),
            pkce: registration.pkce.unwrap_or(pkce),
            email_trust: registration.email_trust,
            authorization: address(provider, "authorization", authorization)?,
        })
    }

    /// The redirect address to redeem a code with: exactly one of ours, or the first.
    pub(crate) fn redirect(&self, asked: Option<&str>) -> Result<&str, SignInError> {
        match asked {
            None => self.redirect_uris.first(),
            Some(asked) => self.redirect_uris.iter().find(|known| *known == asked),
        }
        .map(String::as_str)
        .ok_or(SignInError::RedirectNotAllowed)
    }
}

/// An address of a provider: secrets go there, so it is https, or on this machine.
pub(crate) fn address(
    provider: Provider,
    setting: &'static str,
    text: &str,
) -> Result<Url, SetUpError> {
    Url::parse(text)
        .ok()
        .filter(is_protected)
        .ok_or(SetUpError::Address(provider, setting))
}

/// Nobody on the way can read what goes there.
pub(crate) fn is_protected(address: &Url) -> bool {
    match address.scheme() {
        "https" => address.has_host(),
        "http" => match address.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        },
        _ => false,
    }
}

/// `base` and a path below it, whether or not `base` ends in a slash.
pub(crate) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut address = base.clone();
    if let Ok(mut path) = address.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::{below, is_protected};
    use url::Url;

    #[test]
    fn secrets_go_over_protected_connections() {
        for (address, protected) in [
            ("https://accounts.google.com", true),
            ("http://127.0.0.1:8080/token", true),
            ("http://[::1]/token", true),
            ("http://localhost/token", true),
            ("http://accounts.google.com", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(
                is_protected(&Url::parse(address).unwrap()),
                protected,
                "{address}"
            );
        }
    }

    #[test]
    fn what_comes_from_outside_stays_one_segment() {
        let base = Url::parse("https://github.example/api/v3/").unwrap();
        assert_eq!(
            below(&base, &["applications", "a/../b?", "token"]).as_str(),
            "https://github.example/api/v3/applications/a%2F..%2Fb%3F/token"
        );
    }
}
