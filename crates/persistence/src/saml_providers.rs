//! The identity providers of organisations, which the operator of the server sets up:
//! whoever could claim a domain would own the accounts of everybody in it.

use std::fmt;

use charter_api_identity::models::{Email, SamlProviderId};
use charter_contract::Internal;
use charter_saml::{Certificate, IdentityProvider, MetadataFault};
use sea_orm::ConnectionTrait as _;
use url::Url;
use uuid::Uuid;

use crate::Store;
use crate::address::Address;
use crate::constraint::{self, Stored as _};
use crate::database::Reads;
use crate::entity::saml_domain;
use crate::entity::saml_provider::{Enforcement, Model};
use crate::row::{Rows, row};
use crate::write::Write;

/// An identity provider to set up.
#[derive(Clone, Copy, Debug)]
pub struct SamlProviderToAdd<'a> {
    /// The organisation whose people it knows.
    pub organisation: Uuid,
    /// Its metadata, an XML document.
    pub metadata: &'a str,
    /// The domains whose addresses it vouches for.
    pub domains: &'a [String],
    /// Whether people of these domains may come another way.
    pub enforcement: Enforcement,
}

/// What is to be different about an identity provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct SamlProviderChange<'a> {
    /// Its new metadata.
    pub metadata: Option<&'a str>,
    /// All domains that it vouches for from now on.
    pub domains: Option<&'a [String]>,
    /// Whether people of its domains may come another way from now on.
    pub enforcement: Option<Enforcement>,
}

/// An identity provider that is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlProvider {
    /// Its id.
    pub id: Uuid,
    /// The organisation whose people it knows.
    pub organisation: Uuid,
    /// What that is called.
    pub organisation_name: String,
    /// Who it is to SAML.
    pub entity_id: String,
    /// Where people go to sign in.
    pub sso_url: String,
    /// The domains whose addresses it vouches for, in order.
    pub domains: Vec<String>,
    /// Whether people of these domains may come another way.
    pub enforcement: Enforcement,
    /// Whether it takes signed requests alone.
    pub wants_signed_requests: bool,
}

/// Why an identity provider is not set up, changed or removed.
#[derive(Debug)]
pub enum SamlProviderError {
    /// There is no organisation with this id.
    NoSuchOrganisation,
    /// There is no identity provider with this id.
    NoSuchProvider,
    /// The metadata cannot be used.
    Metadata(MetadataFault),
    /// Another identity provider has this entity id.
    EntityTaken(String),
    /// It would vouch for nobody.
    NoDomain,
    /// No address can have this domain.
    NotADomain(String),
    /// Another identity provider vouches for this domain.
    DomainTaken(String),
    /// The database failed; the log has the cause.
    Internal(Internal),
}

impl fmt::Display for SamlProviderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchOrganisation => {
                formatter.write_str("there is no organisation with this id")
            }
            Self::NoSuchProvider => {
                formatter.write_str("there is no identity provider with this id")
            }
            Self::Metadata(fault) => write!(formatter, "the metadata cannot be used: {fault}"),
            Self::EntityTaken(entity) => {
                write!(
                    formatter,
                    "another identity provider has the entity id {entity}"
                )
            }
            Self::NoDomain => formatter.write_str("it has to vouch for at least one domain"),
            Self::NotADomain(text) => write!(formatter, "no address can have the domain `{text}`"),
            Self::DomainTaken(domain) => {
                write!(formatter, "another identity provider vouches for {domain}")
            }
            Self::Internal(_) => formatter.write_str("the database failed; the log has the cause"),
        }
    }
}

impl std::error::Error for SamlProviderError {}

