//! The port of `charter-persistence` to providers, by `charter-social`.

use std::sync::Arc;

use async_trait::async_trait;
use charter_api_identity::models::{
    OauthScope, Provider, RedirectUri, SocialAccessToken, SocialCode, SocialProvider, SocialSignIn,
};
use charter_contract::Clock;
use charter_persistence::{NotVouched, SignInProviders, VouchedEmail, VouchedPerson};
use charter_social::{Claim, Limits, Offer, Person, Pkce, Proof, Providers, Settings, SignInError};
use reqwest::ClientBuilder;

use crate::command::Failure;

/// The providers that are set up. No connection is made yet; `client` brings what has
/// been decided about proxies.
pub fn providers(
    settings: &Settings,
    client: ClientBuilder,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn SignInProviders>, Failure> {
    let providers = Providers::new(settings, Limits::default(), client, clock)
        .map_err(|error| format!("identity: {error}"))?;
    let offers = providers
        .offers()
        .map(offered)
        .collect::<Result<_, Failure>>()?;
    Ok(Arc::new(Asked { providers, offers }))
}

/// What is asked, and what it offers in the words of the document.
struct Asked {
    providers: Providers,
    offers: Vec<Provider>,
}

#[async_trait]
impl SignInProviders for Asked {
    fn offers(&self) -> Vec<Provider> {
        self.offers.clone()
    }

    async fn person(
        &self,
        provider: SocialProvider,
        proof: SocialSignIn,
    ) -> Result<VouchedPerson, NotVouched> {
        let person = self
            .providers
            .sign_in(there(provider), &handed_in(proof))
            .await;
        match person {
            Ok(person) => Ok(vouched(person)),
            Err(error) => {
                // No variant holds a code, a token or a secret.
                if matches!(error, SignInError::Failed(_)) {
                    tracing::warn!(provider = provider.as_str(), %error, "nobody could be signed in");
                }
                Err(not_vouched(&error))
            }
        }
    }
}

/// Settings that the document could not show are mistakes.
fn offered(offer: Offer<'_>) -> Result<Provider, Failure> {
    let Offer {
        provider,
        authorization_url,
        client_id,
        scope,
        pkce,
        redirect_uris,
    } = offer;
    let wrong = |what: &str, why: &dyn std::fmt::Display| {
        Failure::from(format!("identity.{provider}.{what}: {why}"))
    };
    Ok(Provider {
        provider: here(provider),
        authorization_url: authorization_url.to_owned(),
        client_id: client_id.to_owned(),
        scope: OauthScope::try_from(scope.to_owned()).map_err(|why| wrong("scopes", &why))?,
        pkce: pkce == Pkce::Required,
        redirect_uris: redirect_uris
            .iter()
            .map(|address| {
                RedirectUri::try_from(address.clone()).map_err(|why| wrong("redirect_uris", &why))
            })
            .collect::<Result<_, _>>()?,
    })
}

const fn here(provider: charter_social::Provider) -> SocialProvider {
    match provider {
        charter_social::Provider::Facebook => SocialProvider::Facebook,
        charter_social::Provider::Github => SocialProvider::Github,
        charter_social::Provider::Google => SocialProvider::Google,
        charter_social::Provider::Linkedin => SocialProvider::Linkedin,
    }
}

const fn there(provider: SocialProvider) -> charter_social::Provider {
    match provider {
        SocialProvider::Facebook => charter_social::Provider::Facebook,
        SocialProvider::Github => charter_social::Provider::Github,
        SocialProvider::Google => charter_social::Provider::Google,
        SocialProvider::Linkedin => charter_social::Provider::Linkedin,
    }
}

fn handed_in(proof: SocialSignIn) -> Proof {
    match proof {
        SocialSignIn::SocialCode(SocialCode {
            code,
            redirect_uri,
            scope: _,
            code_verifier,
            nonce,
        }) => Proof::Code {
            code,
            redirect_uri: redirect_uri.map(String::from),
            code_verifier,
            nonce,
        },
        SocialSignIn::SocialAccessToken(SocialAccessToken {
            access_token,
            redirect_uri,
            scope: _,
        }) => Proof::AccessToken {
            access_token,
            redirect_uri: redirect_uri.map(String::from),
        },
    }
}

fn vouched(person: Person) -> VouchedPerson {
    let Person {
        subject,
        email,
        email_verified,
        login,
        display_name,
        first_name,
        last_name,
        language,
    } = person;
    VouchedPerson {
        subject,
        email: email.map(|email| {
            if email_verified {
                VouchedEmail::Verified(email)
            } else {
                VouchedEmail::Unverified(email)
            }
        }),
        login,
        display_name,
        first_name,
        last_name,
        language,
    }
}

const fn not_vouched(error: &SignInError) -> NotVouched {
    match error {
        SignInError::NotConfigured => NotVouched::NotConfigured,
        SignInError::RedirectNotAllowed => NotVouched::RedirectNotAllowed,
        SignInError::VerifierRequired => NotVouched::VerifierRequired,
        SignInError::Refused(_) => NotVouched::Refused("refused"),
        SignInError::NotForUs => NotVouched::Refused("other_client"),
        SignInError::Claims(claim) => NotVouched::Refused(named(*claim)),
        SignInError::Failed(_) => NotVouched::Failed,
    }
}

/// As the audit log has it.
const fn named(claim: Claim) -> &'static str {
    match claim {
        Claim::IdToken => "id_token",
        Claim::Issuer => "issuer",
        Claim::Audience => "audience",
        Claim::AuthorizedParty => "authorized_party",
        Claim::Expiry => "expiry",
        Claim::IssuedAt => "issued_at",
        Claim::Nonce => "nonce",
        Claim::Algorithm => "algorithm",
        Claim::Key => "key",
        Claim::Signature => "signature",
        Claim::Subject => "subject",
    }
}
