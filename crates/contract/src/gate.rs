//! Credentials and scopes: who may pass.

use std::net::IpAddr;

use poem::Request;
use poem::http::{HeaderValue, header};

use crate::caller::{Authenticator, Credential, Identity};
use crate::limiter::{Decision, Limiter, Proof};
use crate::operation::{CredentialKind, Operation, Requirement, Scheme};
use crate::problem::{Problem, kind};

/// Why nobody has passed yet, the most telling last.
enum Refusal<'a> {
    Missing,
    Unknown,
    Scopes(&'a Requirement, Vec<&'a str>),
}

/// Why a request does not pass.
pub(crate) enum Closed {
    /// For want of a credential or of its scopes.
    Refused(Problem),
    /// Too many credentials from its address were refused before.
    Limited(Decision),
}

/// The identity of the first alternative that a credential of the request
/// fulfils, scopes included.
pub(crate) async fn authenticate(
    authenticator: &dyn Authenticator,
    limiter: &dyn Limiter,
    operation: &'static Operation,
    request: &Request,
    remote: Option<IpAddr>,
) -> Result<Identity, Closed> {
    let mut refusal = Refusal::Missing;
    for requirement in operation.security {
        let text = match presented(requirement.scheme, request) {
            Presented::Nothing => continue,
            Presented::Malformed => None,
            Presented::Text(text) => Some(text),
        };
        let identity = match text {
            Some(text) => {
                let credential = Credential(text);
                if let Some(decision) = limiter.guess(remote, credential) {
                    return Err(Closed::Limited(decision));
                }
                let identity = authenticator
                    .authenticate(credential)
                    .await
                    .map_err(|failure| Closed::Refused(failure.into_problem()))?;
                let proof = match identity {
                    Some(_) => Proof::Genuine,
                    None => Proof::Refused,
                };
                limiter.guessed(remote, credential, proof);
                identity
            }
            None => None,
        };
        // A session's token where keys belong opens nothing, and the other way round.
        let identity = identity.filter(|identity| requirement.credentials.contains(&identity.kind));
        let Some(identity) = identity else {
            if matches!(refusal, Refusal::Missing) {
                refusal = Refusal::Unknown;
            }
            continue;
        };
        let missing: Vec<&str> = requirement
            .scopes
            .iter()
            .copied()
            .filter(|scope| !identity.scopes.contains(scope))
            .collect();
        if missing.is_empty() {
            return Ok(identity);
        }
        refusal = Refusal::Scopes(requirement, missing);
    }
    Err(Closed::Refused(refuse(operation, &refusal)))
}

/// What a request has in the place of a scheme.
enum Presented<'a> {
    Nothing,
    Malformed,
    Text(&'a str),
}

fn presented(scheme: Scheme, request: &Request) -> Presented<'_> {
    let name = match scheme {
        Scheme::Bearer => header::AUTHORIZATION.as_str(),
        Scheme::Header(name) => name,
    };
    let mut fields = request.headers().get_all(name).iter();
    let field = match (fields.next(), fields.next()) {
        (None, _) => return Presented::Nothing,
        (Some(field), None) => field.to_str(),
        (Some(_), Some(_)) => return Presented::Malformed,
    };
    let Ok(field) = field else {
        return Presented::Malformed;
    };
    let text = match scheme {
        Scheme::Bearer => {
            let (scheme, token) = field.split_once(' ').unwrap_or((field, ""));
            // Another scheme says nothing about this one (RFC 6750 section 3.1).
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Presented::Nothing;
            }
            token.trim()
        }
        Scheme::Header(_) => field.trim(),
    };
    if text.is_empty() {
        Presented::Malformed
    } else {
        Presented::Text(text)
    }
}

fn refuse(operation: &Operation, refusal: &Refusal<'_>) -> Problem {
    let (kind, detail, error) = match refusal {
        Refusal::Missing => (
            &kind::UNAUTHORIZED,
            format!("Send a valid {}.", accepted(operation)),
            String::new(),
        ),
        Refusal::Unknown => (
            &kind::UNAUTHORIZED,
            format!(
                "The {} is unknown, expired or revoked.",
                accepted(operation)
            ),
            ", error=\"invalid_token\"".to_owned(),
        ),
        Refusal::Scopes(requirement, missing) => (
            &kind::FORBIDDEN,
            format!("The credential lacks the scope {}.", missing.join(", ")),
            format!(
                ", error=\"insufficient_scope\", scope=\"{}\"",
                requirement.scopes.join(" ")
            ),
        ),
    };
    let problem = Problem::new(kind, detail);
    challenges(operation)
        .into_iter()
        .filter_map(|scheme| match scheme {
            // RFC 6750 section 3 defines the parameters; other schemes have none.
            "Bearer" => HeaderValue::try_from(format!("Bearer realm=\"charter\"{error}")).ok(),
            other => HeaderValue::try_from(format!("{other} realm=\"charter\"")).ok(),
        })
        .fold(problem, |problem, challenge| {
            problem.with_header(header::WWW_AUTHENTICATE, challenge)
        })
}

/// What an operation can be called with, in words.
pub(crate) fn accepted(operation: &Operation) -> &'static str {
    let accepts = |kind| {
        operation
            .security
            .iter()
            .any(|requirement| requirement.credentials.contains(&kind))
    };
    match (
        accepts(CredentialKind::Key),
        accepts(CredentialKind::Session),
    ) {
        (true, false) => "API key",
        (false, true) => "session token",
        _ => "API key or session token",
    }
}

/// The schemes of an operation, each once.
fn challenges(operation: &Operation) -> Vec<&'static str> {
    let mut schemes = Vec::new();
    for requirement in operation.security {
        let scheme = match requirement.scheme {
            Scheme::Bearer => "Bearer",
            Scheme::Header(_) => "ApiKey",
        };
        if !schemes.contains(&scheme) {
            schemes.push(scheme);
        }
    }
    schemes
}