impl From<Internal> for SamlProviderError {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

impl From<MetadataFault> for SamlProviderError {
    fn from(fault: MetadataFault) -> Self {
        Self::Metadata(fault)
    }
}

row! {
    /// What is needed to ask an identity provider, and to know its answers.
    pub(crate) struct KnownProvider {
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        entity_id: String,
        sso_url: String,
        certificates: String,
        name_id_format: Option<String>,
        wants_signed_requests: bool,
    }
}

impl KnownProvider {
    /// As the protocol has it.
    pub(crate) fn identity_provider(&self) -> Result<IdentityProvider, Internal> {
        let certificates = self
            .certificates
            .lines()
            .map(Certificate::from_base64)
            .collect::<Result<_, _>>()?;
        let mut provider =
            IdentityProvider::new(&self.entity_id, Url::parse(&self.sso_url)?, certificates)?;
        if let Some(format) = &self.name_id_format {
            provider = provider.with_name_id_format(format);
        }
        if self.wants_signed_requests {
            provider = provider.with_signed_requests();
        }
        Ok(provider)
    }
}

row! {
    struct Listed {
        id: Uuid,
        organisation_id: Uuid,
        organisation_name: String,
        entity_id: String,
        sso_url: String,
        enforcement: Enforcement,
        wants_signed_requests: bool,
    }
}

row! {
    struct Vouched {
        domain: String,
        provider_id: Uuid,
    }
}

impl Store {
    /// The identity provider with this id.
    pub(crate) async fn saml_provider(&self, id: Uuid) -> Result<Option<KnownProvider>, Internal> {
        Rows::of(
            "SELECT id, organisation_id, entity_id, sso_url, certificates, name_id_format, \
                    wants_signed_requests \
             FROM saml_providers WHERE id = $1",
            [id.into()],
        )
        .one(self.reader())
        .await
        .stored()
    }

    /// The identity provider that vouches for a domain.
    pub(crate) async fn saml_provider_of(
        &self,
        domain: &str,
    ) -> Result<Option<KnownProvider>, Internal> {
        Rows::of(
            "SELECT p.id, p.organisation_id, p.entity_id, p.sso_url, p.certificates, \
                    p.name_id_format, p.wants_signed_requests \
             FROM saml_domains d JOIN saml_providers p ON p.id = d.provider_id \
             WHERE d.domain = $1",
            [domain.into()],
        )
        .one(self.reader())
        .await
        .stored()
    }

    /// The identity provider with this entity id.
    pub(crate) async fn saml_provider_called(
        &self,
        entity_id: &str,
    ) -> Result<Option<KnownProvider>, Internal> {
        Rows::of(
            "SELECT id, organisation_id, entity_id, sso_url, certificates, name_id_format, \
                    wants_signed_requests \
             FROM saml_providers WHERE entity_id = $1",
            [entity_id.into()],
        )
        .one(self.reader())
        .await
        .stored()
    }

    /// Sets an identity provider up. Where it is enforced, whoever has not come by it is
    /// out.
    ///
    /// # Errors
    /// Why it is not set up.
    pub async fn add_saml_provider(
        &self,
        provider: SamlProviderToAdd<'_>,
    ) -> Result<SamlProvider, SamlProviderError> {
        let SamlProviderToAdd {
            organisation,
            metadata,
            domains,
            enforcement,
        } = provider;
        let known = IdentityProvider::from_metadata(metadata, self.now().date_time())?;
        let domains = normalised(domains)?;
        self.write_as_operator(async |tx: &mut Write| {
            let id = tx.new_id();
            let row = Model {
                id,
                organisation_id: organisation,
                entity_id: known.entity_id().to_owned(),
                sso_url: known.sso_url().to_string(),
                certificates: certificates(&known),
                name_id_format: known.name_id_format().map(str::to_owned),
                wants_signed_requests: known.wants_signed_requests(),
                enforcement,
                created_at: tx.now().micros(),
            };
            match tx.insert(row).await {
                Err(error) if constraint::SAML_PROVIDER_OF.refused(&error) => {
                    return Err(SamlProviderError::NoSuchOrganisation);
                }
                inserted => inserted.on_constraint(&constraint::SAML_ENTITY, || {
                    SamlProviderError::EntityTaken(known.entity_id().to_owned())
                })?,
            }
            tx.vouch(id, &domains, enforcement).await?;
            tx.listed_saml_provider(id).await
        })
        .await
    }

