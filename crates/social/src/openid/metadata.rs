//! Where an OpenID provider's endpoints are, and its keys, for as long as we believe it.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::{Clock, Timestamp};
use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::{DiscoveryError, IssuerUrl, JsonWebKeySetUrl};
use tokio::sync::Mutex;
use url::Url;

use crate::client::{address, is_protected};
use crate::error::{Fault, SetUpError};
use crate::limits::Limits;
use crate::outbound::Outbound;
use crate::provider::Provider;
use crate::settings::OpenIdEndpoints;

/// The metadata of one provider. Whoever comes while somebody asks for it waits for the answer.
pub(crate) struct Metadata {
    pub(crate) issuer: IssuerUrl,
    configured: Option<Endpoints>,
    kept: Mutex<Option<Kept>>,
    life: Duration,
    pause: Duration,
}

/// What the provider has told us last.
#[derive(Clone)]
struct Kept {
    known: Arc<Known>,
    since: Timestamp,
    keys_asked: Timestamp,
}

/// What is known of a provider.
pub(crate) struct Known {
    pub(crate) endpoints: Endpoints,
    pub(crate) keys: CoreJsonWebKeySet,
}

/// Where it is asked.
#[derive(Clone)]
pub(crate) struct Endpoints {
    pub(crate) token: Url,
    pub(crate) user_info: Url,
    keys: JsonWebKeySetUrl,
}

impl Endpoints {
    pub(crate) fn configured(
        provider: Provider,
        endpoints: &OpenIdEndpoints,
    ) -> Result<Self, SetUpError> {
        Ok(Self {
            token: address(provider, "endpoints.token", &endpoints.token)?,
            user_info: address(provider, "endpoints.user_info", &endpoints.user_info)?,
            keys: JsonWebKeySetUrl::from_url(address(provider, "endpoints.keys", &endpoints.keys)?),
        })
    }

    fn discovered(metadata: &CoreProviderMetadata) -> Result<Self, Fault> {
        let missing = Fault::Malformed("metadata");
        let endpoints = Self {
            token: metadata.token_endpoint().ok_or(missing)?.url().clone(),
            user_info: metadata.userinfo_endpoint().ok_or(missing)?.url().clone(),
            keys: metadata.jwks_uri().clone(),
        };
        let Self {
            token,
            user_info,
            keys,
        } = &endpoints;
        // A provider on the network does not send us to this machine.
        let scheme = metadata.issuer().url().scheme();
        if [token, user_info, keys.url()]
            .into_iter()
            .all(|address| address.scheme() == scheme && is_protected(address))
        {
            Ok(endpoints)
        } else {
            Err(missing)
        }
    }
}

impl Metadata {
    pub(crate) fn new(issuer: IssuerUrl, configured: Option<Endpoints>, limits: &Limits) -> Self {
        Self {
            issuer,
            configured,
            kept: Mutex::new(None),
            life: limits.metadata,
            pause: limits.keys,
        }
    }

    /// What is known, asked for again when it has become old.
    pub(crate) async fn known(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
    ) -> Result<Arc<Known>, Fault> {
        let mut kept = self.kept.lock().await;
        let now = clock.now();
        if let Some(kept) = kept.as_ref()
            && !has_passed(self.life, kept.since, now)
        {
            return Ok(Arc::clone(&kept.known));
        }
        let known = Arc::new(self.ask(outbound).await?);
        *kept = Some(Kept {
            known: Arc::clone(&known),
            since: now,
            keys_asked: now,
        });
        Ok(known)
    }

    /// Keys newer than those of `known`, in which one was missing; `None` if the provider has
    /// just been asked for them, so that strange tokens do not make us ask it all the time.
    pub(crate) async fn newer_keys(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        known: &Arc<Known>,
    ) -> Result<Option<Arc<Known>>, Fault> {
        let mut kept = self.kept.lock().await;
        let Some(kept) = kept.as_mut() else {
            return Ok(None);
        };
        if !Arc::ptr_eq(&kept.known, known) {
            // Somebody else has asked meanwhile.
            return Ok(Some(Arc::clone(&kept.known)));
        }
        let now = clock.now();
        if !has_passed(self.pause, kept.keys_asked, now) {
            return Ok(None);
        }
        // Before the answer: a provider that is down is not asked more often either.
        kept.keys_asked = now;
        let endpoints = known.endpoints.clone();
        let keys = keys(outbound, &endpoints).await?;
        kept.known = Arc::new(Known { endpoints, keys });
        Ok(Some(Arc::clone(&kept.known)))
    }

    async fn ask(&self, outbound: &Outbound) -> Result<Known, Fault> {
        if let Some(endpoints) = self.configured.clone() {
            let keys = keys(outbound, &endpoints).await?;
            return Ok(Known { endpoints, keys });
        }
        // Checks that the issuer in the answer is the one that was asked, and brings the keys.
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), outbound)
            .await
            .map_err(|error| fault(error, "metadata"))?;
        Ok(Known {
            endpoints: Endpoints::discovered(&metadata)?,
            keys: metadata.jwks().clone(),
        })
    }
}

async fn keys(outbound: &Outbound, endpoints: &Endpoints) -> Result<CoreJsonWebKeySet, Fault> {
    CoreJsonWebKeySet::fetch_async(&endpoints.keys, outbound)
        .await
        .map_err(|error| fault(error, "key set"))
}

fn fault(error: DiscoveryError<Fault>, what: &'static str) -> Fault {
    match error {
        DiscoveryError::Request(fault) => fault,
        DiscoveryError::Response(status, ..) if !status.is_success() => {
            Fault::Status(status.as_u16())
        }
        _ => Fault::Malformed(what),
    }
}

/// A clock that has been set back makes everything old.
fn has_passed(time: Duration, since: Timestamp, now: Timestamp) -> bool {
    let passed = now.micros() - since.micros();
    u128::try_from(passed).map_or(true, |passed| passed >= time.as_micros())
}
