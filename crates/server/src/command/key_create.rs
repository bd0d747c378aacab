//! `charter key create`.

use charter_api_organisations::models::{ApiKeyId, OrganisationId};
use charter_contract::{Scopes, TypeId as _};
use clap::Args;
use serde_json::json;

use super::{Failure, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, documents, logging};

/// Flags of `charter key create`.
#[derive(Args, Debug)]
pub struct KeyCreate {
    /// Mail address of the user whose key it becomes
    #[arg(long, value_name = "ADDRESS")]
    user: String,

    /// Bind the key to this organisation, org_...; without it, the key works in whichever
    /// organisation is the user's active one
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,

    /// What the key may do, such as members:read; repeat it for several. No scope means all
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// What the key is called in the list of keys
    #[arg(long, value_name = "NAME", default_value = "Command line")]
    name: String,

    /// Print JSON: {"id": ..., "key": ...}
    #[arg(long)]
    json: bool,
}

impl KeyCreate {
    /// Creates the key and prints it, the only time it is shown.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        let organisation = self.organisation.as_deref().map(organisation).transpose()?;
        let scopes = scopes(self.scopes)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        let issued = store
            .create_key(
                self.user.trim(),
                organisation.map(Into::into),
                &self.name,
                scopes,
            )
            .await?;
        database::close(&store).await?;
        let id = ApiKeyId::from(issued.id);
        let key = issued.secret.reveal();
        if self.json {
            print_line(&json!({"id": id.to_string(), "key": key}).to_string())?;
        } else {
            print_line(&format!("{id}\n{key}"))?;
        }
        Ok(())
    }
}

/// Reads the id of an organisation.
pub(super) fn organisation(text: &str) -> Result<OrganisationId, Failure> {
    OrganisationId::parse(text)
        .ok_or_else(|| format!("`{text}` is not the id of an organisation, org_...").into())
}

fn scopes(given: Vec<String>) -> Result<Scopes, Failure> {
    if given.is_empty() {
        return Ok(Scopes::All);
    }
    let known = documents::scopes();
    if let Some(unknown) = given.iter().find(|scope| !known.contains(&scope.as_str())) {
        return Err(format!(
            "there is no scope `{unknown}`; the scopes are {}",
            known.join(", ")
        )
        .into());
    }
    Ok(Scopes::Only(given.into_iter().collect()))
}
