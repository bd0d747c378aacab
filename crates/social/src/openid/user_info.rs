//! The userinfo endpoint (OpenID Connect Core 1.0, 5.3).
//!
//! Read by hand and leniently: LinkedIn answers with a locale that is an object, others with
//! booleans that are text.

use http::header::{ACCEPT, AUTHORIZATION};
use http::{Request, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::error::{Fault, SignInError};
use crate::outbound::{Outbound, parsed};
use crate::person::Said;

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
    email_verified: Option<Flag>,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    locale: Option<Locale>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Boolean(bool),
    Text(String),
}

impl Flag {
    fn is_set(&self) -> bool {
        match self {
            Self::Boolean(value) => *value,
            Self::Text(text) => text == "true",
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Locale {
    Tag(String),
    Parts {
        language: String,
        country: Option<String>,
    },
}

impl Locale {
    fn tag(self) -> String {
        match self {
            Self::Tag(tag) => tag,
            Self::Parts {
                language,
                country: Some(country),
            } => format!("{language}-{country}"),
            Self::Parts { language, .. } => language,
        }
    }
}

/// Who has given this access token.
pub(crate) async fn ask(
    outbound: &Outbound,
    address: &Url,
    access_token: &str,
) -> Result<Said, SignInError> {
    let request = Request::get(address.as_str())
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {access_token}"))
        .body(Vec::new())
        .map_err(|_| SignInError::invalid_token())?;
    let answer = outbound.send(request).await?;
    match answer.status() {
        StatusCode::OK => {
            let info: UserInfo = parsed(&answer, "user")?;
            Ok(Said {
                subject: info.sub,
                email: info.email,
                email_verified: info.email_verified.is_some_and(|flag| flag.is_set()),
                login: None,
                display_name: info.name,
                first_name: info.given_name,
                last_name: info.family_name,
                language: info.locale.map(Locale::tag),
            })
        }
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(SignInError::invalid_token())
        }
        other => Err(Fault::Status(other.as_u16()).into()),
    }
}
