//! `charter saml remove`.

use clap::Args;

use super::{Failure, print_line, saml};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter saml remove`.
#[derive(Args, Debug)]
pub struct SamlRemove {
    /// The identity provider, saml_...
    #[arg(value_name = "ID")]
    id: String,
}

impl SamlRemove {
    /// Removes the identity provider and prints its id.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        let id = saml::provider(&self.id)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        store.remove_saml_provider(id.into()).await?;
        database::close(&store).await?;
        print_line(&id.to_string())?;
        Ok(())
    }
}
