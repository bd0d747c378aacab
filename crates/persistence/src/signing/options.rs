//! What the operator decides about signing.

use std::fmt;
use std::sync::Arc;

use super::SigningProvider;
use crate::entity::legal_document::Provider;

/// What the operator decides about signing.
#[derive(Clone)]
pub struct SigningOptions {
    /// Who collects the signatures of new documents.
    pub provider: Provider,
    /// How PandaDoc is asked; also for documents that went there before.
    pub pandadoc: Option<Arc<dyn SigningProvider>>,
    /// Seconds between two looks at what a service has; they grow to 15 minutes.
    pub poll_seconds: i64,
    /// The name of the other side of the agreements; by default the host of the public
    /// address.
    pub operator_name: Option<String>,
    /// Its postal address.
    pub operator_address: Option<String>,
}

impl Default for SigningOptions {
    fn default() -> Self {
        Self {
            provider: Provider::BuiltIn,
            pandadoc: None,
            poll_seconds: 60,
            operator_name: None,
            operator_address: None,
        }
    }
}

impl fmt::Debug for SigningOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningOptions")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
