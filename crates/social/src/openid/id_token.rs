//! What an ID token has to be (OpenID Connect Core 1.0, 3.1.3.7).

use std::str::FromStr as _;

use charter_contract::{Redacted, Timestamp};
use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, EmptyAdditionalClaims, IdTokenClaims, IssuerUrl,
    LocalizedClaim, Nonce, NonceVerifier as _, SignatureVerificationError,
};

use crate::client::Client;
use crate::error::Claim;
use crate::person::Said;

/// By how much the provider's clock may differ from ours.
const LEEWAY_MICROS: i64 = 60 * 1_000_000;

/// What anybody can verify and the provider alone can sign. Never `none`, and never a secret
/// that we have as well.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What becomes of an ID token.
pub(crate) enum Judged {
    /// It is the provider's, for us and for now.
    Said(Said),
    /// It is not.
    Wrong(Claim),
    /// It names a key that is not among those we have.
    UnknownKey,
}

/// Takes the token apart; nothing of it is true yet.
pub(crate) fn read(text: &Redacted<String>) -> Result<CoreIdToken, Claim> {
    CoreIdToken::from_str(text).map_err(|_| Claim::IdToken)
}

/// Issuer, audience, algorithm, key, signature, expiry, nonce, authorized party, time of issue.
pub(crate) fn judge(
    token: &CoreIdToken,
    issuer: &IssuerUrl,
    client: &Client,
    keys: &CoreJsonWebKeySet,
    nonce: Option<&Redacted<String>>,
    now: Timestamp,
) -> Judged {
    // As for a client without a secret: the secret is no key.
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(client.id.clone()),
        issuer.clone(),
        keys.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || moment(now.micros().saturating_sub(LEEWAY_MICROS)));
    let expected = nonce.map(|nonce| Nonce::new(nonce.0.clone()));
    let verified = token.claims(&verifier, |carried: Option<&Nonce>| match &expected {
        Some(expected) => expected.verify(carried),
        None => Ok(()),
    });
    let claims = match verified {
        Ok(claims) => claims,
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) => return Judged::UnknownKey,
        Err(error) => return Judged::Wrong(claim(&error)),
    };
    // The library leaves the authorized party to us.
    if claims
        .authorized_party()
        .is_some_and(|party| party.as_str() != client.id)
    {
        return Judged::Wrong(Claim::AuthorizedParty);
    }
    if claims.issue_time() > moment(now.micros().saturating_add(LEEWAY_MICROS)) {
        return Judged::Wrong(Claim::IssuedAt);
    }
    Judged::Said(said(claims))
}

fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn claim(error: &ClaimsVerificationError) -> Claim {
    use SignatureVerificationError as Signature;

    match error {
        ClaimsVerificationError::Expired(_) => Claim::Expiry,
        ClaimsVerificationError::InvalidAudience(_) => Claim::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => Claim::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => Claim::Nonce,
        ClaimsVerificationError::InvalidSubject(_) => Claim::Subject,
        ClaimsVerificationError::SignatureVerification(error) => match error {
            Signature::NoSignature | Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_) => {
                Claim::Algorithm
            }
            Signature::NoMatchingKey | Signature::AmbiguousKeyId(_) | Signature::InvalidKey(_) => {
                Claim::Key
            }
            _ => Claim::Signature,
        },
        // Encrypted, nested, of another type, or with critical extensions.
        _ => Claim::IdToken,
    }
}

fn said(claims: &IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>) -> Said {
    // An address of which nothing is said may be spoken of at the userinfo endpoint.
    let verified = claims.email_verified();
    Said {
        subject: claims.subject().to_string(),
        email: verified.and(claims.email()).map(|email| email.to_string()),
        email_verified: verified.unwrap_or(false),
        login: None,
        display_name: plain(claims.name()),
        first_name: plain(claims.given_name()),
        last_name: plain(claims.family_name()),
        language: claims.locale().map(|tag| tag.to_string()),
    }
}

/// The text that is in no particular language.
fn plain<T: std::ops::Deref<Target = String>>(claim: Option<&LocalizedClaim<T>>) -> Option<String> {
    Some(claim?.get(None)?.deref().clone())
}
