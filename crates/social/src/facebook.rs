//! Facebook: OAuth 2.0, and the Graph API, which says who somebody is.

use charter_contract::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{ACCEPT, AUTHORIZATION};
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use sha2::Sha256;
use url::Url;

use crate::client::{Client, address, below};
use crate::error::{Fault, SetUpError, SignInError};
use crate::outbound::{Outbound, parsed};
use crate::person::Said;
use crate::provider::Provider;
use crate::settings::FacebookAddresses;

/// Facebook.
#[derive(Debug)]
pub(crate) struct Facebook {
    pub(crate) token: Url,
    graph: Url,
}

#[derive(Deserialize)]
struct Me {
    id: String,
    email: Option<String>,
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
}

#[derive(Deserialize)]
struct Debugged {
    data: TokenData,
}

#[derive(Deserialize)]
struct TokenData {
    app_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    is_valid: bool,
    /// In seconds since 1970; 0 is never.
    expires_at: Option<i64>,
    user_id: Option<String>,
    error: Option<GraphError>,
}

/// How Facebook says no.
#[derive(Deserialize)]
pub(crate) struct Refusal {
    pub(crate) error: GraphError,
}

/// Its number for the reason.
#[derive(Deserialize)]
pub(crate) struct GraphError {
    code: i64,
}

impl GraphError {
    /// The reason why a code was not redeemed.
    pub(crate) fn about_a_code(&self) -> SignInError {
        match self.code {
            // The secret, or the application, is not what it should be.
            1 | 101 => Fault::Credentials.into(),
            _ => self.about_a_token(),
        }
    }

    fn about_a_token(&self) -> SignInError {
        match self.code {
            // Out of order, and three limits on the number of calls.
            2 | 4 | 17 | 32 | 341 | 613 => Fault::Unavailable.into(),
            code => SignInError::Refused(format!("graph_{code}")),
        }
    }
}

impl Facebook {
    pub(crate) fn new(addresses: &FacebookAddresses) -> Result<Self, SetUpError> {
        Ok(Self {
            token: address(Provider::Facebook, "token", &addresses.token)?,
            graph: address(Provider::Facebook, "graph", &addresses.graph)?,
        })
    }

    /// Who has given this access token. Facebook never says of an address that it is verified.
    pub(crate) async fn said(
        &self,
        outbound: &Outbound,
        client: &Client,
        access_token: &str,
    ) -> Result<Said, SignInError> {
        let mut address = below(&self.graph, &["me"]);
        address
            .query_pairs_mut()
            .append_pair("fields", "id,email,name,first_name,last_name")
            .append_pair("appsecret_proof", &proof(client, access_token)?);
        let answer = get(outbound, &address, access_token).await?;
        if answer.status() != StatusCode::OK {
            return Err(refused(&answer));
        }
        let me: Me = parsed(&answer, "user")?;
        Ok(Said {
            subject: me.id,
            email: me.email,
            email_verified: false,
            login: None,
            display_name: me.name,
            first_name: me.first_name,
            last_name: me.last_name,
            language: None,
        })
    }

    /// Facebook says that the token was made for our client id, and who has given it.
    pub(crate) async fn attested(
        &self,
        outbound: &Outbound,
        client: &Client,
        access_token: &str,
        now: Timestamp,
    ) -> Result<Option<String>, SignInError> {
        let mut address = below(&self.graph, &["debug_token"]);
        address
            .query_pairs_mut()
            .append_pair("input_token", access_token);
        let ours = format!("{}|{}", client.id, client.secret.expose());
        let answer = get(outbound, &address, &ours).await?;
        if answer.status() != StatusCode::OK {
            return Err(match parsed::<Refusal>(&answer, "refusal") {
                Ok(Refusal { error }) => match error.code {
                    // The token is another application's.
                    100 => SignInError::NotForUs,
                    // The token that it does not take is ours.
                    101 | 190 => Fault::Credentials.into(),
                    _ => error.about_a_token(),
                },
                Err(_) => Fault::Status(answer.status().as_u16()).into(),
            });
        }
        let data = parsed::<Debugged>(&answer, "answer about a token")?.data;
        match data.error {
            Some(GraphError { code: 100 }) => return Err(SignInError::NotForUs),
            Some(error) if !data.is_valid => return Err(error.about_a_token()),
            _ => {}
        }
        if data.app_id.as_deref() != Some(&client.id) {
            return Err(SignInError::NotForUs);
        }
        let is_over = data
            .expires_at
            .is_some_and(|at| at != 0 && at.saturating_mul(1_000_000) <= now.micros());
        if !data.is_valid || is_over || data.kind.as_deref() != Some("USER") {
            return Err(SignInError::invalid_token());
        }
        Ok(data.user_id)
    }
}

/// That whoever uses the token knows the secret: an application can be set to demand it.
fn proof(client: &Client, access_token: &str) -> Result<String, SignInError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(client.secret.expose().as_bytes())
        .map_err(|_| Fault::Credentials)?;
    mac.update(access_token.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn get(
    outbound: &Outbound,
    address: &Url,
    access_token: &str,
) -> Result<Response<Vec<u8>>, SignInError> {
    let request = Request::get(address.as_str())
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {access_token}"))
        .body(Vec::new())
        .map_err(|_| SignInError::invalid_token())?;
    Ok(outbound.send(request).await?)
}

fn refused(answer: &Response<Vec<u8>>) -> SignInError {
    match parsed::<Refusal>(answer, "refusal") {
        Ok(Refusal { error }) => error.about_a_token(),
        Err(_) => Fault::Status(answer.status().as_u16()).into(),
    }
}
