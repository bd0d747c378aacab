//! An authorization code becomes tokens (RFC 6749, 4.1.3).

use std::borrow::Cow;

use charter_contract::Redacted;
use oauth2::basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenType};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EmptyExtraTokenFields, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken,
    StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::client::Client;
use crate::error::{Fault, SignInError};
use crate::facebook;
use crate::outbound::Outbound;

/// What a code is worth.
pub(crate) struct Tokens {
    pub(crate) access_token: Redacted<String>,
    pub(crate) id_token: Option<Redacted<String>>,
}

/// The code and what belongs to it.
pub(crate) struct Code<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a str>,
}

/// An OpenID provider's addition, as it comes: it is looked at when the keys are there.
#[derive(Debug, Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

type OauthClient = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// Redeems a code. The client secret goes into the body: all four providers take it there,
/// LinkedIn nowhere else.
pub(crate) async fn redeem(
    outbound: &Outbound,
    client: &Client,
    address: &Url,
    code: Code<'_>,
) -> Result<Tokens, SignInError> {
    let redirect = RedirectUrl::new(code.redirect_uri.to_owned())
        .map_err(|_| SignInError::RedirectNotAllowed)?;
    let oauth = OauthClient::new(ClientId::new(client.id.clone()))
        .set_client_secret(ClientSecret::new(client.secret.expose().to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(address.clone()));
    let mut request = oauth
        .exchange_code(AuthorizationCode::new(code.code.to_owned()))
        .set_redirect_uri(Cow::Owned(redirect));
    if let Some(verifier) = code.verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    }
    let answer = request.request_async(outbound).await.map_err(refusal)?;
    Ok(Tokens {
        access_token: Redacted(answer.access_token().secret().clone()),
        id_token: answer.extra_fields().id_token.clone().map(Redacted),
    })
}

/// What kind of no it is. The answer itself is dropped: it may hold tokens.
fn refusal(error: RequestTokenError<Fault, BasicErrorResponse>) -> SignInError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            SignInError::from_code(answer.error().as_ref())
        }
        RequestTokenError::Request(fault) => fault.into(),
        RequestTokenError::Parse(_, body) => unlike_the_standard(&body),
        RequestTokenError::Other(_) => Fault::Malformed("answer to a code").into(),
    }
}

/// GitHub refuses with 200, and Facebook with an object.
fn unlike_the_standard(body: &[u8]) -> SignInError {
    #[derive(Deserialize)]
    struct Github {
        error: String,
    }

    if let Ok(answer) = serde_json::from_slice::<Github>(body) {
        SignInError::from_code(&answer.error)
    } else if let Ok(answer) = serde_json::from_slice::<facebook::Refusal>(body) {
        answer.error.about_a_code()
    } else {
        Fault::Malformed("answer to a code").into()
    }
}
