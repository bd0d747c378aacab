//! The command line of `charter`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::command::{
    key_create, migrate, oauth_app_create, oauth_app_list, oauth_app_remove, openapi, saml_add,
    saml_list, saml_remove, saml_update, serve, user_create,
};
use crate::configuration::{self, Configuration, ConfigurationError, Environment, Flags};

/// Charter: organisations and talent assessment, on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "charter",
    version,
    propagate_version = true,
    after_help = "Start with `charter serve --demo`: it fills an empty database with an example \
                  organisation and prints an API key.\n\
                  `charter serve --help` lists every setting with its CHARTER_ variable.",
    max_term_width = 100
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct Global {
    /// TOML file with settings [env: CHARTER_CONFIG]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,

    /// Database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME
    /// [env: CHARTER_DATABASE] [default: sqlite://charter.db]
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    pub database: Option<String>,
}

impl Global {
    /// The configuration of a command that has no flags of its own for it.
    pub fn configuration(
        &self,
        environment: &Environment,
    ) -> Result<Configuration, ConfigurationError> {
        self.configuration_with(Flags::new(), environment)
    }

    /// The configuration with the command's own `flags` on top.
    pub fn configuration_with(
        &self,
        flags: Flags,
        environment: &Environment,
    ) -> Result<Configuration, ConfigurationError> {
        Configuration::load(
            flags.set("database", self.database.clone()),
            environment,
            self.config.as_deref(),
        )
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API, its documents and the documentation page
    ///
    /// Prepares the database, listens, and prints `listening on http://ADDRESS` once it is ready.
    /// SIGTERM and Ctrl-C stop it gracefully: requests and mail in hand are finished first.
    #[command(after_long_help = configuration::settings_help())]
    Serve(serve::Serve),

    /// Users, who own API keys and belong to organisations
    #[command(subcommand)]
    User(User),

    /// API keys
    #[command(subcommand)]
    Key(Key),

    /// Identity providers of organisations, for single sign-on by SAML 2.0
    ///
    /// Identity providers know this server by its metadata, which are at /v2/auth/saml/metadata of
    /// public_url, or of identity.saml.url.
    #[command(subcommand)]
    Saml(Saml),

    /// OAuth applications of organisations
    #[command(subcommand)]
    OauthApp(OauthApp),

    /// Prepare the database or bring it up to date, then stop
    ///
    /// `charter serve` does the same when it starts.
    Migrate(migrate::Migrate),

    /// Print one of the OpenAPI documents that this build serves
    Openapi(openapi::Openapi),
}

/// Commands on users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Create a user
    Create(user_create::UserCreate),
}

/// Commands on identity providers.
#[derive(Debug, Subcommand)]
pub enum Saml {
    /// Set up the identity provider of an organisation
    Add(saml_add::SamlAdd),

    /// List the identity providers that are set up
    List(saml_list::SamlList),

    /// Change an identity provider: its keys, its domains, whether it is the only way in
    Update(saml_update::SamlUpdate),

    /// Remove an identity provider
    ///
    /// People who have come by it keep account, membership and running sessions. Those without a
    /// password sign in with a link by mail from then on.
    Remove(saml_remove::SamlRemove),
}

/// Commands on OAuth applications.
#[derive(Debug, Subcommand)]
pub enum OauthApp {
    /// Register an application; its secret is printed once and stored only as a hash
    Create(oauth_app_create::OauthAppCreate),

    /// List the applications that are registered
    List(oauth_app_list::OauthAppList),

    /// Remove an application
    Remove(oauth_app_remove::OauthAppRemove),
}

/// Commands on API keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Create an API key for a user; the key is printed once and stored only as a hash
    Create(key_create::KeyCreate),
}
