//! `charter saml add`.

use std::path::PathBuf;

use charter_persistence::{Enforcement, SamlProviderToAdd};
use clap::Args;

use super::{Failure, key_create, print_line, saml};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter saml add`.
#[derive(Args, Debug)]
pub struct SamlAdd {
    /// The organisation whose people it knows, org_...; whoever comes by it becomes a member
    #[arg(long, value_name = "ID")]
    organisation: String,

    /// File with the metadata of the identity provider, as it gives them to service providers
    #[arg(long, value_name = "FILE")]
    metadata: PathBuf,

    /// A domain whose addresses it vouches for, such as example.com; repeat it for several.
    /// Whoever runs the identity provider can sign in as anybody with an address there: make sure
    /// that the domain is the organisation's own, and name no domain of a public mail service
    #[arg(long = "domain", value_name = "DOMAIN", required = true)]
    domains: Vec<String>,

    /// Make it the only way in for these domains: passwords and other providers no longer open
    /// their accounts, and sessions that have begun so end now
    #[arg(long)]
    enforce: bool,

    /// Print JSON: {"id": ..., "organisation": ..., "domains": [...], ...}
    #[arg(long)]
    json: bool,
}

impl SamlAdd {
    /// Sets the identity provider up and prints it.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        let organisation = key_create::organisation(&self.organisation)?;
        let metadata = saml::metadata(&self.metadata)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let added = store
            .add_saml_provider(SamlProviderToAdd {
                organisation: organisation.into(),
                metadata: &metadata,
                domains: &self.domains,
                enforcement: if self.enforce {
                    Enforcement::Enforced
                } else {
                    Enforcement::Optional
                },
            })
            .await?;
        database::close(&store).await?;
        saml::warn(&added, &configuration);
        if self.json {
            print_line(&saml::value(&added).to_string())?;
        } else {
            print_line(&saml::text(&added))?;
        }
        Ok(())
    }
}
