//! OpenID Connect: a code becomes an ID token, of which everything is checked.

mod attestation;
mod id_token;
mod metadata;
mod user_info;

use charter_contract::{Clock, Redacted};
use openidconnect::IssuerUrl;

use crate::client::{Client, address};
use crate::error::{Claim, SetUpError, SignInError};
use crate::exchange::{self, Code};
use crate::limits::Limits;
use crate::outbound::Outbound;
use crate::person::Said;
use crate::provider::Provider;
use crate::settings::{GoogleAddresses, LinkedinAddresses, OpenIdEndpoints};

use attestation::Attestation;
use id_token::Judged;
use metadata::{Endpoints, Metadata};

/// An OpenID provider.
pub(crate) struct OpenId {
    metadata: Metadata,
    attestation: Attestation,
}

impl OpenId {
    pub(crate) fn google(addresses: &GoogleAddresses, limits: &Limits) -> Result<Self, SetUpError> {
        let provider = Provider::Google;
        let token_info = address(provider, "token_info", &addresses.token_info)?;
        Self::new(
            provider,
            &addresses.issuer,
            addresses.endpoints.as_ref(),
            Attestation::TokenInfo(token_info),
            limits,
        )
    }

    pub(crate) fn linkedin(
        addresses: &LinkedinAddresses,
        limits: &Limits,
    ) -> Result<Self, SetUpError> {
        let provider = Provider::Linkedin;
        let introspection = address(provider, "introspection", &addresses.introspection)?;
        Self::new(
            provider,
            &addresses.issuer,
            addresses.endpoints.as_ref(),
            Attestation::Introspection(introspection),
            limits,
        )
    }

    fn new(
        provider: Provider,
        issuer: &str,
        endpoints: Option<&OpenIdEndpoints>,
        attestation: Attestation,
        limits: &Limits,
    ) -> Result<Self, SetUpError> {
        address(provider, "issuer", issuer)?;
        let issuer = IssuerUrl::new(issuer.to_owned())
            .map_err(|_| SetUpError::Address(provider, "issuer"))?;
        let endpoints = endpoints
            .map(|endpoints| Endpoints::configured(provider, endpoints))
            .transpose()?;
        Ok(Self {
            metadata: Metadata::new(issuer, endpoints, limits),
            attestation,
        })
    }

    /// Who has given this code.
    pub(crate) async fn redeemed(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        client: &Client,
        code: Code<'_>,
        nonce: Option<&Redacted<String>>,
    ) -> Result<Said, SignInError> {
        let known = self.metadata.known(outbound, clock).await?;
        let tokens = exchange::redeem(outbound, client, &known.endpoints.token, code).await?;
        let text = tokens.id_token.ok_or(Claim::IdToken)?;
        let token = id_token::read(&text)?;
        let issuer = &self.metadata.issuer;
        let judge = |keys| id_token::judge(&token, issuer, client, keys, nonce, clock.now());
        let said = match judge(&known.keys) {
            Judged::Said(said) => said,
            Judged::Wrong(claim) => return Err(claim.into()),
            // The provider may have begun to sign with another key since we asked.
            Judged::UnknownKey => match self.metadata.newer_keys(outbound, clock, &known).await? {
                None => return Err(Claim::Key.into()),
                Some(known) => match judge(&known.keys) {
                    Judged::Said(said) => said,
                    Judged::Wrong(claim) => return Err(claim.into()),
                    Judged::UnknownKey => return Err(Claim::Key.into()),
                },
            },
        };
        if said.email.is_some() {
            return Ok(said);
        }
        // Many providers leave the address to the second question.
        let more =
            user_info::ask(outbound, &known.endpoints.user_info, &tokens.access_token).await?;
        if more.subject != said.subject {
            return Err(Claim::Subject.into());
        }
        Ok(said.or(more))
    }

    /// Who has given this access token, which has to be attested before.
    pub(crate) async fn said(
        &self,
        outbound: &Outbound,
        clock: &dyn Clock,
        access_token: &str,
    ) -> Result<Said, SignInError> {
        let known = self.metadata.known(outbound, clock).await?;
        user_info::ask(outbound, &known.endpoints.user_info, access_token).await
    }

    /// The provider says that the token was made for our client id, and who has given it, if
    /// it says.
    pub(crate) async fn attested(
        &self,
        outbound: &Outbound,
        client: &Client,
        access_token: &str,
    ) -> Result<Option<String>, SignInError> {
        self.attestation.ask(outbound, client, access_token).await
    }
}
