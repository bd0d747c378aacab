//! `charter user create`.

use charter_api_organisations::models::{Email, UserId};
use clap::Args;
use serde_json::json;

use super::{Failure, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Most characters of a name, as the documents have it.
const NAME_LENGTH: usize = 100;

/// Flags of `charter user create`.
#[derive(Args, Debug)]
pub struct UserCreate {
    /// Mail address; one account has it at a time
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// Full name, as colleagues see it
    #[arg(long, value_name = "NAME")]
    name: String,

    /// Print JSON: {"id": ..., "email": ..., "name": ...}
    #[arg(long)]
    json: bool,
}

impl UserCreate {
    /// Creates the user and prints it.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        let email = Email::try_from(self.email.trim().to_owned())
            .map_err(|refused| format!("--email: {refused}"))?;
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_LENGTH {
            return Err(format!("a name has 1 to {NAME_LENGTH} characters").into());
        }
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let id = UserId::from(store.create_user(name, &email).await?);
        database::close(&store).await?;
        if self.json {
            let user = json!({"id": id.to_string(), "email": email.as_ref(), "name": name});
            print_line(&user.to_string())?;
        } else {
            print_line(&format!("{id}  {name} <{email}>"))?;
        }
        Ok(())
    }
}
