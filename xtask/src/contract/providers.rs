//! The providers of a contract run, and the configuration that leads to them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::environment::Python;
use crate::failure::{Context, Failure, wrong};
use crate::step;
use crate::workspace;

/// `tests/contract/providers.py` while it runs. Dropping it ends the process.
pub(super) struct Providers {
    address: String,
    process: Child,
}

impl Providers {
    /// Starts them on a free port.
    pub(super) fn start(python: &Python) -> Result<Self, Failure> {
        let mut process = Command::new(python.program("python"))
            .arg(workspace::root().join("tests/contract/providers.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // It ends when this does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("the providers could not be started")?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output)
                .read_line(&mut address)
                .context("the providers")?;
        }
        let providers = Self {
            address: address.trim().to_owned(),
            process,
        };
        if providers.address.is_empty() {
            return wrong("the providers do not say where they are");
        }
        Ok(providers)
    }

    /// Writes the configuration of a server that knows them into `folder`.
    pub(super) fn configuration(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let file = folder.join("charter.toml");
        fs::write(&file, settings(&self.address)).context(file.display())?;
        Ok(file)
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        step::end(&mut self.process);
    }
}

/// Where people would be sent to is nowhere: nobody is.
fn settings(at: &str) -> String {
    let registered = |provider: &str, addresses: &str| {
        format!(
            "[identity.{provider}]\n\
             client_id = 'charter'\n\
             client_secret = 'the-secret-of-charter-at-the-provider'\n\
             redirect_uris = ['https://charter.example/oauth/{provider}']\n\
             email_trust = 'always'\n\
             [identity.{provider}.addresses]\n\
             {addresses}\n"
        )
    };
    let openid = format!(
        "issuer = '{at}/openid'\n\
         endpoints = {{ token = '{at}/openid/token', keys = '{at}/openid/keys', \
         user_info = '{at}/openid/userinfo' }}"
    );
    [
        registered(
            "facebook",
            &format!("token = '{at}/facebook/oauth/access_token'\ngraph = '{at}/facebook'"),
        ),
        registered(
            "github",
            &format!("token = '{at}/github/login/oauth/access_token'\napi = '{at}/github/api'"),
        ),
        registered(
            "google",
            &format!("{openid}\ntoken_info = '{at}/google/tokeninfo'"),
        ),
        registered(
            "linkedin",
            &format!("{openid}\nintrospection = '{at}/linkedin/introspectToken'"),
        ),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn all_four_are_set_up() {
        let settings: toml::Table = settings("http://127.0.0.1:1").parse().unwrap();
        let identity = settings["identity"].as_table().unwrap();
        assert_eq!(identity.len(), 4);
        for (name, provider) in identity {
            for (key, address) in provider["addresses"].as_table().unwrap() {
                let text = format!("{address:?}");
                assert!(text.contains("http://127.0.0.1:1/"), "{name} {key}: {text}");
            }
        }
    }
}
