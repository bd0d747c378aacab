//! `charter oauth-app list`.

use clap::Args;
use serde_json::Value;

use super::{Failure, oauth_app, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter oauth-app list`.
#[derive(Args, Debug)]
pub struct OauthAppList {
    /// Print JSON: [{"id": ..., "organisation": ..., "client_id": ..., ...}]
    #[arg(long)]
    json: bool,
}

impl OauthAppList {
    /// Prints the applications that are registered.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let applications = store
            .oauth_applications()
            .await
            .map_err(|_| "the database failed; the log has the cause")?;
        database::close(&store).await?;
        if self.json {
            let applications = applications.iter().map(oauth_app::value).collect();
            print_line(&Value::Array(applications).to_string())?;
        } else {
            for application in &applications {
                print_line(&oauth_app::text(application))?;
            }
        }
        Ok(())
    }
}
