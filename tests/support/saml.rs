//! Identity providers of organisations, which say whatever a case asks for.

use std::sync::Arc;

use charter_api_identity::models::SamlProviderId;
use charter_api_organisations::models::OrganisationId;
use charter_contract::{Clock as _, TypeId as _};
use charter_issuer::{Asked, Exchange, Issue, Signs, field, keys, metadata};
use charter_persistence::entity::{saml_assertion, saml_request, saml_ticket};
use charter_persistence::{Enforcement, IdentityOptions, SamlProviderToAdd, service_provider};
use charter_saml::SigningKey;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use url::Url;

use super::world::identity;
use super::{Answer, Client, World};

/// By which name identity providers know the service.
pub const SERVICE: &str = "https://charter.example/v2/auth/saml/metadata";

/// Where browsers bring responses.
pub const ACS: &str = "https://charter.example/v2/auth/saml/acs";

/// Where clients bring responses that they have received themselves.
pub const CALLBACK: &str = "https://charter.example/v2/auth/saml/callback";

/// Where browsers go on to.
pub const PAGE: &str = "https://charter.example/signin";

/// An identity provider that has been set up.
#[derive(Clone)]
pub struct IdentityProvider {
    /// `saml_...`.
    pub id: String,
    /// Its own name.
    pub entity_id: String,
}

/// A sign-in that somebody has begun.
#[derive(Clone)]
pub struct Begun {
    provider: IdentityProvider,
    /// The secret of whoever began.
    pub state: String,
    /// What the provider reads.
    pub asked: Asked,
}

impl World {
    /// The identity provider of an organisation, with a domain it vouches for. Its people
    /// may come another way as well.
    pub async fn identity_provider(&self, organisation: &str, domain: &str) -> IdentityProvider {
        let xml = described(domain, keys::PROVIDER);
        self.set_up(organisation, domain, &xml, Enforcement::Optional)
            .await
    }

    /// The same; its people come this way or not at all.
    pub async fn enforced_provider(&self, organisation: &str, domain: &str) -> IdentityProvider {
        let xml = described(domain, keys::PROVIDER);
        self.set_up(organisation, domain, &xml, Enforcement::Enforced)
            .await
    }

    /// One with a key of its own.
    pub async fn another_provider(&self, organisation: &str, domain: &str) -> IdentityProvider {
        let xml = described(domain, keys::STRANGER);
        self.set_up(organisation, domain, &xml, Enforcement::Optional)
            .await
    }

    /// One that takes signed requests alone.
    pub async fn strict_provider(&self, organisation: &str, domain: &str) -> IdentityProvider {
        let xml = described(domain, keys::PROVIDER).replacen(
            "<md:IDPSSODescriptor ",
            "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" ",
            1,
        );
        self.set_up(organisation, domain, &xml, Enforcement::Optional)
            .await
    }

    async fn set_up(
        &self,
        organisation: &str,
        domain: &str,
        metadata: &str,
        enforcement: Enforcement,
    ) -> IdentityProvider {
        let added = self
            .store
            .add_saml_provider(SamlProviderToAdd {
                organisation: OrganisationId::parse(organisation).unwrap().into(),
                metadata,
                domains: &[domain.to_owned()],
                enforcement,
            })
            .await
            .unwrap();
        IdentityProvider {
            id: SamlProviderId::from(added.id).to_string(),
            entity_id: added.entity_id,
        }
    }

    /// The operator takes a provider away.
    pub async fn remove(&self, provider: &IdentityProvider) {
        let id = SamlProviderId::parse(&provider.id).unwrap();
        self.store.remove_saml_provider(id.into()).await.unwrap();
    }

    /// The same service, started again with a key that signs what it asks providers.
    pub async fn with_signed_requests(self) -> Self {
        let key = SigningKey::from_pem(keys::SERVICE_KEY, keys::SERVICE).unwrap();
        let us = service_provider(&"https://charter.example".parse().unwrap(), Some(key)).unwrap();
        self.with_identity(IdentityOptions {
            service_provider: Some(Arc::new(us)),
            ..identity()
        })
        .await
    }

