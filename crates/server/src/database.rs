//! Opening the store as the configuration says.

use std::sync::Arc;

use charter_contract::{Clock, Random};
use charter_persistence::{
    Connections, IdentityOptions, Mailer, NoObjectStorage, ObjectStorage, ServerKey, ServerKeys,
    SignInProviders, SigningOptions, Store, StoreOptions,
};
use url::Url;

use crate::command::Failure;
use crate::configuration::Configuration;
use crate::single_sign_on;
use crate::system::{SystemClock, SystemRandom};

/// What the store reaches beside the database.
pub struct Ports {
    /// What sends mail; without it every mail is skipped.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// What asks providers who somebody is; without it nobody signs in with one.
    pub providers: Option<Arc<dyn SignInProviders>>,
    /// Where files are kept.
    pub objects: Arc<dyn ObjectStorage>,
    /// Who collects signatures, and between whom agreements are.
    pub signing: SigningOptions,
}

/// Opens the database and brings it up to date. `public_url` is where links
/// begin.
pub async fn open(
    configuration: &Configuration,
    public_url: Url,
    server_keys: ServerKeys,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ports: Ports,
) -> Result<Store, Failure> {
    let Ports {
        mailer,
        providers,
        objects,
        signing,
    } = ports;
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
        objects,
        signing,
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
/// no link, sends no mail and keeps no file, so it needs nothing of what that takes.
pub async fn open_for_command(configuration: &Configuration) -> Result<Store, Failure> {
    let random = Arc::new(SystemRandom);
    open(
        configuration,
        Url::parse("http://localhost")?,
        ServerKey::generate(&*random).into(),
        Arc::new(SystemClock),
        random,
        Ports {
            mailer: None,
            providers: None,
            objects: Arc::new(NoObjectStorage),
            signing: SigningOptions::default(),
        },
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
