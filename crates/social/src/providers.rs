//! The providers that are set up, and the way through them.

use std::fmt;
use std::sync::Arc;

use charter_contract::{Clock, Redacted};
use reqwest::ClientBuilder;

use crate::client::Client;
use crate::error::{Claim, Fault, SetUpError, SignInError};
use crate::exchange::{self, Code};
use crate::facebook::Facebook;
use crate::github::Github;
use crate::limits::Limits;
use crate::openid::OpenId;
use crate::outbound::Outbound;
use crate::person::{Person, Said};
use crate::proof::Proof;
use crate::provider::Provider;
use crate::settings::{EmailTrust, Pkce, Settings};

/// The providers that are set up.
pub struct Providers {
    configured: Vec<Configured>,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

/// What a page needs to send a person to a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Offer<'a> {
    /// Which it is.
    pub provider: Provider,
    /// Where the authorization request goes.
    pub authorization_url: &'a str,
    /// By which name the provider knows this server.
    pub client_id: &'a str,
    /// What the authorization request asks for, separated by spaces.
    pub scope: &'a str,
    /// Whether the authorization request must carry an S256 challenge.
    pub pkce: Pkce,
    /// Where the provider may send people back to; at least one.
    pub redirect_uris: &'a [String],
}

struct Configured {
    provider: Provider,
    client: Client,
    way: Way,
}

enum Way {
    OpenId(Box<OpenId>),
    Github(Github),
    Facebook(Facebook),
}

impl Providers {
    /// Those of `settings`. No connection is made yet. `builder` brings what the server has
    /// decided about proxies and certificates; time limits and redirects are decided here.
    pub fn new(
        settings: &Settings,
        limits: Limits,
        builder: ClientBuilder,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetUpError> {
        Ok(Self {
            configured: configured(settings, &limits)?,
            outbound: Outbound::new(builder, &limits).map_err(SetUpError::Client)?,
            clock,
            limits,
        })
    }

    /// What is there to choose from, in the order of the names. Nobody is asked for it.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.configured.iter().map(|configured| {
            let client = &configured.client;
            Offer {
                provider: configured.provider,
                authorization_url: client.authorization.as_str(),
                client_id: &client.id,
                scope: &client.scope,
                pkce: client.pkce,
                redirect_uris: &client.redirect_uris,
            }
        })
    }

    /// The person for whom `provider` vouches, within the limits of time.
    ///
    /// Settings and redirect address are looked at before anything is sent.
    pub async fn sign_in(&self, provider: Provider, proof: &Proof) -> Result<Person, SignInError> {
        let configured = self
            .configured
            .iter()
            .find(|configured| configured.provider == provider)
            .ok_or(SignInError::NotConfigured)?;
        let redirect_uri = configured.client.redirect(proof.redirect_uri())?;
        let said = configured.said(&self.outbound, self.clock.as_ref(), proof, redirect_uri);
        let mut person = tokio::time::timeout(self.limits.total, said)
            .await
            .map_err(|_| Fault::TimedOut)??
            .person()?;
        if configured.client.email_trust == EmailTrust::Always {
            person.email_verified = person.email.is_some();
        }
        Ok(person)
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.offers()).finish()
    }
}

impl Configured {
    async fn said(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        proof: &Proof,
        redirect_uri: &str,
    ) -> Result<Said, SignInError> {
        match proof {
            Proof::Code {
                code,
                code_verifier,
                nonce,
                ..
            } => {
                if self.client.pkce == Pkce::Required && code_verifier.is_none() {
                    return Err(SignInError::VerifierRequired);
                }
                let code = Code {
                    code,
                    redirect_uri,
                    verifier: code_verifier.as_ref().map(|verifier| verifier.as_str()),
                };
                self.by_code(outbound, clock, code, nonce.as_ref()).await
            }
            Proof::AccessToken { access_token, .. } => {
                let attested = self.attested(outbound, clock, access_token).await?;
                let said = self.by_token(outbound, clock, access_token).await?;
                if attested.is_some_and(|subject| subject != said.subject) {
                    return Err(Claim::Subject.into());
                }
                Ok(said)
            }
        }
    }

    async fn by_code(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        code: Code<'_>,
        nonce: Option<&Redacted<String>>,
    ) -> Result<Said, SignInError> {
        let client = &self.client;
        let address = match &self.way {
            Way::OpenId(openid) => {
                return openid.redeemed(outbound, clock, client, code, nonce).await;
            }
            Way::Github(github) => &github.token,
            Way::Facebook(facebook) => &facebook.token,
        };
        // Without an ID token nothing carries it, and the code is not spent for that.
        if nonce.is_some() {
            return Err(Claim::Nonce.into());
        }
        let tokens = exchange::redeem(outbound, client, address, code).await?;
        self.by_token(outbound, clock, &tokens.access_token).await
    }

    async fn attested(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        access_token: &str,
    ) -> Result<Option<String>, SignInError> {
        let client = &self.client;
        match &self.way {
            Way::OpenId(openid) => openid.attested(outbound, client, access_token).await,
            Way::Github(github) => github.attested(outbound, client, access_token).await,
            Way::Facebook(facebook) => {
                let now = clock.now();
                facebook.attested(outbound, client, access_token, now).await
            }
        }
    }

    async fn by_token(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        access_token: &str,
    ) -> Result<Said, SignInError> {
        match &self.way {
            Way::OpenId(openid) => openid.said(outbound, clock, access_token).await,
            Way::Github(github) => github.said(outbound, access_token).await,
            Way::Facebook(facebook) => facebook.said(outbound, &self.client, access_token).await,
        }
    }
}

/// In the order of the names.
fn configured(settings: &Settings, limits: &Limits) -> Result<Vec<Configured>, SetUpError> {
    let mut all = Vec::new();
    if let Some(registration) = &settings.facebook {
        let provider = Provider::Facebook;
        let addresses = &registration.addresses;
        all.push(Configured {
            provider,
            client: Client::new(
                provider,
                registration,
                &addresses.authorization,
                "email public_profile",
                Pkce::Required,
            )?,
            way: Way::Facebook(Facebook::new(addresses)?),
        });
    }
    if let Some(registration) = &settings.github {
        let provider = Provider::Github;
        let addresses = &registration.addresses;
        all.push(Configured {
            provider,
            client: Client::new(
                provider,
                registration,
                &addresses.authorization,
                "read:user user:email",
                Pkce::Required,
            )?,
            way: Way::Github(Github::new(addresses)?),
        });
    }
    if let Some(registration) = &settings.google {
        let provider = Provider::Google;
        let addresses = &registration.addresses;
        all.push(Configured {
            provider,
            client: Client::new(
                provider,
                registration,
                &addresses.authorization,
                "openid email profile",
                Pkce::Required,
            )?,
            way: Way::OpenId(Box::new(OpenId::google(addresses, limits)?)),
        });
    }
    if let Some(registration) = &settings.linkedin {
        let provider = Provider::Linkedin;
        let addresses = &registration.addresses;
        all.push(Configured {
            provider,
            client: Client::new(
                provider,
                registration,
                &addresses.authorization,
                "openid email profile",
                // LinkedIn knows it for applications without a secret alone.
                Pkce::Optional,
            )?,
            way: Way::OpenId(Box::new(OpenId::linkedin(addresses, limits)?)),
        });
    }
    Ok(all)
}
