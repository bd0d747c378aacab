//! Assertions, which say who somebody is.

use chrono::{DateTime, Utc};

use crate::identity_provider::IdentityProvider;
use crate::name_id::{self, NameId};
use crate::refusal::Refusal;
use crate::response::Expected;
use crate::time;
use crate::xml::{ASSERTION, Malformed, Node};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// No mail address is longer (RFC 5321).
const MAX_ADDRESS_BYTES: usize = 254;

/// Longer names are not taken.
const MAX_NAME_CHARACTERS: usize = 200;

/// Identifiers of others are kept up to this length, which is what SAML gives persistent names.
const MAX_IDENTIFIER_BYTES: usize = 256;

/// Who somebody is, as an identity provider has signed it, for us, in answer to an open request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its id, unique at this provider: it counts once.
    pub id: String,
    /// The entity id of the identity provider.
    pub issuer: String,
    /// The id of the request that it answers.
    pub in_response_to: String,
    /// How the provider names the person.
    pub name_id: NameId,
    /// The person's mail address, as the provider writes it. Whether the provider may speak for
    /// its domain is the caller's to know.
    pub email: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// What the provider calls this sign-in.
    pub session_index: Option<String>,
    /// From then on nobody takes it, but for [`crate::SKEW`]; its id has to be remembered until both
    /// have passed.
    pub not_on_or_after: DateTime<Utc>,
}

/// Judges an assertion that was read from verified bytes.
pub(crate) fn judged(
    assertion: Node<'_>,
    provider: &IdentityProvider,
    expected: &Expected<'_>,
) -> Result<Assertion, Refusal> {
    if !assertion.is(ASSERTION, "Assertion") || assertion.attribute("Version") != Some("2.0") {
        return Err(Malformed("this is no assertion of SAML 2.0").into());
    }
    let id = identifier(assertion.attribute("ID").unwrap_or_default())
        .ok_or(Malformed("the assertion has no id"))?;
    let issuer = required(assertion, "Issuer")?;
    let is_entity = issuer.attribute("Format").is_none_or(|it| it == ENTITY);
    if !is_entity || issuer.text()? != provider.entity_id() {
        return Err(Refusal::Issuer);
    }
    let issued = assertion
        .attribute("IssueInstant")
        .ok_or(Malformed("the assertion has no date"))?;
    if !time::has_come(time::read(issued)?, expected.now) {
        return Err(Refusal::Early);
    }

    let subject = required(assertion, "Subject")?;
    let (in_response_to, confirmed_until) = confirmation(subject, expected)?;
    let valid_until = conditions(required(assertion, "Conditions")?, expected)?;
    let session_index = authentication(assertion, expected)?;

    let name_id = name(subject)?;
    let attributes = Attributes::read(assertion)?;
    Ok(Assertion {
        id,
        issuer: provider.entity_id().to_owned(),
        in_response_to,
        email: address(&name_id, &attributes).ok_or(Refusal::Address)?,
        first_name: attributes.name(FIRST_NAME),
        last_name: attributes.name(LAST_NAME),
        display_name: attributes.name(DISPLAY_NAME),
        name_id,
        session_index,
        not_on_or_after: valid_until.map_or(confirmed_until, |until| until.min(confirmed_until)),
    })
}

/// How the provider names the person.
fn name(subject: Node<'_>) -> Result<NameId, Refusal> {
    if subject.optional(ASSERTION, "EncryptedID")?.is_some() {
        return Err(Refusal::Encrypted);
    }
    let name = required(subject, "NameID")?;
    Ok(NameId {
        value: identifier(&name.text()?).ok_or(Malformed("the person has no name"))?,
        format: name.attribute("Format").map(str::to_owned),
    })
}

/// Which request the assertion answers, and until when its bearer may use it. One confirmation that
/// fits is enough; when none does, the first says why.
fn confirmation(
    subject: Node<'_>,
    expected: &Expected<'_>,
) -> Result<(String, DateTime<Utc>), Refusal> {
    let mut refusal = None;
    for confirmation in subject.all(ASSERTION, "SubjectConfirmation") {
        if confirmation.attribute("Method") != Some(BEARER) {
            continue;
        }
        match bearer(confirmation, expected) {
            Ok(confirmed) => return Ok(confirmed),
            Err(why) => refusal.get_or_insert(why),
        };
    }
    Err(refusal.unwrap_or(Refusal::Confirmation))
}

fn bearer(
    confirmation: Node<'_>,
    expected: &Expected<'_>,
) -> Result<(String, DateTime<Utc>), Refusal> {
    let data = confirmation
        .optional(ASSERTION, "SubjectConfirmationData")?
        .ok_or(Refusal::Confirmation)?;
    let recipient = data.attribute("Recipient").ok_or(Refusal::Recipient)?;
    if !expected.addresses.contains(&recipient) {
        return Err(Refusal::Recipient);
    }
    // Without an end, whoever finds the assertion could use it for ever.
    let until = data
        .attribute("NotOnOrAfter")
        .ok_or(Refusal::Confirmation)?;
    let until = within(data.attribute("NotBefore"), Some(until), expected)?;
    let until = until.ok_or(Refusal::Confirmation)?;
    match (data.attribute("InResponseTo"), expected.open_request) {
        (Some(answered), Some(open)) if answered == open => Ok((answered.to_owned(), until)),
        _ => Err(Refusal::UnknownRequest),
    }
}

