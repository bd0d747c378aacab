//! This server as identity providers know it.

use std::sync::Arc;

use charter_contract::{Internal, Random, ServiceUnavailable, Timestamp, kind};
use charter_saml::{
    Assertion, AuthnRequest, Expected, IdentityProvider, Received, Refusal, RequestFault,
    ServiceProvider, ServiceProviderFault, SigningKey,
};
use url::Url;

use crate::Store;
use crate::aside::Aside;
use crate::mail_wishes::NOT_BEFORE_SOMEBODY_ACTS;

/// This server below `url`, where browsers reach it: entity id and addresses are those
/// of the document's operations. Requests are signed when there is a key.
///
/// # Errors
/// When `url` is none that people can be sent to safely: only `https` is, and this very
/// machine.
pub fn service_provider(
    url: &Url,
    key: Option<SigningKey>,
) -> Result<ServiceProvider, ServiceProviderFault> {
    let below = |operation: &str| {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["v2", "auth", "saml", operation]);
        }
        url
    };
    ServiceProvider::new(below("metadata"), below("acs"), key)
}

/// This server as identity providers know it, and the place where it works on what they
/// send.
pub(crate) struct SingleSignOn {
    us: Arc<ServiceProvider>,
    /// Where responses arrive.
    addresses: Arc<[String; 2]>,
    metadata: String,
    aside: Aside,
}

impl SingleSignOn {
    pub(crate) fn new(us: Arc<ServiceProvider>) -> Self {
        let mut callback = us.acs().clone();
        if let Ok(mut path) = callback.path_segments_mut() {
            path.pop().push("callback");
        }
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            addresses: Arc::new([us.acs().to_string(), callback.into()]),
            metadata: us.metadata(),
            aside: Aside::new(at_once, "too many responses are being judged"),
            us,
        }
    }

    /// What identity providers have to know about us.
    pub(crate) fn metadata(&self) -> &str {
        &self.metadata
    }

    /// A request to a provider.
    ///
    /// # Errors
    /// When the provider takes signed requests alone, and nothing can sign them.
    pub(crate) async fn request(
        &self,
        provider: IdentityProvider,
        relay_state: String,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Result<AuthnRequest, RequestFault>, Internal> {
        let mut bytes = [0; 20];
        random.fill(&mut bytes);
        let us = self.us.clone();
        // Signing keeps a core busy for milliseconds.
        self.aside
            .run(move || Ok(us.authn_request(&provider, &relay_state, bytes, now.date_time())))
            .await
    }

    /// Reads a response. What it claims is good for finding the provider and the request.
    pub(crate) async fn read(&self, field: String) -> Result<Result<Received, Refusal>, Internal> {
        self.aside.run(move || Ok(Received::read(&field))).await
    }

    /// Judges a response by the provider that it claims to come from, and by the request
    /// that it claims to answer and that this provider was sent.
    pub(crate) async fn judge(
        &self,
        response: Received,
        provider: IdentityProvider,
        open_request: Option<String>,
        now: Timestamp,
    ) -> Result<Result<Assertion, Refusal>, Internal> {
        let (us, addresses) = (self.us.clone(), self.addresses.clone());
        self.aside
            .run(move || {
                let addresses = addresses.each_ref().map(String::as_str);
                let expected = Expected {
                    entity_id: us.entity_id(),
                    addresses: &addresses,
                    open_request: open_request.as_deref(),
                    now: now.date_time(),
                };
                Ok(response.judge(&provider, &expected))
            })
            .await
    }
}

impl Store {
    /// This server as identity providers know it.
    ///
    /// # Errors
    /// When its address is none that people can be sent to safely.
    pub(super) fn offered_single_sign_on(&self) -> Result<&SingleSignOn, ServiceUnavailable> {
        self.single_sign_on().ok_or_else(|| {
            ServiceUnavailable::of(
                &kind::NOT_CONFIGURED,
                "This server does not offer this way to sign in.",
            )
            .retry_after(NOT_BEFORE_SOMEBODY_ACTS)
        })
    }

    /// The page that browsers go on to after single sign-on.
    pub(crate) fn sign_in_page(&self) -> Url {
        self.identity().sign_in_url.clone().unwrap_or_else(|| {
            let mut url = self.public_url().clone();
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty().push("signin");
            }
            url
        })
    }
}

#[cfg(test)]
mod tests {
    use super::service_provider;
    use url::Url;

    #[test]
    fn addresses_are_those_of_the_operations() {
        for (url, acs) in [
            (
                "https://charter.example",
                "https://charter.example/v2/auth/saml/acs",
            ),
            (
                "https://x.example/charter/?a=1#b",
                "https://x.example/charter/v2/auth/saml/acs",
            ),
        ] {
            let us = service_provider(&Url::parse(url).unwrap(), None).unwrap();
            assert_eq!(us.acs().as_str(), acs);
            assert_eq!(us.entity_id(), acs.replace("acs", "metadata"));
        }
        let plain = Url::parse("http://charter.example").unwrap();
        assert!(service_provider(&plain, None).is_err());
    }
}
