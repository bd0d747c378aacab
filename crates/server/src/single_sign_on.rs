//! This server as identity providers know it, from the configuration.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use charter_persistence::service_provider;
use charter_saml::{ServiceProvider, SigningKey};
use url::Url;

use crate::command::Failure;
use crate::configuration::Saml;

/// What is configured, if anything is; without that, identity providers know the server
/// by `public_url`, if they can.
pub fn configured(saml: &Saml, public_url: &Url) -> Result<Option<Arc<ServiceProvider>>, Failure> {
    let Saml {
        url,
        key_file,
        certificate_file,
    } = saml;
    let key = match (key_file, certificate_file) {
        (Some(key), Some(certificate)) => Some(
            SigningKey::from_pem(
                &text("identity.saml.key_file", key)?,
                &text("identity.saml.certificate_file", certificate)?,
            )
            .map_err(|fault| format!("identity.saml.key_file: {fault}"))?,
        ),
        _ => None,
    };
    let (name, url) = match url {
        Some(url) => {
            let url = Url::parse(url).map_err(|error| format!("identity.saml.url: {error}"))?;
            ("identity.saml.url", url)
        }
        None if key.is_none() => return Ok(None),
        None => ("public_url", public_url.clone()),
    };
    let us = service_provider(&url, key).map_err(|fault| format!("{name}: `{url}`: {fault}"))?;
    Ok(Some(Arc::new(us)))
}

fn text(name: &str, path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| format!("{name}: {} cannot be read: {error}", path.display()).into())
}