/// Until when the conditions hold, all of which must.
fn conditions(
    conditions: Node<'_>,
    expected: &Expected<'_>,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    let mut is_for_us = false;
    for condition in conditions.children() {
        if condition.is(ASSERTION, "AudienceRestriction") {
            let mut audiences = condition.all(ASSERTION, "Audience").map(Node::text);
            if !audiences.any(|audience| audience.as_deref() == Ok(expected.entity_id)) {
                return Err(Refusal::Audience);
            }
            is_for_us = true;
        } else if !condition.is(ASSERTION, "OneTimeUse")
            && !condition.is(ASSERTION, "ProxyRestriction")
        {
            // A condition that one does not understand is one that one cannot hold.
            return Err(Malformed("the assertion has a condition of an unknown kind").into());
        }
    }
    if !is_for_us {
        return Err(Refusal::Audience);
    }
    within(
        conditions.attribute("NotBefore"),
        conditions.attribute("NotOnOrAfter"),
        expected,
    )
}

/// What the provider calls the sign-in, which must not have ended there.
fn authentication(assertion: Node<'_>, expected: &Expected<'_>) -> Result<Option<String>, Refusal> {
    let statement = assertion
        .all(ASSERTION, "AuthnStatement")
        .next()
        .ok_or(Refusal::Confirmation)?;
    within(None, statement.attribute("SessionNotOnOrAfter"), expected)?;
    Ok(statement.attribute("SessionIndex").and_then(identifier))
}

/// The end of a window of time in which we are.
fn within(
    not_before: Option<&str>,
    not_on_or_after: Option<&str>,
    expected: &Expected<'_>,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    if let Some(start) = not_before
        && !time::has_come(time::read(start)?, expected.now)
    {
        return Err(Refusal::Early);
    }
    let end = not_on_or_after.map(time::read).transpose()?;
    if end.is_some_and(|end| time::has_passed(end, expected.now)) {
        return Err(Refusal::Late);
    }
    Ok(end)
}

const EMAIL: &[&str] = &[
    "email",
    "mail",
    "emailaddress",
    "email_address",
    "user.email",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];
const FIRST_NAME: &[&str] = &[
    "givenname",
    "firstname",
    "first_name",
    "user.firstname",
    "urn:oid:2.5.4.42",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
];
const LAST_NAME: &[&str] = &[
    "sn",
    "surname",
    "lastname",
    "last_name",
    "user.lastname",
    "urn:oid:2.5.4.4",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
];
const DISPLAY_NAME: &[&str] = &[
    "displayname",
    "display_name",
    "cn",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "urn:oid:2.5.4.3",
    "http://schemas.microsoft.com/identity/claims/displayname",
];

/// Attributes by their names in lower case, with their first values.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn read(assertion: Node<'_>) -> Result<Self, Refusal> {
        let mut attributes = Vec::new();
        let statements = assertion.all(ASSERTION, "AttributeStatement");
        for attribute in statements.flat_map(|it| it.all(ASSERTION, "Attribute")) {
            let name = attribute.attribute("Name").unwrap_or_default();
            // Values that are no text are other people's.
            let value = attribute.all(ASSERTION, "AttributeValue").next();
            if let Some(Ok(value)) = value.map(Node::text) {
                attributes.push((name.to_ascii_lowercase(), value));
            }
        }
        Ok(Self(attributes))
    }

    /// The value of the first of these attributes that is there.
    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|wanted| {
            let (_, value) = self.0.iter().find(|(name, _)| name == wanted)?;
            (!value.is_empty()).then_some(value.as_str())
        })
    }

    /// The same, if it can be somebody's name.
    fn name(&self, names: &[&str]) -> Option<String> {
        let name = self.first(names)?;
        let fits = !name.contains(char::is_control) && name.chars().count() <= MAX_NAME_CHARACTERS;
        fits.then(|| name.to_owned())
    }
}

/// The mail address: the name, if it is said to be one, else an attribute, else the name, if it looks
/// like one and nothing else is said about it.
fn address(name: &NameId, attributes: &Attributes) -> Option<String> {
    let address = match name.format.as_deref() {
        Some(name_id::EMAIL) => Some(name.value.as_str()),
        None | Some(name_id::UNSPECIFIED) => attributes.first(EMAIL).or(Some(&name.value)),
        Some(_) => attributes.first(EMAIL),
    };
    address
        .filter(|address| is_address(address))
        .map(str::to_owned)
}

/// Whether this can be an address. The rules for addresses are the caller's; here only what would
/// mislead people is kept out.
fn is_address(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "<>()[]\\,;:\"".contains(c);
    text.len() <= MAX_ADDRESS_BYTES
        && !text.contains(is_odd)
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
}

/// An identifier that can be kept.
fn identifier(text: &str) -> Option<String> {
    let fits =
        !text.is_empty() && text.len() <= MAX_IDENTIFIER_BYTES && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

/// The one element of this name.
fn required<'d>(element: Node<'d>, name: &str) -> Result<Node<'d>, Malformed> {
    element
        .optional(ASSERTION, name)?
        .ok_or(Malformed("the assertion lacks an element"))
}
