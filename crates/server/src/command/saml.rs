//! What the commands of `charter saml` share.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use charter_api_identity::models::SamlProviderId;
use charter_api_organisations::models::OrganisationId;
use charter_contract::TypeId as _;
use charter_persistence::{Enforcement, SamlProvider};
use serde_json::{Value, json};

use super::Failure;
use crate::configuration::Configuration;

/// Reads the id of an identity provider.
pub(super) fn provider(text: &str) -> Result<SamlProviderId, Failure> {
    SamlProviderId::parse(text)
        .ok_or_else(|| format!("`{text}` is not the id of an identity provider, saml_...").into())
}

/// Reads a file with metadata.
pub(super) fn metadata(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| format!("--metadata: {} cannot be read: {error}", file.display()).into())
}

/// Says what would keep people from this provider.
pub(super) fn warn(provider: &SamlProvider, configuration: &Configuration) {
    if provider.wants_signed_requests && configuration.identity.saml.key_file.is_none() {
        // Nothing is left to do when standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "warning: this identity provider takes signed requests alone; set \
             identity.saml.key_file and identity.saml.certificate_file"
        );
    }
}

/// For people.
pub(super) fn text(provider: &SamlProvider) -> String {
    let SamlProvider {
        id,
        organisation,
        organisation_name,
        entity_id,
        sso_url,
        domains,
        enforcement,
        wants_signed_requests,
    } = provider;
    let (id, organisation) = (
        SamlProviderId::from(*id),
        OrganisationId::from(*organisation),
    );
    let way = match enforcement {
        Enforcement::Optional => "one way among others",
        Enforcement::Enforced => "the only way",
    };
    let requests = if *wants_signed_requests {
        "signed alone"
    } else {
        "signed or not"
    };
    format!(
        "{id}\n  \
         organisation  {organisation}  {organisation_name}\n  \
         domains       {}\n  \
         to sign in    {way}\n  \
         entity id     {entity_id}\n  \
         address       {sso_url}\n  \
         requests      {requests}",
        domains.join(", "),
    )
}

/// For programs.
pub(super) fn value(provider: &SamlProvider) -> Value {
    let SamlProvider {
        id,
        organisation,
        organisation_name,
        entity_id,
        sso_url,
        domains,
        enforcement,
        wants_signed_requests,
    } = provider;
    json!({
        "id": SamlProviderId::from(*id).to_string(),
        "organisation": OrganisationId::from(*organisation).to_string(),
        "organisation_name": organisation_name,
        "domains": domains,
        "enforced": *enforcement == Enforcement::Enforced,
        "entity_id": entity_id,
        "sso_url": sso_url,
        "wants_signed_requests": wants_signed_requests,
    })
}

#[cfg(test)]
mod tests {
    use super::{text, value};
    use charter_persistence::{Enforcement, SamlProvider};
    use uuid::Uuid;

    fn provider() -> SamlProvider {
        SamlProvider {
            id: Uuid::nil(),
            organisation: Uuid::nil(),
            organisation_name: "Northwind Research".to_owned(),
            entity_id: "https://idp.example/metadata".to_owned(),
            sso_url: "https://idp.example/sso".to_owned(),
            domains: vec!["a.example".to_owned(), "b.example".to_owned()],
            enforcement: Enforcement::Enforced,
            wants_signed_requests: false,
        }
    }

    #[test]
    fn people_read_it_line_by_line() {
        assert_eq!(
            text(&provider()),
            "saml_00000000000000000000000000\n  \
             organisation  org_00000000000000000000000000  Northwind Research\n  \
             domains       a.example, b.example\n  \
             to sign in    the only way\n  \
             entity id     https://idp.example/metadata\n  \
             address       https://idp.example/sso\n  \
             requests      signed or not"
        );
    }

    #[test]
    fn programs_read_the_same() {
        let value = value(&provider());
        assert_eq!(value["id"], "saml_00000000000000000000000000");
        assert_eq!(value["domains"][1], "b.example");
        assert_eq!(value["enforced"], true);
    }
}
