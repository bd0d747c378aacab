//! For which client an OpenID provider has made an access token.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::client::Client;
use crate::error::{Fault, SignInError};
use crate::outbound::{Outbound, parsed};

const FORM: &str = "application/x-www-form-urlencoded";

/// How the provider is asked.
pub(crate) enum Attestation {
    /// Google's own way.
    TokenInfo(Url),
    /// RFC 7662.
    Introspection(Url),
}

#[derive(Deserialize)]
struct TokenInfo {
    aud: String,
    azp: Option<String>,
    sub: Option<String>,
}

#[derive(Deserialize)]
struct Introspected {
    active: bool,
    client_id: Option<String>,
    sub: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Attestation {
    /// The token was made for our client id; who has given it, if the provider says.
    pub(crate) async fn ask(
        &self,
        outbound: &Outbound,
        client: &Client,
        access_token: &str,
    ) -> Result<Option<String>, SignInError> {
        match self {
            Self::TokenInfo(address) => {
                let request = Request::post(address.as_str())
                    .header(ACCEPT, "application/json")
                    .header(AUTHORIZATION, format!("Bearer {access_token}"))
                    .header(CONTENT_TYPE, FORM)
                    .body(Vec::new());
                let request = request.map_err(|_| SignInError::invalid_token())?;
                token_info(&outbound.send(request).await?, client)
            }
            Self::Introspection(address) => {
                let form = form_urlencoded::Serializer::new(String::new())
                    .append_pair("token", access_token)
                    .append_pair("client_id", &client.id)
                    .append_pair("client_secret", client.secret.expose())
                    .finish();
                let request = Request::post(address.as_str())
                    .header(ACCEPT, "application/json")
                    .header(CONTENT_TYPE, FORM)
                    .body(form.into_bytes());
                let request = request.map_err(|_| SignInError::invalid_token())?;
                introspected(&outbound.send(request).await?, client)
            }
        }
    }
}

fn token_info(answer: &Response<Vec<u8>>, client: &Client) -> Result<Option<String>, SignInError> {
    match answer.status() {
        StatusCode::OK => {
            let info: TokenInfo = parsed(answer, "answer about a token")?;
            let is_ours = info.aud == client.id && info.azp.is_none_or(|azp| azp == client.id);
            if is_ours {
                Ok(info.sub)
            } else {
                Err(SignInError::NotForUs)
            }
        }
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => Err(SignInError::invalid_token()),
        other => Err(Fault::Status(other.as_u16()).into()),
    }
}

fn introspected(
    answer: &Response<Vec<u8>>,
    client: &Client,
) -> Result<Option<String>, SignInError> {
    match answer.status() {
        StatusCode::OK => {
            let token: Introspected = parsed(answer, "answer about a token")?;
            if !token.active {
                return Err(SignInError::invalid_token());
            }
            if token.client_id.as_deref() != Some(&client.id) {
                return Err(SignInError::NotForUs);
            }
            Ok(token.sub)
        }
        StatusCode::BAD_REQUEST => {
            let Refusal { error } = parsed(answer, "answer about a token")?;
            Err(SignInError::from_code(&error))
        }
        // What was refused is not the token in question, but our way to ask.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Fault::Credentials.into()),
        other => Err(Fault::Status(other.as_u16()).into()),
    }
}