    /// How many requests, assertions and tickets are kept.
    pub async fn db_single_sign_on(&self) -> (u64, u64, u64) {
        let database = self.db().await;
        #[expect(
            clippy::disallowed_methods,
            reason = "no operation shows what is kept of single sign-on"
        )]
        let (requests, assertions, tickets) = (
            saml_request::Entity::find(),
            saml_assertion::Entity::find(),
            saml_ticket::Entity::find(),
        );
        let counted = (
            requests.count(&database).await.unwrap(),
            assertions.count(&database).await.unwrap(),
            tickets.count(&database).await.unwrap(),
        );
        database.close().await.unwrap();
        counted
    }

    /// Begins a sign-in, as the page of an application does.
    pub async fn begin(&self, provider: &IdentityProvider) -> Begun {
        let answer = self
            .anonymous
            .call("startSamlSignIn")
            .json(&json!({"id": provider.id}))
            .send()
            .await
            .expect(200);
        self.begun(provider, &answer)
    }

    /// What was begun with this answer.
    pub fn begun(&self, provider: &IdentityProvider, answer: &Answer) -> Begun {
        assert_eq!(answer.text_at("/id"), provider.id);
        let url: Url = answer.text_at("/url").parse().unwrap();
        let asked = Asked::read(&url);
        assert_eq!(asked.issuer, SERVICE);
        assert_eq!(asked.address, ACS);
        Begun {
            provider: provider.clone(),
            state: answer.text_at("/state"),
            asked,
        }
    }

    /// What the provider answers if all is well, for the acs.
    pub fn issue(&self, begun: &Begun, email: &str) -> Issue {
        self.issue_for(begun, email, ACS)
    }

    /// The same, for another address of the service.
    pub fn issue_for(&self, begun: &Begun, email: &str, address: &str) -> Issue {
        let exchange = Exchange {
            provider: &begun.provider.entity_id,
            service: SERVICE,
            address,
            request: &begun.asked.id,
            email,
            now: self.clock.now().date_time(),
        };
        let mut issue = Issue::of(&exchange, Signs::Assertion);
        issue.assertion_id = format!("_assertion{}", begun.asked.id);
        issue
    }

    /// Signs in with a provider, all the way.
    pub async fn single_sign_on(&self, provider: &IdentityProvider, email: &str) -> Answer {
        let begun = self.begin(provider).await;
        let issue = self.issue(&begun, email);
        let ticket = ticket(
            &begun
                .brought(&self.anonymous, &issue.xml())
                .await
                .expect(303),
        );
        redeem(&self.anonymous, &ticket.unwrap(), &begun.state).await
    }
}

/// What the provider of a domain says of itself.
fn described(domain: &str, certificate: &str) -> String {
    metadata(
        &format!("https://idp.{domain}/metadata"),
        &format!("https://idp.{domain}/sso"),
        certificate,
    )
}

impl Begun {
    /// A browser brings a response, with what the request carried.
    pub async fn brought(&self, client: &Client, xml: &str) -> Answer {
        let relay_state = self.asked.relay_state.as_deref().unwrap_or_default();
        bring(client, xml, relay_state).await
    }

    /// A client hands a response in, with what the request carried.
    pub async fn handed_in(&self, client: &Client, xml: &str) -> Answer {
        client
            .call("completeSamlSignIn")
            .json(&self.body(xml))
            .send()
            .await
    }

    /// What a client hands in.
    pub fn body(&self, xml: &str) -> Value {
        json!({"SAMLResponse": field(xml), "RelayState": self.asked.relay_state})
    }
}

/// A browser brings a response.
pub async fn bring(client: &Client, xml: &str, relay_state: &str) -> Answer {
    client
        .call("consumeSamlResponse")
        .form(&[("SAMLResponse", &field(xml)), ("RelayState", relay_state)])
        .send()
        .await
}

/// Redeems what a browser came back with.
pub async fn redeem(client: &Client, ticket: &str, state: &str) -> Answer {
    client
        .call("redeemSamlTicket")
        .json(&json!({"ticket": ticket, "state": state}))
        .send()
        .await
}

/// The ticket that a browser is sent on with, or why there is none. It is sent to the
/// sign-in page in any case.
#[track_caller]
pub fn ticket(answer: &Answer) -> Result<String, String> {
    let location = answer.headers["location"].to_str().unwrap();
    let url: Url = location.parse().unwrap();
    let mut page = url.clone();
    page.set_query(None);
    assert_eq!(page.as_str(), PAGE);
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    match query.as_slice() {
        [(name, ticket)] if name == "ticket" => Ok(ticket.clone()),
        [(name, why)] if name == "error" => Err(why.clone()),
        _ => panic!("{location}"),
    }
}
