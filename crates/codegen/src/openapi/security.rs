//! Security schemes and requirements.

use super::{Fields, Read};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// A way to authenticate.
#[derive(Debug)]
pub(crate) struct Scheme {
    pub(crate) kind: Option<SchemeKind>,
    /// `x-charter-credential`: what may be sent in it.
    pub(crate) credentials: Vec<Credential>,
}

/// What can be sent in a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// An API key.
    Key,
    /// The token of a session.
    Session,
}

/// The ways that Charter knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SchemeKind {
    /// `Authorization: Bearer`.
    Bearer,
    /// A key in a header.
    ApiKey { header: String },
}

/// One alternative of `security`: schemes that are needed together, with their scopes.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) at: Place,
    pub(crate) schemes: Vec<RequiredScheme>,
}

/// A scheme that a requirement names.
#[derive(Clone, Debug)]
pub(crate) struct RequiredScheme {
    pub(crate) name: String,
    pub(crate) at: Place,
    pub(crate) scopes: Vec<String>,
}

impl Read for Scheme {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a security scheme", diagnostics)?;
        fields.ignore(&["description", "bearerFormat"]);
        let kind = fields.required_string("type");
        let kind = match kind.as_deref() {
            Some("http") => match fields.required_string("scheme").as_deref() {
                Some("bearer") => Some(SchemeKind::Bearer),
                Some(other) => {
                    fields.report(
                        "scheme",
                        format!("the HTTP scheme {other} is not supported"),
                    );
                    None
                }
                None => None,
            },
            Some("apiKey") => {
                let header = fields.required_string("name");
                match fields.required_string("in").as_deref() {
                    Some("header") => header.map(|header| SchemeKind::ApiKey { header }),
                    Some(other) => {
                        fields.report("in", format!("a key in {other} is not supported"));
                        None
                    }
                    None => None,
                }
            }
            Some(other) => {
                fields.report("type", format!("the scheme {other} is not supported"));
                fields.ignore(&["flows", "openIdConnectUrl"]);
                None
            }
            None => None,
        };
        let credentials = if fields.has("x-charter-credential") {
            credentials(&mut fields)
        } else {
            vec![Credential::Key, Credential::Session]
        };
        fields.finish();
        Some(Self { kind, credentials })
    }
}

fn credentials(fields: &mut Fields<'_, '_>) -> Vec<Credential> {
    let mut credentials = Vec::new();
    for (name, _) in fields.strings("x-charter-credential") {
        match name.as_str() {
            "key" => credentials.push(Credential::Key),
            "session" => credentials.push(Credential::Session),
            other => fields.report(
                "x-charter-credential",
                format!("a credential is a key or a session, not {other}"),
            ),
        }
    }
    if credentials.is_empty() {
        fields.report("x-charter-credential", "nothing could be sent in it");
    }
    credentials
}

impl Read for Requirement {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a security requirement", diagnostics)?;
        let names: Vec<_> = fields
            .rest()
            .map(|(name, entry)| (name.to_owned(), entry.key.clone()))
            .collect();
        let schemes = names
            .into_iter()
            .map(|(name, at)| {
                let scopes = fields.strings(&name);
                RequiredScheme {
                    name,
                    at,
                    scopes: scopes.into_iter().map(|(scope, _)| scope).collect(),
                }
            })
            .collect();
        fields.finish();
        Some(Self {
            at: node.at.clone(),
            schemes,
        })
    }
}
