//! `--demo`: an organisation to look around in, and how to enter it.

use charter_api_organisations::models::OrganisationId;
use charter_persistence::{Demo, Store};

use crate::command::Failure;

/// What came of filling the database.
pub struct Prepared(Option<Demo>);

/// Fills the database if it is empty.
pub async fn prepare(store: &Store) -> Result<Prepared, Failure> {
    Ok(Prepared(store.seed_demo().await?))
}

impl Prepared {
    /// What to tell the person who started the server.
    pub fn text(&self, address: &str) -> String {
        let address = address.trim_end_matches('/');
        match &self.0 {
            Some(Demo {
                organisation,
                admin,
                key,
            }) => format!(
                "documentation    {address}/docs\n\
                 API key          {key}\n\
                 organisation     {organisation}\n\
                 signed in as     {admin}, an admin\n\
                 \n\
                 Try it:\n  \
                 curl -H 'Authorization: Bearer {key}' {address}/v1/organisations/current\n",
                key = key.secret.reveal(),
                organisation = OrganisationId::from(*organisation),
            ),
            None => format!(
                "documentation    {address}/docs\n\
                 The database is not empty, so nothing was filled in. For a key:\n  \
                 charter key create --user ADDRESS\n"
            ),
        }
    }
}
