//! The commands of `charter`, one module each.

pub mod key_create;
pub mod migrate;
mod oauth_app;
pub mod oauth_app_create;
pub mod oauth_app_list;
pub mod oauth_app_remove;
pub mod openapi;
mod saml;
pub mod saml_add;
pub mod saml_list;
pub mod saml_remove;
pub mod saml_update;
pub mod serve;
pub mod user_create;

use std::io::{self, Write};

use crate::cli::{Cli, Command, Key, OauthApp, Saml, User};
use crate::configuration::Environment;

/// Why a command failed, in words for the person who typed it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command of `cli`.
pub async fn run(cli: Cli, environment: Environment) -> Result<(), Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Serve(serve) => serve.run(&global, &environment).await,
        Command::User(User::Create(create)) => create.run(&global, &environment).await,
        Command::Key(Key::Create(create)) => create.run(&global, &environment).await,
        Command::Saml(Saml::Add(add)) => add.run(&global, &environment).await,
        Command::Saml(Saml::List(list)) => list.run(&global, &environment).await,
        Command::Saml(Saml::Update(update)) => update.run(&global, &environment).await,
        Command::Saml(Saml::Remove(remove)) => remove.run(&global, &environment).await,
        Command::OauthApp(OauthApp::Create(create)) => create.run(&global, &environment).await,
        Command::OauthApp(OauthApp::List(list)) => list.run(&global, &environment).await,
        Command::OauthApp(OauthApp::Remove(remove)) => remove.run(&global, &environment).await,
        Command::Migrate(migrate) => migrate.run(&global, &environment).await,
        Command::Openapi(openapi) => openapi.run(&global, &environment),
    }
}

/// Writes `text` and an end of line to standard output at once, so that a
/// program at the other end of a pipe reads whole lines. A reader that went
/// away is not an error of ours.
fn print_line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| {
            if text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        })
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