    /// Changes an identity provider: what it is to people stays, so that nobody has to
    /// be recognised anew when it has other keys.
    ///
    /// # Errors
    /// Why nothing has changed.
    pub async fn change_saml_provider(
        &self,
        id: Uuid,
        change: SamlProviderChange<'_>,
    ) -> Result<SamlProvider, SamlProviderError> {
        let SamlProviderChange {
            metadata,
            domains,
            enforcement,
        } = change;
        let now = self.now().date_time();
        let known = metadata
            .map(|metadata| IdentityProvider::from_metadata(metadata, now))
            .transpose()?;
        let domains = domains.map(normalised).transpose()?;
        self.write_as_operator(async |tx: &mut Write| {
            let before = tx.listed_saml_provider(id).await?;
            if let Some(known) = &known {
                tx.replace_metadata(id, known).await?;
            }
            let enforcement = enforcement.unwrap_or(before.enforcement);
            tx.db()
                .execute_raw(tx.store().statement(
                    "UPDATE saml_providers SET enforcement = $2 WHERE id = $1",
                    [id.into(), enforcement.into()],
                ))
                .await
                .stored()?;
            tx.vouch(id, &domains.unwrap_or(before.domains), enforcement)
                .await?;
            tx.listed_saml_provider(id).await
        })
        .await
    }

    /// Removes an identity provider. Whoever has come by it keeps account, membership
    /// and running sessions.
    ///
    /// # Errors
    /// When there is none with this id, or the database fails.
    pub async fn remove_saml_provider(&self, id: Uuid) -> Result<(), SamlProviderError> {
        self.write_as_operator(async |tx: &mut Write| {
            tx.db()
                .execute_raw(tx.store().statement(
                    "DELETE FROM identities WHERE provider = $1",
                    [SamlProviderId::from(id).to_string().into()],
                ))
                .await
                .stored()?;
            let removed = tx
                .db()
                .execute_raw(
                    tx.store()
                        .statement("DELETE FROM saml_providers WHERE id = $1", [id.into()]),
                )
                .await
                .stored()?;
            match removed.rows_affected() {
                0 => Err(SamlProviderError::NoSuchProvider),
                _ => Ok(()),
            }
        })
        .await
    }

    /// The identity providers that are set up, in the order in which they were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn saml_providers(&self) -> Result<Vec<SamlProvider>, Internal> {
        listed(self.reader(), Uuid::nil()).await
    }
}

row! {
    struct Named {
        provider: String,
    }
}

impl Store {
    /// Forgets who people were at identity providers that have gone with their
    /// organisations.
    pub(crate) async fn forget_removed_providers(&self) -> Result<(), Internal> {
        // In the order of the index, all that begin so.
        let named = Rows::<Named>::of(
            "SELECT DISTINCT provider FROM identities \
             WHERE provider >= 'saml_' AND provider < 'saml`'",
            [],
        )
        .all(self.reader())
        .await
        .stored()?;
        if named.is_empty() {
            return Ok(());
        }
        let known = self.saml_providers().await?;
        let is_there = |name: &str| {
            known
                .iter()
                .any(|provider| SamlProviderId::from(provider.id).to_string() == name)
        };
        for Named { provider } in named {
            if !is_there(&provider) {
                self.database()
                    .writer()
                    .execute_raw(self.statement(
                        "DELETE FROM identities WHERE provider = $1",
                        [provider.into()],
                    ))
                    .await
                    .stored()?;
            }
        }
        Ok(())
    }
}

/// All identity providers, or one.
async fn listed(db: &impl Reads, only: Uuid) -> Result<Vec<SamlProvider>, Internal> {
    let providers = Rows::<Listed>::of(
        "SELECT p.id, p.organisation_id, o.name AS organisation_name, p.entity_id, p.sso_url, \
                p.enforcement, p.wants_signed_requests \
         FROM saml_providers p JOIN organisations o ON o.id = p.organisation_id \
         WHERE p.id = $1 OR $1 = $2 ORDER BY p.id",
        [only.into(), Uuid::nil().into()],
    )
    .all(db)
    .await
    .stored()?;
    let domains = Rows::<Vouched>::of(
        "SELECT domain, provider_id FROM saml_domains \
         WHERE provider_id = $1 OR $1 = $2 ORDER BY domain",
        [only.into(), Uuid::nil().into()],
    )
    .all(db)
    .await
    .stored()?;
    Ok(providers
        .into_iter()
        .map(|listed| {
            let Listed {
                id,
                organisation_id,
                organisation_name,
                entity_id,
                sso_url,
                enforcement,
                wants_signed_requests,
            } = listed;
            SamlProvider {
                id,
                organisation: organisation_id,
                organisation_name,
                entity_id,
                sso_url,
                domains: domains
                    .iter()
                    .filter(|vouched| vouched.provider_id == id)
                    .map(|vouched| vouched.domain.clone())
                    .collect(),
                enforcement,
                wants_signed_requests,
            }
        })
        .collect())
}

