//! `charter saml update`.

use std::path::PathBuf;

use charter_persistence::{Enforcement, SamlProviderChange};
use clap::{ArgGroup, Args};

use super::{Failure, print_line, saml};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter saml update`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("change")
    .args(["metadata", "domains", "enforce", "no_enforce"])
    .required(true)
    .multiple(true))]
pub struct SamlUpdate {
    /// The identity provider, saml_...
    #[arg(value_name = "ID")]
    id: String,

    /// File with its new metadata, for example when its keys change
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,

    /// A domain whose addresses it vouches for from now on, instead of those so far; repeat it for
    /// several. What `charter saml add --help` says of domains holds here as well
    #[arg(long = "domain", value_name = "DOMAIN")]
    domains: Vec<String>,

    /// Make it the only way in for its domains; sessions that have begun another way end now
    #[arg(long, conflicts_with = "no_enforce")]
    enforce: bool,

    /// Make it one way in among others
    #[arg(long)]
    no_enforce: bool,

    /// Print JSON: {"id": ..., "organisation": ..., "domains": [...], ...}
    #[arg(long)]
    json: bool,
}

impl SamlUpdate {
    /// Changes the identity provider and prints it.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        let id = saml::provider(&self.id)?;
        let metadata = self.metadata.as_deref().map(saml::metadata).transpose()?;
        let enforcement = match (self.enforce, self.no_enforce) {
            (true, _) => Some(Enforcement::Enforced),
            (_, true) => Some(Enforcement::Optional),
            _ => None,
        };
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let changed = store
            .change_saml_provider(
                id.into(),
                SamlProviderChange {
                    metadata: metadata.as_deref(),
                    domains: (!self.domains.is_empty()).then_some(&*self.domains),
                    enforcement,
                },
            )
            .await?;
        database::close(&store).await?;
        saml::warn(&changed, &configuration);
        if self.json {
            print_line(&saml::value(&changed).to_string())?;
        } else {
            print_line(&saml::text(&changed))?;
        }
        Ok(())
    }
}
