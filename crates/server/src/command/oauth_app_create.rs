//! `charter oauth-app create`.

use charter_persistence::OauthApplicationToCreate;
use clap::Args;

use super::{Failure, key_create, oauth_app, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter oauth-app create`.
#[derive(Args, Debug)]
pub struct OauthAppCreate {
    /// The organisation that it belongs to, org_...
    #[arg(long, value_name = "ID")]
    organisation: String,

    /// What it is called
    #[arg(long, value_name = "NAME")]
    name: String,

    /// Where people may be sent back to, https://... or on their own machine
    /// http://127.0.0.1...; repeat it for several
    #[arg(long = "redirect-uri", value_name = "URI", required = true)]
    redirect_uris: Vec<String>,

    /// Vouch for it: members read that you know whose it is
    #[arg(long)]
    verified: bool,

    /// Print JSON: {"id": ..., "client_id": ..., "secret": ..., ...}
    #[arg(long)]
    json: bool,
}

impl OauthAppCreate {
    /// Registers the application and prints it with its secret, the only time that it is
    /// shown.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        let organisation = key_create::organisation(&self.organisation)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let (created, secret) = store
            .create_oauth_application(OauthApplicationToCreate {
                organisation: organisation.into(),
                name: &self.name,
                redirect_uris: &self.redirect_uris,
                is_verified: self.verified,
            })
            .await?;
        database::close(&store).await?;
        let secret = secret.reveal();
        if self.json {
            let mut value = oauth_app::value(&created);
            value["secret"] = secret.into();
            print_line(&value.to_string())?;
        } else {
            let text = oauth_app::text(&created);
            print_line(&format!("{text}\n  secret        {secret}"))?;
        }
        Ok(())
    }
}
