//! The names that all cases share.

use charter_issuer::{Exchange, Issue, Signs};
use charter_saml::{
    Assertion, Certificate, Expected, IdentityProvider, Received, Refusal, ServiceProvider,
    SigningKey,
};
use chrono::{DateTime, Utc};
use url::Url;

pub(crate) const ENTITY_ID: &str = "https://charter.example/v2/auth/saml/metadata";
pub(crate) const ACS: &str = "https://charter.example/v2/auth/saml/acs";
pub(crate) const PROVIDER: &str = "https://idp.northwind.example/metadata";
pub(crate) const SSO: &str = "https://idp.northwind.example/sso";
pub(crate) const REQUEST: &str = "_2f6c1e0b9a8d7c6f5e4d3c2b1a0f9e8d7c6b5a49";
pub(crate) const MARA: &str = "mara@northwind.example";

/// A file of the folder of keys.
macro_rules! key {
    ($file:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../issuer/keys/",
            $file
        ))
    };
}
pub(crate) use charter_issuer::{EMAIL_FORMAT, field};
pub(crate) use key;

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub(crate) fn now() -> DateTime<Utc> {
    moment("2026-05-05T12:00:00Z")
}

pub(crate) fn certificate(pem: &str) -> Certificate {
    Certificate::from_pem(pem).unwrap()
}

/// The provider, known by one certificate.
pub(crate) fn provider_with(pem: &str) -> IdentityProvider {
    let sso = Url::parse(SSO).unwrap();
    IdentityProvider::new(PROVIDER, sso, vec![certificate(pem)])
        .unwrap()
        .with_name_id_format(EMAIL_FORMAT)
}

pub(crate) fn provider() -> IdentityProvider {
    provider_with(key!("provider.pem"))
}

pub(crate) fn service_key() -> SigningKey {
    SigningKey::from_pem(key!("service.key.pem"), key!("service.pem")).unwrap()
}

pub(crate) fn service() -> ServiceProvider {
    ServiceProvider::new(ENTITY_ID, Url::parse(ACS).unwrap(), Some(service_key())).unwrap()
}

pub(crate) fn unsigned_service() -> ServiceProvider {
    ServiceProvider::new(ENTITY_ID, Url::parse(ACS).unwrap(), None).unwrap()
}

/// What a response fits that answers [`REQUEST`] at [`now`].
pub(crate) fn expected() -> Expected<'static> {
    Expected {
        entity_id: ENTITY_ID,
        addresses: &[ACS],
        open_request: Some(REQUEST),
        now: now(),
    }
}

/// The provider's answer to [`REQUEST`] at [`now`].
pub(crate) fn issued(signs: Signs) -> Issue {
    let exchange = Exchange {
        provider: PROVIDER,
        service: ENTITY_ID,
        address: ACS,
        request: REQUEST,
        email: MARA,
        now: now(),
    };
    Issue::of(&exchange, signs)
}

/// Reads and judges, as the operation does.
pub(crate) fn judged(
    xml: &str,
    provider: &IdentityProvider,
    expected: &Expected<'_>,
) -> Result<Assertion, Refusal> {
    Received::read(&field(xml))?.judge(provider, expected)
}
