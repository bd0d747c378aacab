//! Credentials and scopes: who may pass.

use poem::Request;
use poem::http::{HeaderValue, header};

use crate::caller::{Authenticator, Credential, Identity};
use crate::failure::Internal;
use crate::operation::{Operation, Requirement, Scheme};
use crate::problem::{Problem, kind};

/// Why nobody has passed yet, the most telling last.
enum Refusal<'a> {
    Missing,
    Unknown,
    Scopes(&'a Requirement, Vec<&'a str>),
}

/// The identity of the first alternative that a credential of the request
/// fulfils, scopes included.
pub(crate) async fn authenticate(
    authenticator: &dyn Authenticator,
    operation: &'static Operation,
    request: &Request,
) -> Result<Identity, Problem> {
    let mut refusal = Refusal::Missing;
    for requirement in operation.security {
        let text = match presented(requirement.scheme, request) {
            Presented::Nothing => continue,
            Presented::Malformed => None,
            Presented::Text(text) => Some(text),
        };
        let identity = match text {
            Some(text) => authenticator
                .authenticate(Credential(text))
                .await
                .map_err(Internal::into_problem)?,
            None => None,
        };
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
    Err(refuse(operation, &refusal))
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
            "Send a valid API key.".to_owned(),
            String::new(),
        ),
        Refusal::Unknown => (
            &kind::UNAUTHORIZED,
            "The API key is unknown, expired or revoked.".to_owned(),
            ", error=\"invalid_token\"".to_owned(),
        ),
        Refusal::Scopes(requirement, missing) => (
            &kind::FORBIDDEN,
            format!("The key lacks the scope {}.", missing.join(", ")),
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
