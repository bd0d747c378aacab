//! `charter oauth-app remove`.

use clap::Args;
use uuid::Uuid;

use super::{Failure, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter oauth-app remove`.
#[derive(Args, Debug)]
pub struct OauthAppRemove {
    /// The application, as `charter oauth-app list` shows it
    #[arg(value_name = "ID")]
    id: Uuid,
}

impl OauthAppRemove {
    /// Removes the application and prints its id.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        store.remove_oauth_application(self.id).await?;
        database::close(&store).await?;
        print_line(&self.id.to_string())?;
        Ok(())
    }
}
