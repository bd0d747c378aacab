//! Responses, from the form field to the judgement.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use crate::assertion::{self, Assertion};
use crate::identity_provider::IdentityProvider;
use crate::refusal::{Refusal, SignatureFault, Status};
use crate::signature;
use crate::xml::{self, ASSERTION, Malformed, Node, PROTOCOL, SIGNATURE};

/// So long may the form field `SAMLResponse` be.
pub const MAX_RESPONSE_CHARACTERS: usize = 256 * 1024;

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const VERSION: &str = "2.0";

/// A response that nobody has judged yet.
#[derive(Clone)]
pub struct Received {
    xml: String,
    issuer: String,
    in_response_to: Option<String>,
}

/// What a response has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Our entity id.
    pub entity_id: &'a str,
    /// The addresses at which responses arrive here.
    pub addresses: &'a [&'a str],
    /// The id of the request that this identity provider has been sent and that nobody has
    /// answered; `None` if there is no such request.
    pub open_request: Option<&'a str>,
    /// The time.
    pub now: DateTime<Utc>,
}

impl Received {
    /// Reads the form field `SAMLResponse`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] if it is no response.
    pub fn read(field: &str) -> Result<Self, Refusal> {
        if field.len() > MAX_RESPONSE_CHARACTERS {
            return Err(Refusal::Malformed("the response is too large"));
        }
        let packed: String = field.chars().filter(|c| !xml::is_space(*c)).collect();
        let xml = STANDARD
            .decode(packed)
            .map_err(|_| Refusal::Malformed("the response is not base64"))?;
        let xml =
            String::from_utf8(xml).map_err(|_| Refusal::Malformed("the response is not UTF-8"))?;
        let (issuer, in_response_to) = {
            let document = xml::parse(&xml)?;
            let response = root(Node::root(&document)?)?;
            let issuer = match response.optional(ASSERTION, "Issuer")? {
                Some(issuer) => issuer,
                None => response
                    .optional(ASSERTION, "Assertion")?
                    .map(|assertion| assertion.optional(ASSERTION, "Issuer"))
                    .transpose()?
                    .flatten()
                    .ok_or(Malformed("the response has no issuer"))?,
            };
            (
                issuer.text()?,
                response.attribute("InResponseTo").map(str::to_owned),
            )
        };
        Ok(Self {
            xml,
            issuer,
            in_response_to,
        })
    }

    /// The entity id of the identity provider that this claims to come from. Good for looking the
    /// provider up, and for nothing else.
    #[must_use]
    pub fn claimed_issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of the request that this claims to answer. Good for looking the request up, and for
    /// nothing else.
    #[must_use]
    pub fn claimed_request(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// Judges the response. What it gives was signed by `provider`, for us, just now, in answer to
    /// the open request. That the request is answered and that the assertion was not seen before
    /// is the caller's to hold, in one transaction.
    ///
    /// # Errors
    ///
    /// Why the response is refused.
    pub fn judge(
        &self,
        provider: &IdentityProvider,
        expected: &Expected<'_>,
    ) -> Result<Assertion, Refusal> {
        if self.issuer != provider.entity_id() {
            return Err(Refusal::Issuer);
        }
        let document = xml::parse(&self.xml)?;
        let response = root(Node::root(&document)?)?;
        // A refusal of the identity provider is often unsigned, and has nothing to read.
        Envelope::read(response)?.succeeds()?;
        let places = Places::find(response)?;
        let certificates = provider.certificates();

        // Whatever is signed must be signed rightly.
        let signed_response = match places.response_signature {
            Some(signature) => Some(signature::verified(response, signature, certificates)?),
            None => None,
        };
        let signed_assertion = match places.assertion_signature {
            Some(signature) => Some(signature::verified(
                places.assertion,
                signature,
                certificates,
            )?),
            None => None,
        };

        // The envelope counts for refusing even when only the assertion is signed: what the assertion
        // says is checked as well, and that alone admits anybody.
        let signed_document = signed_response.as_deref().map(xml::parse).transpose()?;
        match &signed_document {
            Some(document) => {
                let envelope = Envelope::read(root(Node::root(document)?)?)?;
                if envelope.destination.is_none() {
                    return Err(Refusal::Destination);
                }
                envelope.fits(expected)?;
            }
            None => Envelope::read(response)?.fits(expected)?,
        }

        match (&signed_assertion, &signed_document) {
            (Some(bytes), _) => {
                let document = xml::parse(bytes)?;
                assertion::judged(Node::root(&document)?, provider, expected)
            }
            (None, Some(document)) => {
                let places = Places::find(root(Node::root(document)?)?)?;
                assertion::judged(places.assertion, provider, expected)
            }
            (None, None) => Err(Refusal::Signature(SignatureFault::Missing)),
        }
    }
}

impl fmt::Debug for Received {
    /// Without the response, which is a secret until it is used.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("issuer", &self.issuer)
            .field("in_response_to", &self.in_response_to)
            .finish_non_exhaustive()
    }
}

