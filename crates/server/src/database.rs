//! Opening the store as the configuration says.

use std::sync::Arc;

use charter_contract::{Clock, Random};
use charter_persistence::{
    Connections, IdentityOptions, Mailer, ServerKey, ServerKeys, SignInProviders, Store,
    StoreOptions,
};
use url::Url;

use crate::command::Failure;
use crate::configuration::Configuration;
use crate::single_sign_on;
use crate::system::{SystemClock, SystemRandom};

/// Opens the database and brings it up to date. `public_url` is where links
/// begin.
pub async fn open(
    configuration: &Configuration,
    public_url: &str,
    server_keys: ServerKeys,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    mailer: Option<Arc<dyn Mailer>>,
    providers: Option<Arc<dyn SignInProviders>>,
) -> Result<Store, Failure> {
    let public_url =
        Url::parse(public_url).map_err(|error| format!("public_url: `{public_url}`: {error}"))?;
    let identity = IdentityOptions {
        service_provider: single_sign_on::configured(&configuration.identity.saml, &public_url)?,
        ..configuration.identity.options()
    };
    let store = Store::open(StoreOptions {
        url: configuration.database.expose().to_owned(),
        connections: Connections::default(),
        clock,
        random,
        server_keys,
        public_url,
        mailer,
        identity,
        providers,
    })
    .await
    .map_err(|_| "the database cannot be opened")?;
    store
        .migrate()
        .await
        .map_err(|_| "the database could not be brought up to date; nothing was changed")?;
    Ok(store)
}

/// Opens the database for a command that changes something and ends. It makes
/// no link and sends no mail, so it needs neither their key nor their address.
pub async fn open_for_command(configuration: &Configuration) -> Result<Store, Failure> {
    let random = Arc::new(SystemRandom);
    open(
        configuration,
        "http://localhost",
        ServerKey::generate(&*random).into(),
        Arc::new(SystemClock),
        random,
        None,
        None,
    )
    .await
}

/// Writes what is in hand and closes the database.
pub async fn close(store: &Store) -> Result<(), Failure> {
    store
        .close()
        .await
        .map_err(|_| "the database did not close properly".into())
}