impl Write {
    async fn listed_saml_provider(&self, id: Uuid) -> Result<SamlProvider, SamlProviderError> {
        let found = listed(self.db(), id).await?.pop();
        found.ok_or(SamlProviderError::NoSuchProvider)
    }

    async fn replace_metadata(
        &self,
        id: Uuid,
        known: &IdentityProvider,
    ) -> Result<(), SamlProviderError> {
        self.db()
            .execute_raw(self.store().statement(
                "UPDATE saml_providers SET entity_id = $2, sso_url = $3, certificates = $4, \
                        name_id_format = $5, wants_signed_requests = $6 \
                 WHERE id = $1",
                [
                    id.into(),
                    known.entity_id().into(),
                    known.sso_url().as_str().into(),
                    certificates(known).into(),
                    known.name_id_format().into(),
                    known.wants_signed_requests().into(),
                ],
            ))
            .await
            .on_constraint(&constraint::SAML_ENTITY, || {
                SamlProviderError::EntityTaken(known.entity_id().to_owned())
            })?;
        Ok(())
    }

    /// Lets a provider vouch for these domains and no others.
    async fn vouch(
        &self,
        provider: Uuid,
        domains: &[String],
        enforcement: Enforcement,
    ) -> Result<(), SamlProviderError> {
        self.db()
            .execute_raw(self.store().statement(
                "DELETE FROM saml_domains WHERE provider_id = $1",
                [provider.into()],
            ))
            .await
            .stored()?;
        for domain in domains {
            self.insert(saml_domain::Model {
                domain: domain.clone(),
                provider_id: provider,
            })
            .await
            .on_constraint(&constraint::SAML_DOMAIN, || {
                SamlProviderError::DomainTaken(domain.clone())
            })?;
            if enforcement == Enforcement::Enforced {
                self.show_out(domain).await?;
            }
        }
        Ok(())
    }

    /// Ends what people of a domain have begun another way than by single sign-on:
    /// sessions, and accounts that nobody has confirmed.
    async fn show_out(&self, domain: &str) -> Result<(), Internal> {
        let addresses = format!("%@{domain}");
        for (sql, values) in [
            (
                "DELETE FROM users WHERE confirmed_at IS NULL AND email_normalised LIKE $1",
                vec![addresses.as_str().into()],
            ),
            (
                "UPDATE sessions SET revoked_at = $2 \
                 WHERE revoked_at IS NULL AND method <> 'saml' \
                   AND user_id IN (SELECT id FROM users WHERE email_normalised LIKE $1)",
                vec![addresses.as_str().into(), self.now().micros().into()],
            ),
        ] {
            self.db()
                .execute_raw(self.store().statement(sql, values))
                .await
                .stored()?;
        }
        Ok(())
    }
}

/// The certificates as they are stored.
fn certificates(provider: &IdentityProvider) -> String {
    let certificates: Vec<String> = provider
        .certificates()
        .iter()
        .map(Certificate::to_base64)
        .collect();
    certificates.join("\n")
}

/// Domains as addresses have them, each once.
fn normalised(written: &[String]) -> Result<Vec<String>, SamlProviderError> {
    let mut domains = written
        .iter()
        .map(|text| domain(text).ok_or_else(|| SamlProviderError::NotADomain(text.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    domains.sort_unstable();
    domains.dedup();
    if domains.is_empty() {
        return Err(SamlProviderError::NoDomain);
    }
    Ok(domains)
}

/// The domain of the addresses that somebody has there, if anybody can.
fn domain(written: &str) -> Option<String> {
    let written = written.trim();
    let written = written.strip_prefix('@').unwrap_or(written);
    let email = Email::try_from(format!("somebody@{written}")).ok()?;
    let domain = Address::of(&email).domain().to_owned();
    // An address may have the literal address of a host instead.
    (!domain.starts_with('[')).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn domains_are_those_of_addresses() {
        for (written, taken) in [
            ("northwind.example", Some("northwind.example")),
            (" @Northwind.Example ", Some("northwind.example")),
            ("", None),
            ("mara@northwind.example", None),
            ("[192.0.2.1]", None),
            ("%.example", None),
            ("north wind.example", None),
            ("https://northwind.example", None),
        ] {
            assert_eq!(domain(written).as_deref(), taken, "{written}");
        }
    }
}
