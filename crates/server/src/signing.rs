//! What is configured about signing legal documents.

use std::sync::Arc;

use charter_persistence::{SignedBy, SigningOptions, SigningProvider};
use reqwest::ClientBuilder;

use crate::command::Failure;
use crate::configuration::{Signing, SigningProviderKind};
use crate::pandadoc::PandaDoc;

/// The same for the store. PandaDoc can be asked as soon as it has a key, also when new
/// documents are signed here: earlier ones may be there. `client` brings what has been
/// decided about proxies.
pub fn options(signing: &Signing, client: ClientBuilder) -> Result<SigningOptions, Failure> {
    let Signing {
        provider,
        pandadoc,
        operator,
    } = signing;
    let asked = match &pandadoc.api_key {
        None => None,
        Some(_) => Some(Arc::new(PandaDoc::new(pandadoc, client)?) as Arc<dyn SigningProvider>),
    };
    Ok(SigningOptions {
        provider: match provider {
            SigningProviderKind::BuiltIn => SignedBy::BuiltIn,
            SigningProviderKind::Pandadoc => SignedBy::PandaDoc,
        },
        pandadoc: asked,
        poll_seconds: i64::from(pandadoc.poll_seconds),
        operator_name: operator.name.clone(),
        operator_address: operator.address.clone(),
    })
}
