//! GitHub: OAuth 2.0, and a REST API that says who somebody is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::client::{Client, address, below};
use crate::error::{Fault, SetUpError, SignInError};
use crate::outbound::{Outbound, parsed};
use crate::person::Said;
use crate::provider::Provider;
use crate::settings::GithubAddresses;

/// GitHub, or a company's own.
#[derive(Debug)]
pub(crate) struct Github {
    pub(crate) token: Url,
    api: Url,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

#[derive(Deserialize)]
struct Checked {
    app: App,
    user: Option<Owner>,
}

#[derive(Deserialize)]
struct App {
    client_id: String,
}

#[derive(Deserialize)]
struct Owner {
    id: u64,
}

impl Github {
    pub(crate) fn new(addresses: &GithubAddresses) -> Result<Self, SetUpError> {
        Ok(Self {
            token: address(Provider::Github, "token", &addresses.token)?,
            api: address(Provider::Github, "api", &addresses.api)?,
        })
    }

    /// Who has given this access token.
    pub(crate) async fn said(
        &self,
        outbound: &Outbound,
        access_token: &str,
    ) -> Result<Said, SignInError> {
        let answer = self.get(outbound, access_token, &["user"]).await?;
        let user: User = match answer.status() {
            StatusCode::OK => parsed(&answer, "user")?,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(SignInError::invalid_token());
            }
            other => return Err(Fault::Status(other.as_u16()).into()),
        };
        let address = self.primary(outbound, access_token).await?;
        Ok(Said {
            subject: user.id.to_string(),
            email_verified: address.as_ref().is_some_and(|address| address.verified),
            email: address.map(|address| address.email),
            login: user.login,
            display_name: user.name,
            ..Said::default()
        })
    }

    /// The primary address. `GET /user` has only the one that is shown to everybody, and does
    /// not say whether it is verified.
    async fn primary(
        &self,
        outbound: &Outbound,
        access_token: &str,
    ) -> Result<Option<Address>, SignInError> {
        let answer = self
            .get(outbound, access_token, &["user", "emails"])
            .await?;
        match answer.status() {
            StatusCode::OK => {
                let all: Vec<Address> = parsed(&answer, "list of addresses")?;
                Ok(all.into_iter().find(|address| address.primary))
            }
            // The person, or the application, has not given the scope for it.
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED => Err(SignInError::invalid_token()),
            other => Err(Fault::Status(other.as_u16()).into()),
        }
    }

    /// GitHub says that the token was made for our client id, and who has given it, if it says.
    pub(crate) async fn attested(
        &self,
        outbound: &Outbound,
        client: &Client,
        access_token: &str,
    ) -> Result<Option<String>, SignInError> {
        let login = STANDARD.encode(format!("{}:{}", client.id, client.secret.expose()));
        let body = json!({ "access_token": access_token }).to_string();
        let request = self
            .request(Method::POST, &["applications", &client.id, "token"])
            .header(AUTHORIZATION, format!("Basic {login}"))
            .header(CONTENT_TYPE, "application/json")
            .body(body.into_bytes());
        let answer = self.send(outbound, request).await?;
        match answer.status() {
            StatusCode::OK => {
                let checked: Checked = parsed(&answer, "answer about a token")?;
                if checked.app.client_id != client.id {
                    return Err(SignInError::NotForUs);
                }
                Ok(checked.user.map(|user| user.id.to_string()))
            }
            // Made for another application, or no token at all: GitHub does not say which.
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Err(SignInError::NotForUs),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Fault::Credentials.into()),
            other => Err(Fault::Status(other.as_u16()).into()),
        }
    }

    async fn get(
        &self,
        outbound: &Outbound,
        access_token: &str,
        path: &[&str],
    ) -> Result<Response<Vec<u8>>, SignInError> {
        let request = self
            .request(Method::GET, path)
            .header(AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Vec::new());
        self.send(outbound, request).await
    }

    fn request(&self, method: Method, path: &[&str]) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(below(&self.api, path).as_str())
            .header(ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28")
    }

    async fn send(
        &self,
        outbound: &Outbound,
        request: Result<Request<Vec<u8>>, http::Error>,
    ) -> Result<Response<Vec<u8>>, SignInError> {
        // What a client sends as a token need not be one that fits into a header.
        let request = request.map_err(|_| SignInError::invalid_token())?;
        let answer = outbound.send(request).await?;
        let exhausted = answer
            .headers()
            .get("x-ratelimit-remaining")
            .is_some_and(|left| left == "0");
        if answer.status() == StatusCode::FORBIDDEN && exhausted {
            return Err(Fault::Unavailable.into());
        }
        Ok(answer)
    }
}
