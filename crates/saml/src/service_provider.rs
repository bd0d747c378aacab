//! What identity providers have to know about us.

use std::error::Error;
use std::fmt;

use url::Url;

use crate::identity_provider::{is_entity_id, is_trustworthy};
use crate::name_id;
use crate::signing_key::SigningKey;
use crate::xml::{METADATA, PROTOCOL, SIGNATURE, escaped};

/// The binding by which responses come.
pub(crate) const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// Ourselves, to identity providers.
#[derive(Debug)]
pub struct ServiceProvider {
    entity_id: String,
    acs: Url,
    key: Option<SigningKey>,
}

/// Why we cannot be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceProviderFault {
    /// The entity id is empty, too long, or has white space.
    EntityId,
    /// Responses would not come over `https`.
    AssertionConsumerService,
}

impl ServiceProvider {
    /// Ourselves: our name, the address to which browsers bring responses, and the key that
    /// signs our requests, if they are to be signed.
    ///
    /// # Errors
    ///
    /// What makes them unusable.
    pub fn new(
        entity_id: impl Into<String>,
        acs: Url,
        key: Option<SigningKey>,
    ) -> Result<Self, ServiceProviderFault> {
        let entity_id = entity_id.into();
        if !is_entity_id(&entity_id) {
            return Err(ServiceProviderFault::EntityId);
        }
        if !is_trustworthy(&acs) {
            return Err(ServiceProviderFault::AssertionConsumerService);
        }
        Ok(Self {
            entity_id,
            acs,
            key,
        })
    }

    /// Our name.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where browsers bring responses.
    #[must_use]
    pub fn acs(&self) -> &Url {
        &self.acs
    }

    /// The key that signs our requests.
    #[must_use]
    pub fn key(&self) -> Option<&SigningKey> {
        self.key.as_ref()
    }

    /// Our metadata, an XML document.
    #[must_use]
    pub fn metadata(&self) -> String {
        let entity_id = escaped(&self.entity_id);
        let acs = escaped(self.acs.as_str());
        let signed = self.key.is_some();
        let key = self.key.as_ref().map_or_else(String::new, |key| {
            format!(
                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"{SIGNATURE}\">\
                 <ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
                 </ds:KeyInfo></md:KeyDescriptor>",
                key.certificate().to_base64()
            )
        });
        format!(
            "<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{entity_id}\">\
             <md:SPSSODescriptor AuthnRequestsSigned=\"{signed}\" WantAssertionsSigned=\"true\" \
             protocolSupportEnumeration=\"{PROTOCOL}\">{key}\
             <md:NameIDFormat>{}</md:NameIDFormat>\
             <md:NameIDFormat>{}</md:NameIDFormat>\
             <md:AssertionConsumerService Binding=\"{POST}\" Location=\"{acs}\" index=\"0\" \
             isDefault=\"true\"/></md:SPSSODescriptor></md:EntityDescriptor>",
            name_id::EMAIL,
            name_id::PERSISTENT,
        )
    }
}

impl fmt::Display for ServiceProviderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EntityId => "the entity id is empty, too long, or has white space",
            Self::AssertionConsumerService => {
                "the address of the assertion consumer service must be https"
            }
        })
    }
}

impl Error for ServiceProviderFault {}
