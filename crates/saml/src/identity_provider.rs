//! Identity providers, from their metadata.

use std::error::Error;
use std::fmt;

use chrono::{DateTime, Utc};
use url::{Host, Url};

use crate::certificate::{Certificate, CertificateFault};
use crate::name_id;
use crate::time;
use crate::xml::{self, METADATA, Malformed, Node, PROTOCOL, SIGNATURE};

/// Metadata of one provider is not larger.
pub const MAX_METADATA_BYTES: usize = 512 * 1024;

/// Entity ids are no longer (SAML metadata, 2.2.1).
pub(crate) const MAX_ENTITY_ID_BYTES: usize = 1024;

/// Providers that change their key announce two; more than this is no provider.
const MAX_CERTIFICATES: usize = 8;

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// An identity provider: where people go, and by which keys its answers are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    entity_id: String,
    sso_url: Url,
    certificates: Vec<Certificate>,
    name_id_format: Option<String>,
    signed_requests: bool,
}

/// Why an identity provider cannot be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataFault {
    /// It is larger than [`MAX_METADATA_BYTES`].
    TooLarge,
    /// It is not XML, has a document type, or is not the metadata of one identity provider.
    Malformed(&'static str),
    /// Its `validUntil` has passed.
    Expired,
    /// It has no entity id that can be used.
    EntityId,
    /// It has no address for single sign-on by redirection, over `https`.
    SingleSignOn,
    /// It has no certificate to sign with, or too many.
    Certificates,
    /// One of its certificates cannot be used.
    Certificate(CertificateFault),
}

impl IdentityProvider {
    /// An identity provider of which these are known.
    ///
    /// # Errors
    ///
    /// What makes it unusable.
    pub fn new(
        entity_id: impl Into<String>,
        sso_url: Url,
        certificates: Vec<Certificate>,
    ) -> Result<Self, MetadataFault> {
        let entity_id = entity_id.into();
        if !is_entity_id(&entity_id) {
            return Err(MetadataFault::EntityId);
        }
        if !is_trustworthy(&sso_url) {
            return Err(MetadataFault::SingleSignOn);
        }
        if certificates.is_empty() || certificates.len() > MAX_CERTIFICATES {
            return Err(MetadataFault::Certificates);
        }
        Ok(Self {
            entity_id,
            sso_url,
            certificates,
            name_id_format: None,
            signed_requests: false,
        })
    }

    /// The same, asked for names of this format.
    #[must_use]
    pub fn with_name_id_format(self, format: impl Into<String>) -> Self {
        Self {
            name_id_format: Some(format.into()),
            ..self
        }
    }

    /// The same, which takes signed requests alone.
    #[must_use]
    pub fn with_signed_requests(self) -> Self {
        Self {
            signed_requests: true,
            ..self
        }
    }

    /// Reads the metadata of one identity provider. Who brings it vouches for it: a signature in
    /// it is not looked at.
    ///
    /// # Errors
    ///
    /// What makes it unusable.
    pub fn from_metadata(xml: &str, now: DateTime<Utc>) -> Result<Self, MetadataFault> {
        if xml.len() > MAX_METADATA_BYTES {
            return Err(MetadataFault::TooLarge);
        }
        let document = xml::parse(xml)?;
        let entity = Node::root(&document)?;
        if !entity.is(METADATA, "EntityDescriptor") {
            return Err(Malformed("this is not the metadata of one provider").into());
        }
        in_force(entity, now)?;
        let mut roles = entity
            .all(METADATA, "IDPSSODescriptor")
            .filter(|role| speaks_saml_2(*role));
        let (Some(role), None) = (roles.next(), roles.next()) else {
            return Err(Malformed("this is not the metadata of one identity provider").into());
        };
        in_force(role, now)?;

        let entity_id = entity.attribute("entityID").unwrap_or_default();
        let sso_url = role
            .all(METADATA, "SingleSignOnService")
            .filter(|service| service.attribute("Binding") == Some(REDIRECT))
            .find_map(|service| Url::parse(service.attribute("Location")?).ok())
            .ok_or(MetadataFault::SingleSignOn)?;
        let provider = Self::new(entity_id, sso_url, certificates(role)?)?;
        Ok(Self {
            name_id_format: name_id_format(role)?,
            signed_requests: matches!(
                role.attribute("WantAuthnRequestsSigned"),
                Some("true" | "1")
            ),
            ..provider
        })
    }