/// The element of a response.
fn root(element: Node<'_>) -> Result<Node<'_>, Malformed> {
    if !element.is(PROTOCOL, "Response") {
        return Err(Malformed("this is no response"));
    }
    if element.attribute("Version") != Some(VERSION) {
        return Err(Malformed("this is no response of SAML 2.0"));
    }
    Ok(element)
}

/// What stands around the assertion.
struct Envelope {
    destination: Option<String>,
    in_response_to: Option<String>,
    failure: Option<Status>,
}

impl Envelope {
    fn read(response: Node<'_>) -> Result<Self, Malformed> {
        let status = response
            .optional(PROTOCOL, "Status")?
            .ok_or(Malformed("the response has no status"))?;
        let code = status
            .optional(PROTOCOL, "StatusCode")?
            .ok_or(Malformed("the status has no code"))?;
        let value = code.attribute("Value").unwrap_or_default();
        let finer = code
            .optional(PROTOCOL, "StatusCode")?
            .and_then(|finer| finer.attribute("Value"));
        Ok(Self {
            destination: response.attribute("Destination").map(str::to_owned),
            in_response_to: response.attribute("InResponseTo").map(str::to_owned),
            failure: (value != SUCCESS).then(|| Status::read(finer.unwrap_or(value))),
        })
    }

    fn succeeds(&self) -> Result<(), Refusal> {
        match self.failure {
            Some(status) => Err(Refusal::Status(status)),
            None => Ok(()),
        }
    }

    fn fits(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        self.succeeds()?;
        if let Some(destination) = &self.destination
            && !expected.addresses.contains(&destination.as_str())
        {
            return Err(Refusal::Destination);
        }
        if self.in_response_to.is_none() || self.in_response_to.as_deref() != expected.open_request
        {
            return Err(Refusal::UnknownRequest);
        }
        Ok(())
    }
}

/// The assertion and the signatures, all of which stand where they belong.
struct Places<'d> {
    assertion: Node<'d>,
    response_signature: Option<Node<'d>>,
    assertion_signature: Option<Node<'d>>,
}

impl<'d> Places<'d> {
    /// Finds them, and nothing of their kind anywhere else. Two elements are never equal in name or id, so
    /// that whatever a signature is for is what is read.
    fn find(response: Node<'d>) -> Result<Self, Refusal> {
        let mut assertions = Vec::new();
        let mut signatures = Vec::new();
        let mut ids = HashSet::new();
        for element in response.descendants() {
            if element.is(ASSERTION, "EncryptedAssertion") {
                return Err(Refusal::Encrypted);
            } else if element.is(ASSERTION, "Assertion") {
                assertions.push(element);
            } else if element.is(SIGNATURE, "Signature") {
                signatures.push(element);
            } else if element.is(PROTOCOL, "Response") && element.id() != response.id() {
                return Err(Refusal::Wrapping("there is a response in the response"));
            }
            for (name, value) in element.attributes() {
                let is_id = name.eq_ignore_ascii_case("ID") || name == "AssertionID";
                if is_id && !ids.insert(value) {
                    return Err(Refusal::Wrapping("two elements have the same id"));
                }
            }
        }
        let assertion = match assertions.as_slice() {
            [] => return Err(Refusal::Malformed("the response has no assertion")),
            [assertion] if stands_in(*assertion, response) => *assertion,
            [_] => return Err(Refusal::Wrapping("the assertion stands elsewhere")),
            _ => return Err(Refusal::Wrapping("there is more than one assertion")),
        };
        let mut places = Self {
            assertion,
            response_signature: None,
            assertion_signature: None,
        };
        for signature in signatures {
            let place = if stands_in(signature, response) {
                &mut places.response_signature
            } else if stands_in(signature, assertion) {
                &mut places.assertion_signature
            } else {
                return Err(Refusal::Wrapping("a signature stands elsewhere"));
            };
            if place.replace(signature).is_some() {
                return Err(Refusal::Wrapping("something is signed twice"));
            }
        }
        Ok(places)
    }
}

/// Whether an element stands directly in another.
fn stands_in(element: Node<'_>, other: Node<'_>) -> bool {
    element
        .parent()
        .is_some_and(|parent| parent.id() == other.id())
}
