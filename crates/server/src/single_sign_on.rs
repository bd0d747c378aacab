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

/// A file that is PEM, as the protocol wants it.
fn text(name: &str, path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| format!("{name}: {} cannot be read: {error}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::configured;
    use crate::configuration::Saml;
    use charter_issuer::keys;
    use std::fs;
    use tempfile::TempDir;
    use url::Url;

    fn public_url() -> Url {
        Url::parse("https://charter.example").unwrap()
    }

    /// Settings with these two files.
    fn settings(folder: &TempDir, key: &str, certificate: &str) -> Saml {
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            Some(path)
        };
        Saml {
            url: None,
            key_file: file("key.pem", key),
            certificate_file: file("certificate.pem", certificate),
        }
    }

    #[test]
    fn what_is_not_configured_is_left_to_the_public_address() {
        assert!(
            configured(&Saml::default(), &public_url())
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_key_and_an_address_are_taken() {
        let folder = TempDir::new().unwrap();
        let saml = Saml {
            url: Some("https://api.example/charter".to_owned()),
            ..settings(&folder, keys::SERVICE_KEY, keys::SERVICE)
        };
        let us = configured(&saml, &public_url()).unwrap().unwrap();
        assert_eq!(
            us.acs().as_str(),
            "https://api.example/charter/v2/auth/saml/acs"
        );
        assert!(us.key().is_some());
        let saml = settings(&folder, keys::SERVICE_KEY, keys::SERVICE);
        let us = configured(&saml, &public_url()).unwrap().unwrap();
        assert_eq!(
            us.acs().as_str(),
            "https://charter.example/v2/auth/saml/acs"
        );
    }

    #[test]
    fn mistakes_are_named() {
        let folder = TempDir::new().unwrap();
        let good = settings(&folder, keys::SERVICE_KEY, keys::SERVICE);
        let missing = Saml {
            key_file: Some("/nowhere.pem".into()),
            ..good.clone()
        };
        let plain = Saml {
            url: Some("http://charter.example".to_owned()),
            ..Saml::default()
        };
        let elsewhere = TempDir::new().unwrap();
        let mismatched = settings(&elsewhere, keys::SERVICE_KEY, keys::STRANGER);
        for (saml, words) in [
            (missing, ["identity.saml.key_file", "/nowhere.pem"]),
            (plain, ["identity.saml.url", "https"]),
            (mismatched, ["identity.saml.key_file", "another key"]),
        ] {
            let error = configured(&saml, &public_url()).unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{word} in {error}");
            }
        }
    }
}