    /// Who it is.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where people go to sign in.
    #[must_use]
    pub fn sso_url(&self) -> &Url {
        &self.sso_url
    }

    /// The certificates of its keys, any of which may sign.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The format of the names that we ask for.
    #[must_use]
    pub fn name_id_format(&self) -> Option<&str> {
        self.name_id_format.as_deref()
    }

    /// Whether it takes signed requests alone.
    #[must_use]
    pub fn wants_signed_requests(&self) -> bool {
        self.signed_requests
    }
}

/// The certificates of the keys that sign: those for signing, and those for everything.
fn certificates(role: Node<'_>) -> Result<Vec<Certificate>, MetadataFault> {
    let mut certificates = Vec::new();
    for key in role.all(METADATA, "KeyDescriptor") {
        if key.attribute("use").is_some_and(|it| it != "signing") {
            continue;
        }
        let data = key
            .all(SIGNATURE, "KeyInfo")
            .flat_map(|info| info.all(SIGNATURE, "X509Data"))
            .flat_map(|data| data.all(SIGNATURE, "X509Certificate"));
        for text in data {
            let certificate =
                Certificate::from_base64(&text.text()?).map_err(MetadataFault::Certificate)?;
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
            if certificates.len() > MAX_CERTIFICATES {
                return Err(MetadataFault::Certificates);
            }
        }
    }
    Ok(certificates)
}

/// The most useful of the formats that it offers. Transient names are asked for only where there
/// is nothing else: tomorrow nobody is called so.
fn name_id_format(role: Node<'_>) -> Result<Option<String>, MetadataFault> {
    let offered: Vec<String> = role
        .all(METADATA, "NameIDFormat")
        .map(Node::text)
        .collect::<Result<_, _>>()?;
    let preferred = [name_id::EMAIL, name_id::PERSISTENT, name_id::UNSPECIFIED];
    let best = preferred
        .into_iter()
        .find(|format| offered.iter().any(|offer| offer == format));
    Ok(best
        .map(str::to_owned)
        .or_else(|| offered.into_iter().next()))
}

fn speaks_saml_2(role: Node<'_>) -> bool {
    role.attribute("protocolSupportEnumeration")
        .is_some_and(|protocols| protocols.split_ascii_whitespace().any(|it| it == PROTOCOL))
}

fn in_force(element: Node<'_>, now: DateTime<Utc>) -> Result<(), MetadataFault> {
    match element.attribute("validUntil") {
        Some(until) if time::has_passed(time::read(until)?, now) => Err(MetadataFault::Expired),
        _ => Ok(()),
    }
}

/// Whether this can be the name of a provider.
pub(crate) fn is_entity_id(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c.is_whitespace();
    !text.is_empty() && text.len() <= MAX_ENTITY_ID_BYTES && !text.contains(is_odd)
}

/// Whether people may be sent there: over TLS, or on this very machine, where nobody listens.
pub(crate) fn is_trustworthy(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    is_private && url.host().is_some() && url.username().is_empty() && url.password().is_none()
}

impl From<Malformed> for MetadataFault {
    fn from(Malformed(why): Malformed) -> Self {
        Self::Malformed(why)
    }
}

impl fmt::Display for MetadataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the metadata is too large"),
            Self::Malformed(why) => f.write_str(why),
            Self::Expired => f.write_str("the metadata is not valid any more"),
            Self::EntityId => f.write_str("there is no entity id that can be used"),
            Self::SingleSignOn => {
                f.write_str("there is no address for single sign-on by HTTP-Redirect over https")
            }
            Self::Certificates => write!(
                f,
                "there must be between 1 and {MAX_CERTIFICATES} certificates for signing"
            ),
            Self::Certificate(fault) => write!(f, "a certificate cannot be used: {fault}"),
        }
    }
}

impl Error for MetadataFault {}
