//! Signing in by what a provider says.

use charter_api_identity::models::{
    Language, ProviderList, SessionId, SignInMethod, SignedIn, SocialProvider, SocialSignIn,
};
use charter_api_identity::social::{
    ListSignInProvidersError, ListSignInProvidersRequest, SignInWithFacebookError,
    SignInWithFacebookRequest, SignInWithGithubError, SignInWithGithubRequest,
    SignInWithGoogleError, SignInWithGoogleRequest, SignInWithLinkedinError,
    SignInWithLinkedinRequest, SocialApi,
};
use charter_contract::{
    BadGateway, BadRequest, Call, Failure, Forbidden, Internal, Location, ServiceUnavailable,
    Unauthorized, Violation, async_trait, kind,
};
use uuid::Uuid;

use super::arrival::{Arrival, Arrived, RACES, Refused, Source};
use super::signing_in::{provider_refused, signed_in};
use super::single_sign_on::Domain;
use crate::Store;
use crate::attempts::Place;
use crate::audit::Refusal;
use crate::constraint::Stored as _;
use crate::mail_wishes::NOT_BEFORE_SOMEBODY_ACTS;
use crate::row::{Rows, row};
use crate::sign_in_providers::{NotVouched, VouchedEmail};
use crate::subject::Subject;
use crate::write::Write;

row! {
    struct Way {
        provider: String,
    }
}

#[async_trait]
impl SocialApi for Store {
    async fn list_sign_in_providers(
        &self,
        _: Call,
        request: ListSignInProvidersRequest,
    ) -> Result<ProviderList, ListSignInProvidersError> {
        let ListSignInProvidersRequest = request;
        let providers = self.providers().map(|providers| providers.offers());
        Ok(ProviderList {
            providers: providers.unwrap_or_default(),
        })
    }

    async fn sign_in_with_facebook(
        &self,
        call: Call,
        request: SignInWithFacebookRequest,
    ) -> Result<SignedIn, SignInWithFacebookError> {
        let SignInWithFacebookRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Facebook, body, x_language, workspace)
            .await
    }

    async fn sign_in_with_google(
        &self,
        call: Call,
        request: SignInWithGoogleRequest,
    ) -> Result<SignedIn, SignInWithGoogleError> {
        let SignInWithGoogleRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Google, body, x_language, workspace)
            .await
    }

    async fn sign_in_with_github(
        &self,
        call: Call,
        request: SignInWithGithubRequest,
    ) -> Result<SignedIn, SignInWithGithubError> {
        let SignInWithGithubRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Github, body, x_language, workspace)
            .await
    }

    async fn sign_in_with_linkedin(
        &self,
        call: Call,
        request: SignInWithLinkedinRequest,
    ) -> Result<SignedIn, SignInWithLinkedinError> {
        let SignInWithLinkedinRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Linkedin, body, x_language, workspace)
            .await
    }
}

impl Store {
    /// How somebody signs in who has no password: by the provider that was linked
    /// last. `domain` is what there is to the domain of the address; where no identity
    /// provider vouches for it any more, none can be asked.
    pub(super) async fn latest_provider(
        &self,
        user: Uuid,
        domain: Option<&Domain>,
    ) -> Result<SignInMethod, Internal> {
        let ways = Rows::<Way>::of(
            "SELECT provider FROM identities WHERE user_id = $1 \
             ORDER BY linked_at DESC, id DESC",
            [user.into()],
        )
        .all(self.reader())
        .await
        .stored()?;
        let offered = |Way { provider }: &Way| {
            let social = SocialProvider::ALL
                .iter()
                .find(|known| known.as_str() == provider);
            let source = match (social, domain) {
                (Some(known), _) => Source::Social(*known),
                (None, Some(domain)) => Source::SingleSignOn(domain.provider_id),
                (None, None) => return None,
            };
            (source.to_string() == *provider).then(|| source.method().into())
        };
        Ok(ways.iter().find_map(offered).unwrap_or(SignInMethod::Local))
    }

    async fn sign_in_with<E>(
        &self,
        call: &Call,
        provider: SocialProvider,
        proof: SocialSignIn,
        language: Option<Language>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, E>
    where
        E: Failure
            + From<Internal>
            + From<BadRequest>
            + From<Unauthorized>
            + From<Forbidden>
            + From<BadGateway>
            + From<ServiceUnavailable>,
    {
        let asked = match self.providers() {
            Some(providers) => providers.person(provider, proof).await,
            None => Err(NotVouched::NotConfigured),
        };
        let person = match asked {
            Ok(person) => person,
            Err(NotVouched::Refused(why)) => {
                let refusal = Refusal {
                    detail: Some(why),
                    ..Refusal::default()
                };
                return Err(self.refused(call, refusal, provider_refused().into()).await);
            }
            Err(other) => return Err(unasked(other)),
        };
        let subject = person.email.as_ref().map(|email| match email {
            VouchedEmail::Verified(email) | VouchedEmail::Unverified(email) => {
                self.subject_of(email)
            }
        });
        let arrival = Arrival {
            source: Source::Social(provider),
            person,
            language,
        };
        match self.let_arrive(call, &arrival, subject, workspace).await {
            Ok(signed_in) => Ok(signed_in),
            Err(refused) => {
                let refusal = Refusal {
                    subject,
                    ..Refusal::default()
                };
                let failure = refused.failure(arrival.source);
                Err(self.refused(call, refusal, failure).await)
            }
        }
    }

    /// Begins a session in the account of the person.
    async fn let_arrive(
        &self,
        call: &Call,
        arrival: &Arrival,
        subject: Option<Subject>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, Refused> {
        for _ in 0..RACES {
            let signed_in = self
                .write(call, async |tx: &mut Write| {
                    let Arrived { user, account } = tx.arrive(call, arrival).await?;
                    let begun = tx
                        .begin_session(user, arrival.source.method(), call)
                        .await?;
                    tx.settle_in(user, &Place::of(call.remote)).await?;
                    tx.actor(user);
                    if let Some(subject) = subject {
                        tx.about(subject);
                    }
                    tx.target("session", SessionId::from(begun.session()));
                    Ok(signed_in(tx, begun, account, workspace).await?)
                })
                .await;
            match signed_in {
                Err(Refused::Raced) => {}
                decided => return decided,
            }
        }
        Err(Refused::Raced)
    }
}

/// What to answer when there was nobody to judge.
fn unasked<E>(why: NotVouched) -> E
where
    E: From<BadRequest> + From<Unauthorized> + From<BadGateway> + From<ServiceUnavailable>,
{
    match why {
        NotVouched::NotConfigured => ServiceUnavailable::of(
            &kind::NOT_CONFIGURED,
            "This server does not offer this way to sign in.",
        )
        .retry_after(NOT_BEFORE_SOMEBODY_ACTS)
        .into(),
        NotVouched::RedirectNotAllowed => BadRequest::violations(vec![violation(
            "/redirectUri",
            "enum",
            "must be one of the redirect addresses of this server",
        )])
        .into(),
        NotVouched::VerifierRequired => BadRequest::violations(vec![violation(
            "/code_verifier",
            "required",
            "is required: the codes of this provider are redeemed with PKCE alone",
        )])
        .into(),
        NotVouched::Refused(_) => provider_refused().into(),
        NotVouched::Failed => BadGateway::new("The provider does not answer as it should.").into(),
    }
}

/// A violation in the words of the document's own rules.
fn violation(pointer: &str, keyword: &'static str, detail: &str) -> Violation {
    Violation {
        location: Location::Body,
        parameter: None,
        pointer: Some(pointer.to_owned()),
        keyword,
        detail: detail.to_owned(),
    }
}
