//! `charter saml list`.

use clap::Args;
use serde_json::Value;

use super::{Failure, print_line, saml};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter saml list`.
#[derive(Args, Debug)]
pub struct SamlList {
    /// Print JSON: [{"id": ..., "organisation": ..., "domains": [...], ...}]
    #[arg(long)]
    json: bool,
}

impl SamlList {
    /// Prints the identity providers that are set up.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let providers = store
            .saml_providers()
            .await
            .map_err(|_| "the database failed; the log has the cause")?;
        database::close(&store).await?;
        if self.json {
            let providers = providers.iter().map(saml::value).collect();
            print_line(&Value::Array(providers).to_string())?;
        } else {
            for provider in &providers {
                print_line(&saml::text(provider))?;
            }
        }
        Ok(())
    }
}
